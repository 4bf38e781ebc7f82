import { createHash } from 'node:crypto';
import { API_TOKEN_PREFIX, SESSION_TOKEN_PREFIX } from '../../../protocol/sessions.js';
import type { OpaqueSession, Session } from './session-store.js';

/** An opaque token: a prefix and 32 random bytes in base64url. */
const SECRET_BYTES = 32;
const SECRET_CHARACTERS = Math.ceil((SECRET_BYTES * 4) / 3);

interface Kept extends Omit<OpaqueSession, 'endpoint'> {
  endpoint: string;
}

/** Whether a token is one that says nothing by itself, as opposed to a JWT. */
export function isOpaque(token: string): boolean {
  return token.startsWith(SESSION_TOKEN_PREFIX) || token.startsWith(API_TOKEN_PREFIX);
}

/** Makes an opaque token, and what is kept of it. @param random - answers so many unguessable bytes */
export function newOpaqueToken(
  kind: 'login' | 'api',
  random: (bytes: number) => Buffer,
): { token: string; tokenHash: string } {
  const prefix = kind === 'login' ? SESSION_TOKEN_PREFIX : API_TOKEN_PREFIX;
  const token = prefix + random(SECRET_BYTES).toString('base64url');
  return { token, tokenHash: hashOf(token) };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/**
 * All live login sessions and API tokens, in memory, found by the hash of their tokens: how long a look-up takes tells
 * nothing about a token.
 */
export class OpaqueSessions {
  readonly #clock: () => Date;
  readonly #idleMs: number;
  readonly #byHash = new Map<string, Kept>();
  readonly #users = new Map<string, Map<string, Kept>>();
  #logins = 0;

  /** @param idleMs - how long a login lives without being used; 0 is off */
  constructor(clock: () => Date, idleMs: number) {
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  /** How many login sessions there are, expired ones included until they are swept. */
  get loginCount(): number {
    return this.#logins;
  }

  /** Adds a login session or an API token. */
  add(session: OpaqueSession): void {
    const kept: Kept = session;
    const { userId, id, tokenHash } = kept;
    if (kept.kind === 'login') this.#logins += 1;
    this.#byHash.set(tokenHash, kept);
    const ofUser = this.#users.get(userId);
    if (ofUser === undefined) this.#users.set(userId, new Map([[id, kept]]));
    else ofUser.set(id, kept);
  }

  /** What a token stands for, if that is live. */
  find(token: string): Session | undefined {
    // Whatever is sent as a token is not hashed without a limit.
    if (token.length !== SESSION_TOKEN_PREFIX.length + SECRET_CHARACTERS) return undefined;
    const session = this.#byHash.get(hashOf(token));
    return session === undefined || this.#hasExpired(session) ? undefined : session;
  }

  /** Whether a session has neither ended nor expired. */
  isLive(session: Session): boolean {
    return this.#kept(session) !== undefined && !this.#hasExpired(session);
  }

  /** Takes note of a use. An API token remembers from where. */
  use(session: Session, endpoint: string): void {
    const kept = this.#kept(session);
    if (kept === undefined) return;
    kept.lastUsedAt = this.#clock().getTime();
    if (kept.kind === 'api') kept.endpoint = endpoint;
  }

  /** When a session ends if nobody uses it: milliseconds since the epoch. */
  endOf({ kind, expiresAt, lastUsedAt }: Session): number {
    const isIdling = kind === 'login' && this.#idleMs > 0;
    return isIdling ? Math.min(expiresAt.getTime(), lastUsedAt + this.#idleMs) : expiresAt.getTime();
  }

  /** Ends one; answers it as it was kept, if it was live. */
  remove(session: Session): OpaqueSession | undefined {
    const kept = this.#kept(session);
    if (kept === undefined || this.#hasExpired(kept)) return undefined;
    this.#delete(kept);
    return kept;
  }

  /** The live ones of a user and of a kind. */
  of(userId: string, kind: 'login' | 'api'): readonly Session[] {
    const ofUser = [...(this.#users.get(userId)?.values() ?? [])];
    return ofUser.filter((session) => session.kind === kind && !this.#hasExpired(session));
  }

  /** Ends all live login sessions of a user but one; answers those that have ended. */
  endLogins(userId: string, exceptSessionId?: string): readonly Session[] {
    const ended = this.of(userId, 'login').filter(({ id }) => id !== exceptSessionId);
    for (const session of ended) this.remove(session);
    return ended;
  }

  /** Forgets a user that is no more. */
  forget(userId: string): void {
    for (const session of [...(this.#users.get(userId)?.values() ?? [])]) this.#delete(session);
  }

  /** Forgets what has expired; answers that. */
  sweep(): readonly Session[] {
    const expired = [...this.#byHash.values()].filter((session) => this.#hasExpired(session));
    for (const session of expired) this.#delete(session);
    return expired;
  }

  /** All there are, expired ones included until they are swept. */
  all(): Iterable<Session> {
    return this.#byHash.values();
  }

  #kept({ userId, id }: Session): Kept | undefined {
    return this.#users.get(userId)?.get(id);
  }

  #hasExpired(session: Session): boolean {
    return this.endOf(session) <= this.#clock().getTime();
  }

  #delete({ tokenHash, userId, id, kind }: Kept): void {
    if (kind === 'login') this.#logins -= 1;
    this.#byHash.delete(tokenHash);
    const ofUser = this.#users.get(userId);
    ofUser?.delete(id);
    if (ofUser?.size === 0) this.#users.delete(userId);
  }
}
