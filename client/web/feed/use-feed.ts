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
  const wantedKey = JSON.stringify(wanted);
  const watch = useMemo(() => new FeedWatch(JSON.parse(wantedKey) as FeedWanted), [wantedKey]);
  const taking = useRef({ watch, onEvents, lastSeen });
  useEffect(() => {
    taking.current = { watch, onEvents, lastSeen };
  });
  useEffect(() => {
    if (!isLoggedIn) return undefined;
    return watch.start({
      connect: (asked) => server.feed.connect(BROWSER_SESSION, asked),
      lastSeen: () => taking.current.lastSeen(),
      onEvents: (events) => {
        if (taking.current.watch === watch) taking.current.onEvents(events);
      },
    });
  }, [server, watch, isLoggedIn]);
  return useStore(watch.state);
}
