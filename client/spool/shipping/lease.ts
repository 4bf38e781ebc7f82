import type { Lease } from './ship-state.js';

/** Who this process is, to others that share the spool. */
export interface ShipperIdentity {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** Whether a process of this machine is there; true where that cannot be told. */
  readonly isAlive: (pid: number) => boolean;
}

/** How long others leave shipping to whoever has claimed last, in milliseconds. */
const LEASE_MS = 10_000;

/** A lease of this process, from now on. */
export function leaseOf({ id, pid, host }: ShipperIdentity, now: number): Lease {
  return { id, pid, host, until: now + LEASE_MS };
}

/**
 * Whether another process ships now. It only saves sending everything twice: where two do ship at once, each message is
 * stored once all the same.
 */
export function isHeldByAnother(lease: Lease | null, self: ShipperIdentity, now: number): boolean {
  if (lease === null || lease.id === self.id) return false;
  // One that is further ahead was made before the clock was set back.
  const isFresh = lease.until > now && lease.until <= now + LEASE_MS;
  return isFresh && (lease.host !== self.host || self.isAlive(lease.pid));
}
