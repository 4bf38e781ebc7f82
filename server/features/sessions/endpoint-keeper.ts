import type { SessionRegistry } from './session-registry.js';
import type { EndpointRow, SessionStore } from './session-store.js';

/** Writes where users stand at their endpoints through to the database. */
export interface EndpointKeeper {
  /** Keeps a place as it is. */
  keep(userId: string, endpoint: string): Promise<void>;
  /** Keeps that a password was right at an endpoint, whether there is a place or not. */
  prove(userId: string, endpoint: string, at: Date): Promise<void>;
}

/**
 * Makes the keeper. Writes of one place take turns and each writes what is true when its turn
 * comes, so the last one leaves the database as the memory is, in whatever order the events came.
 */
export function createEndpointKeeper(registry: SessionRegistry, store: SessionStore): EndpointKeeper {
  const turns = new Map<string, Promise<void>>();

  async function write(userId: string, endpoint: string): Promise<void> {
    const row = registry.snapshot(userId, endpoint);
    if (row === undefined) await store.closeEndpoint(userId, endpoint);
    else await save(row);
  }

  // Whoever was removed in the meantime needs no place: neither in the database nor here.
  async function save(row: EndpointRow): Promise<void> {
    if (!(await store.saveEndpoint(row))) registry.forget(row.userId);
  }

  async function writeProof(userId: string, endpoint: string, at: Date): Promise<void> {
    if (!registry.prove(userId, endpoint, at)) {
      await save({ userId, endpoint, isOpen: false, identifiedAt: at, provenAt: at });
      // An IDENTIFY may have come in between.
      if (!registry.prove(userId, endpoint, at)) return;
    }
    await write(userId, endpoint);
  }

  async function inTurn(userId: string, endpoint: string, work: () => Promise<void>): Promise<void> {
    const key = `${userId} ${endpoint}`;
    const before = turns.get(key) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(work);
    turns.set(key, turn);
    try {
      await turn;
    } finally {
      if (turns.get(key) === turn) turns.delete(key);
    }
  }

  return {
    keep: (userId, endpoint) => inTurn(userId, endpoint, () => write(userId, endpoint)),
    prove: (userId, endpoint, at) => inTurn(userId, endpoint, () => writeProof(userId, endpoint, at)),
  };
}
