import type { FeedConnection } from '../../api/feed/feed-connection.js';
import { FeedFollower, type FollowedEvent } from '../../api/feed/feed-follower.js';
import { FeedPlace } from '../../api/feed/feed-place.js';
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
  /** Connects once. `after`: the last record that was looked at; undefined where there was none. */
  readonly connect: (after: string | undefined) => Promise<FeedConnection>;
  /** Takes what comes. Each record comes once and in order, whatever happens to the connection. */
  readonly onEvents: (events: readonly FollowedEvent[]) => void;
}

const CONNECTING: FeedState = { kind: 'connecting' };

/** Follows the feed while somebody is logged in, and after a new login from where it was. */
export class FeedWatch {
  readonly state = new Store<FeedState>(CONNECTING);
  readonly #options: FeedWatchOptions;
  readonly #place = new FeedPlace();

  constructor(options: FeedWatchOptions) {
    this.#options = options;
  }

  /** Begins. @returns what ends it; it can be begun again then */
  start(): () => void {
    const stop = new AbortController();
    const follower = new FeedFollower({
      connect: this.#options.connect,
      place: this.#place,
      retry: { ...RETRY_PAUSES, budgetMs: Number.POSITIVE_INFINITY },
      stop: stop.signal,
      now: Date.now,
      random: Math.random,
    });
    void this.#follow(follower, stop.signal);
    return () => {
      stop.abort();
      this.state.set(CONNECTING);
    };
  }

  async #follow(follower: FeedFollower, stop: AbortSignal): Promise<void> {
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
        this.#options.onEvents(events);
      }
    } catch (error) {
      tell({ kind: 'refused', error });
    }
  }
}
