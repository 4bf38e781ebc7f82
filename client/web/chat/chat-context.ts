import { createContext, useContext } from 'react';
import type { FeedState } from '../feed/use-feed.js';
import type { Store } from '../server/store.js';
import type { ChatLog } from './model/chat-log.js';
import type { Outbox } from './model/outbox.js';

/** The chat of whoever is logged in, whatever page is open. */
export interface Chat {
  readonly log: ChatLog;
  readonly outbox: Outbox;
  /** What is being typed. */
  readonly draft: Store<string>;
  readonly feed: Store<FeedState>;
  /** How often the feed was begun to be followed: where it was refused, one more begins anew. */
  readonly tries: Store<number>;
}

/** Where the pages find it. */
export const ChatContext = createContext<Chat | undefined>(undefined);

/** The chat; only for pages that are shown to nobody else than those who may chat. */
export function useChat(): Chat {
  const found = useContext(ChatContext);
  if (found === undefined) throw new Error('There is no chat around this.');
  return found;
}
