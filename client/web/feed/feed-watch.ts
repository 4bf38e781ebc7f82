import type { FeedConnection } from '../../api/feed/feed-connection.js';
import { FeedFollower, type FollowedEvent } from '../../api/feed/feed-follower.js';
import { FeedPlace } from '../../api/feed/feed-place.js';
import type { FeedWanted } from '../../api/feed/feed-wanted.js';
import { RETRY_PAUSES } from '../../api/retry-policy.js';
import { Store } from '../server/store.js';

/** How the feed is followed at this moment. */
export type FeedState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** It is tried again by itself. */
  | { readonly kind: 'lost' }
  /** It is not: there is a refusal that time does not mend. */
  | { readonly kind: 'refused'; readonly error: unknown };

export interface FeedWatchOptions {
  /** Connects once. */
  readonly connect: (wanted: FeedWanted) => Promise<FeedConnection>;
  /** Where to begin, if nothing was seen by this watch yet: the last `seq` that was seen; undefined where `wanted` says it. */
  readonly lastSeen: () => string | undefined;
  /** Takes what comes. Each record comes once and in order, whatever happens to the connection. */
  readonly onEvents: (events: readonly FollowedEvent[]) => void;
}

const CONNECTING: FeedState = { kind: 'connecting' };

/** Follows the feed while somebody is logged in, and after a new login from where it was. */
export class FeedWatch {
  readonly state = new Store<FeedState>(CONNECTING);
  readonly #wanted: FeedWanted;
  readonly #place = new FeedPlace();

  constructor(wanted: FeedWanted) {
    this.#wanted = wanted;
  }

  /** Begins. @returns what ends it; it can be begun again then */
  start({ connect, lastSeen, onEvents }: FeedWatchOptions): () => void {
    const stop = new AbortController();
    const follower = new FeedFollower({
      connect: (after) => connect({ ...this.#wanted, after: after ?? lastSeen() ?? this.#wanted.after }),
      place: this.#place,
      retry: { ...RETRY_PAUSES, budgetMs: Number.POSITIVE_INFINITY },
      stop: stop.signal,
      now: Date.now,
      random: Math.random,
    });
    void this.#follow(follower, onEvents, stop.signal);
    return () => {
      stop.abort();
      this.state.set(CONNECTING);
    };
  }

  async #follow(
    follower: FeedFollower,
    onEvents: FeedWatchOptions['onEvents'],
    stop: AbortSignal,
  ): Promise<void> {
    const tell = (state: FeedState): void => {
      if (!stop.aborted) this.state.set(state);
    };
    try {
      for await (const events of follower.follow()) {
        for (const { type } of events) {
          if (type === 'hello') tell({ kind: 'live' });
          else if (type === 'lost') tell({ kind: 'lost' });
        }
        // Also what had come before the end: it is not asked for again.
        onEvents(events);
      }
    } catch (error) {
      tell({ kind: 'refused', error });
    }
  }
}
