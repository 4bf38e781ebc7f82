import { useEffect, useMemo, useRef } from 'react';
import { BROWSER_SESSION } from '../../api/credential.js';
import type { FollowedEvent } from '../../api/feed/feed-follower.js';
import type { FeedWanted } from '../../api/feed/feed-wanted.js';
import { useConsole, useStore } from '../app/console-context.js';
import { type FeedState, FeedWatch } from './feed-watch.js';

export type { FeedState } from './feed-watch.js';

export interface UseFeedOptions {
  /** What is followed; another value begins anew. */
  readonly wanted: FeedWanted;
  /** Takes what comes. Each record comes once and in order, whatever happens to the connection. */
  readonly onEvents: (events: readonly FollowedEvent[]) => void;
  /** Where to begin: the last `seq` that was seen; undefined where `wanted` says it. */
  readonly lastSeen: () => string | undefined;
}

/** Follows the feed for as long as its component is there, through broken connections, restarts of the server and new logins. */
export function useFeed({ wanted, onEvents, lastSeen }: UseFeedOptions): FeedState {
  const { server, session } = useConsole();
  const state = useStore(session.state);
  const isLoggedIn = state.kind === 'in' && !state.hasEnded;
  const taking = useRef({ onEvents, lastSeen });
  useEffect(() => {
    taking.current = { onEvents, lastSeen };
  });
  const wantedKey = JSON.stringify(wanted);
  const watch = useMemo(() => {
    const filter = JSON.parse(wantedKey) as FeedWanted;
    return new FeedWatch({
      connect: (after) => {
        const from = after ?? taking.current.lastSeen() ?? filter.after;
        return server.feed.connect(BROWSER_SESSION, { ...filter, after: from });
      },
      onEvents: (events) => {
        taking.current.onEvents(events);
      },
    });
  }, [server, wantedKey]);
  useEffect(() => (isLoggedIn ? watch.start() : undefined), [watch, isLoggedIn]);
  return useStore(watch.state);
}
