import { useCallback, useEffect, useState } from 'react';
import type { StoredMessagesPage } from '../../../protocol/stored-messages.js';
import { BROWSER_SESSION } from '../../api/credential.js';
import type { QueryFilter } from '../../api/query-page.js';
import { useConsole, useStore } from '../app/console-context.js';
import type { MessageFilter } from './message-filter.js';
import { MessageView, type Place } from './window/message-view.js';

const MAX_ROWS = 5_000;
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

export interface UseMessageViewOptions {
  /** How messages are asked for; others are another view. */
  readonly ask: AskMessages;
  /** Whether they may be; else there is nothing but what comes live. */
  readonly mayAsk: boolean;
  /** Where a view begins. */
  readonly start: Place | undefined;
}

/** The messages that are asked for in this way. */
export function useMessageView({ ask, mayAsk, start }: UseMessageViewOptions): MessageView {
  const [held, setHeld] = useState(() => ({ ask, mayAsk, view: createView({ ask, mayAsk, start }) }));
  let { view } = held;
  if (held.ask !== ask || held.mayAsk !== mayAsk) {
    view = createView({ ask, mayAsk, start });
    setHeld({ ask, mayAsk, view });
  }
  const { connection } = useConsole();
  const isConnected = useStore(connection.isConnected);
  const isLoggedIn = useIsLoggedIn();
  useEffect(() => {
    if (isConnected && isLoggedIn) view.retry();
  }, [view, isConnected, isLoggedIn]);
  return view;
}

function createView({ ask, mayAsk, start }: UseMessageViewOptions): MessageView {
  return new MessageView({
    ask: mayAsk ? ask : undefined,
    schedule: (publish) => requestAnimationFrame(publish),
    maxRows: MAX_ROWS,
    pageSize: PAGE_SIZE,
    start,
  });
}

/** Whether the session is good. */
export function useIsLoggedIn(): boolean {
  const state = useStore(useConsole().session.state);
  return state.kind === 'in' && !state.hasEnded;
}
