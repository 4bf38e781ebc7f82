import { useCallback, useEffect, useState } from 'react';
import type { StoredMessagesPage } from '../../../protocol/stored-messages.js';
import { BROWSER_SESSION } from '../../api/credential.js';
import type { QueryFilter } from '../../api/query-page.js';
import { useConsole, useStore } from '../app/console-context.js';
import type { MessageFilter } from './message-filter.js';
import { MessageView, type Place } from './window/message-view.js';

const LIMITS = { rows: 5_000, weight: 32 * 1024 * 1024, minRows: 200 };
const PAGE_SIZE = 500;

/** Asks for a page of stored messages. */
export type AskMessages = (part: QueryFilter) => Promise<StoredMessagesPage>;

/** How messages that fit a filter are asked for. */
export function useAskMessages({ user, topic, contains }: MessageFilter): AskMessages {
  const { server } = useConsole();
  return useCallback(
    (part) => server.messages.query(BROWSER_SESSION, { user, topic, contains, ...part }),
    [server, user, topic, contains],
  );
}

/** The messages that are asked for in this way; others are another view. @param start - where that begins */
export function useMessageView(ask: AskMessages, start: Place | undefined): MessageView {
  const [held, setHeld] = useState(() => ({ ask, view: createView(ask, start) }));
  let { view } = held;
  if (held.ask !== ask) {
    view = createView(ask, start);
    setHeld({ ask, view });
  }
  const { connection } = useConsole();
  const isConnected = useStore(connection.isConnected);
  const isLoggedIn = useIsLoggedIn();
  useEffect(() => {
    if (isConnected && isLoggedIn) view.retry();
  }, [view, isConnected, isLoggedIn]);
  return view;
}

function createView(ask: AskMessages, start: Place | undefined): MessageView {
  return new MessageView({
    ask,
    schedule: (publish) => requestAnimationFrame(publish),
    limits: LIMITS,
    pageSize: PAGE_SIZE,
    start,
  });
}

/** Whether the session is good. */
export function useIsLoggedIn(): boolean {
  const state = useStore(useConsole().session.state);
  return state.kind === 'in' && !state.hasEnded;
}
