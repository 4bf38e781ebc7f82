import type { Query, QueryClient } from '@tanstack/react-query';
import type { Member, SessionStore } from '../session/session-store.js';
import type { ConnectionWatch } from './connection-watch.js';

/** Whose answers decide when something is read again. */
export interface HealOptions {
  readonly connection: Pick<ConnectionWatch, 'isConnected'>;
  readonly session: Pick<SessionStore, 'state' | 'load'>;
}

/**
 * Has read again what could not be read while the server was away, or nobody was logged in; and nothing else, since some
 * readings are told to the audit log. What is live asks again by itself. What somebody has read is not for whoever comes next.
 */
export function healQueries(queries: QueryClient, { connection, session }: HealOptions): void {
  const heal = createHeal(queries);
  connection.isConnected.subscribe(() => {
    if (!connection.isConnected.get()) return;
    if (session.state.get().kind === 'unknown') void session.load().catch(() => undefined);
    heal();
  });
  let member: Member | undefined;
  session.state.subscribe(() => {
    const state = session.state.get();
    const before = member;
    member = state.kind === 'in' ? state.member : undefined;
    if (before !== undefined && before.account.id !== member?.account.id) queries.clear();
    else if (before !== undefined && member !== undefined && mayLess(before, member)) forget(queries);
    else if (state.kind === 'in' && !state.hasEnded) heal();
  });
}

/** What everybody may read who is logged in. */
const FOR_EVERYBODY: readonly unknown[] = ['facts', 'account', 'sessions', 'tokens', 'permissions'];

function mayLess(before: Member, now: Member): boolean {
  return before.permissions.some((permission) => !now.permissions.includes(permission));
}

// What was read with a permission that is gone; what still may be read is, at once.
function forget(queries: QueryClient): void {
  void queries.resetQueries({ predicate: ({ queryKey: [what] }) => !FOR_EVERYBODY.includes(what) });
}

function createHeal(queries: QueryClient): () => void {
  const cache = queries.getQueryCache();
  const readAgain = (which: (query: Query) => boolean): void => {
    void queries.invalidateQueries({ predicate: which });
  };
  /** On their way since before all was well: what fails of them has not failed for good. */
  const late = new Set<unknown>();
  cache.subscribe((event) => {
    if (event.type === 'removed') late.delete(event.query);
    if (event.type !== 'updated') return;
    const { type } = event.action;
    if (type === 'success') late.delete(event.query);
    if (type === 'error' && late.delete(event.query)) readAgain((query) => query === event.query);
  });
  return () => {
    for (const query of cache.findAll({ fetchStatus: 'fetching' })) late.add(query);
    readAgain(({ state }) => state.status === 'error');
  };
}
