import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Permission } from '../../../protocol/permissions.js';
import type { ConnectionWatch } from '../server/connection-watch.js';
import type { Server } from '../server/server.js';
import type { Store } from '../server/store.js';
import type { Member, SessionStore } from '../session/session-store.js';

/** What every page works with. */
export interface Console {
  readonly server: Server;
  readonly session: SessionStore;
  readonly connection: ConnectionWatch;
  /** How many messages of the chat nobody has looked at; the title of every page tells it. */
  readonly unread: Store<number>;
  /** What was typed to be sent as a message, and is not sent yet; whoever comes next finds nothing of it. */
  readonly messageDraft: Store<MessageDraft>;
}

/** A message that is being typed. */
export interface MessageDraft {
  readonly message: string;
  readonly topic: string;
}

/** Nothing typed. */
export const NO_MESSAGE: MessageDraft = { message: '', topic: '' };

/** Where the pages find it. */
export const ConsoleContext = createContext<Console | undefined>(undefined);

/** What every page works with. */
export function useConsole(): Console {
  const found = useContext(ConsoleContext);
  if (found === undefined) throw new Error('There is no console around this.');
  return found;
}

/** A store's value, followed. */
export function useStore<Value>(store: Store<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Who is logged in; only for pages that are shown to nobody else. */
export function useMember(): Member {
  const state = useStore(useConsole().session.state);
  if (state.kind !== 'in') throw new Error('Nobody is logged in.');
  return state.member;
}

/** Whether who is logged in may do this. */
export function usePermission(permission: Permission): boolean {
  return useMember().permissions.includes(permission);
}
