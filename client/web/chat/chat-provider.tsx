import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { CHAT_TOPIC } from '../../../protocol/feed.js';
import { BROWSER_SESSION } from '../../api/credential.js';
import type { FollowedEvent } from '../../api/feed/feed-follower.js';
import type { FeedWanted } from '../../api/feed/feed-wanted.js';
import { useConsole, usePermission, useStore } from '../app/console-context.js';
import { type FeedState, useFeed } from '../feed/use-feed.js';
import { usePermissionLookup } from '../feed/use-permission-lookup.js';
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

// Undefined until it is known. Whoever may chat may read the chat, but by the feed only: the last hour, by the server's clock.
function useWanted(canReadOlder: boolean): FeedWanted | undefined {
  const { server } = useConsole();
  const { data: now } = useQuery({
    queryKey: ['facts', 'now'],
    queryFn: async () => (await server.console.facts()).now,
    enabled: !canReadOlder,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const all = { topic: CHAT_TOPIC, presence: true };
  if (canReadOlder) return all;
  if (now === undefined) return undefined;
  return { ...all, after: new Date(Date.parse(now) - HISTORY_MS).toISOString() };
}

interface ChatFeedProps {
  readonly chat: Chat;
  readonly canReadOlder: boolean;
}

// Shows nothing: another try is another one of these.
function ChatFeed({ chat, canReadOlder }: ChatFeedProps) {
  const wanted = useWanted(canReadOlder);
  return wanted === undefined ? null : <Following chat={chat} wanted={wanted} />;
}

function Following({ chat, wanted }: { readonly chat: Chat; readonly wanted: FeedWanted }) {
  const { server, session, unread } = useConsole();
  const sessionState = useStore(session.state);
  const askWhoIsThere = async (): Promise<void> => {
    // Where there is no answer the next connection asks again.
    await chat.log.refreshPresent(() => server.feed.presence(BROWSER_SESSION)).catch(() => undefined);
  };
  const onEvents = (events: readonly FollowedEvent[]): void => {
    chat.log.take(events);
    if (events.some(({ type }) => type === 'hello')) void askWhoIsThere();
  };
  const state = useFeed({ wanted, onEvents, lastSeen: () => chat.log.lastSeen });
  usePermissionLookup(state);
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
