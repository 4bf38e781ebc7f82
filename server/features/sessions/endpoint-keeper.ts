import type { SessionRegistry } from './session-registry.js';
import type { SessionStore } from './session-store.js';

/** Writes where a user stands at an endpoint through to the database. */
export type KeepEndpoint = (userId: string, endpoint: string) => Promise<void>;

/**
 * Makes the function that keeps a place. Writes of one place take turns and each writes what is true when its turn
 * comes, so the last one leaves the database as the memory is, in whatever order the events came.
 */
export function createEndpointKeeper(registry: SessionRegistry, store: SessionStore): KeepEndpoint {
  const turns = new Map<string, Promise<void>>();

  async function write(userId: string, endpoint: string): Promise<void> {
    const row = registry.snapshot(userId, endpoint);
    if (row === undefined) await store.closeEndpoint(userId, endpoint);
    else await store.saveEndpoint(row);
  }

  return async function keep(userId, endpoint) {
    const key = `${userId} ${endpoint}`;
    const before = turns.get(key) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(() => write(userId, endpoint));
    turns.set(key, turn);
    try {
      await turn;
    } finally {
      if (turns.get(key) === turn) turns.delete(key);
    }
  };
}
