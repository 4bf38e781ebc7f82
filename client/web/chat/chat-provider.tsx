import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { CHAT_TOPIC } from '../../../protocol/feed.js';
import { BROWSER_SESSION } from '../../api/credential.js';
import type { FollowedEvent } from '../../api/feed/feed-follower.js';
import type { FeedWanted } from '../../api/feed/feed-wanted.js';
import { useConsole, usePermission, useStore } from '../app/console-context.js';
import { type FeedState, useFeed } from '../feed/use-feed.js';
import { Store } from '../server/store.js';
import { type Chat, ChatContext } from './chat-context.js';
import { ChatLog } from './model/chat-log.js';
import { Outbox } from './model/outbox.js';

const HISTORY_MS = 60 * 60 * 1000;

/** Follows the chat, whatever page is open, for whoever may. */
export function ChatProvider({ children }: { readonly children: ReactNode }) {
  const mayChat = usePermission('chat');
  const canReadOlder = usePermission('messages:read');
  const chat = useNewChat(canReadOlder);
  const tries = useStore(chat.tries);
  // The pages stay whatever becomes of the permissions meanwhile, and so does what is typed in them.
  return (
    <ChatContext value={mayChat ? chat : undefined}>
      {mayChat ? (
        <ChatFeed key={`${String(canReadOlder)} ${String(tries)}`} chat={chat} canReadOlder={canReadOlder} />
      ) : null}
      {children}
    </ChatContext>
  );
}

function useNewChat(canReadOlder: boolean): Chat {
  const { server, unread } = useConsole();
  const [kept] = useState(() => ({
    outbox: new Outbox((text) => server.feed.say(BROWSER_SESSION, text)),
    draft: new Store(''),
    feed: new Store<FeedState>({ kind: 'connecting' }),
    tries: new Store(0),
  }));
  const log = useMemo(() => new ChatLog({ canReadOlder, unread, now: Date.now }), [canReadOlder, unread]);
  return useMemo(() => ({ ...kept, log }), [kept, log]);
}

function wantedOf(canReadOlder: boolean): FeedWanted {
  const all = { topic: CHAT_TOPIC, presence: true };
  // Whoever may chat may read the chat, but by the feed only.
  return canReadOlder ? all : { ...all, after: new Date(Date.now() - HISTORY_MS).toISOString() };
}

// Shows nothing: another try is another one of these.
function ChatFeed({ chat, canReadOlder }: { readonly chat: Chat; readonly canReadOlder: boolean }) {
  const { server, session, unread } = useConsole();
  const sessionState = useStore(session.state);
  const [wanted] = useState(() => wantedOf(canReadOlder));
  const askWhoIsThere = async (): Promise<void> => {
    // Where there is no answer the next connection asks again.
    const connections = await server.feed.presence(BROWSER_SESSION).catch(() => undefined);
    if (connections !== undefined) chat.log.takePresent(connections);
  };
  const onEvents = (events: readonly FollowedEvent[]): void => {
    chat.log.take(events);
    if (events.some(({ type }) => type === 'hello')) void askWhoIsThere();
  };
  const state = useFeed({ wanted, onEvents, lastSeen: () => chat.log.lastSeen });
  const hasSession = sessionState.kind === 'in' && !sessionState.hasEnded;
  useEffect(
    () => () => {
      unread.set(0);
    },
    [unread],
  );
  useEffect(() => {
    chat.feed.set(state);
  }, [chat, state]);
  useEffect(() => {
    chat.outbox.open(hasSession && state.kind === 'live');
    return () => {
      chat.outbox.open(false);
    };
  }, [chat, hasSession, state.kind]);
  return null;
}
