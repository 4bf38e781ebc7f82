import { useEffect, useRef, useState } from 'react';
import { BROWSER_SESSION } from '../../api/credential.js';
import { FeedFollower, type FollowedEvent } from '../../api/feed/feed-follower.js';
import type { FeedWanted } from '../../api/feed/feed-wanted.js';
import { RETRY_PAUSES } from '../../api/retry-policy.js';
import { useConsole, useStore } from '../app/console-context.js';

/** How the feed is followed at this moment. */
export type FeedState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** It is tried again by itself. */
  | { readonly kind: 'lost' }
  /** It is not: there is a refusal that time does not mend. */
  | { readonly kind: 'refused'; readonly error: unknown };

export interface UseFeedOptions {
  /** What is followed; another value begins anew. */
  readonly wanted: FeedWanted;
  /** Takes what comes. Each record comes once and in order, whatever happens to the connection. */
  readonly onEvents: (events: readonly FollowedEvent[]) => void;
  /** Where to go on after the session had ended: the last `seq` that was seen. */
  readonly lastSeen: () => string | undefined;
}

/** Follows the feed for as long as its component is there, through broken connections, restarts of the server and new logins. */
export function useFeed({ wanted, onEvents, lastSeen }: UseFeedOptions): FeedState {
  const { server, session } = useConsole();
  const state = useStore(session.state);
  const isLoggedIn = state.kind === 'in' && !state.hasEnded;
  const [told, setTold] = useState<{ readonly of: string; readonly state: FeedState }>();
  const taking = useRef({ onEvents, lastSeen });
  useEffect(() => {
    taking.current = { onEvents, lastSeen };
  });
  const wantedKey = JSON.stringify(wanted);
  useEffect(() => {
    if (!isLoggedIn) return undefined;
    const stop = new AbortController();
    const filter = JSON.parse(wantedKey) as FeedWanted;
    const follower = new FeedFollower({
      connect: (after) => {
        const from = after ?? taking.current.lastSeen() ?? filter.after;
        return server.feed.connect(BROWSER_SESSION, { ...filter, after: from });
      },
      retry: { ...RETRY_PAUSES, budgetMs: Number.POSITIVE_INFINITY },
      stop: stop.signal,
      now: Date.now,
      random: Math.random,
    });
    void follow(
      follower,
      (state) => {
        if (!stop.signal.aborted) setTold({ of: wantedKey, state });
      },
      (events) => {
        if (!stop.signal.aborted) taking.current.onEvents(events);
      },
    );
    return () => {
      stop.abort();
    };
  }, [server, isLoggedIn, wantedKey]);
  return told?.of === wantedKey ? told.state : { kind: 'connecting' };
}

async function follow(
  follower: FeedFollower,
  onState: (state: FeedState) => void,
  onEvents: (events: readonly FollowedEvent[]) => void,
): Promise<void> {
  try {
    for await (const events of follower.follow()) {
      for (const { type } of events) {
        if (type === 'hello') onState({ kind: 'live' });
        else if (type === 'lost') onState({ kind: 'lost' });
      }
      onEvents(events);
    }
  } catch (error) {
    onState({ kind: 'refused', error });
  }
}
