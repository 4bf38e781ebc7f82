import type { FollowedEvent } from '../../../api/feed/feed-follower.js';

/** Sooner than this nobody notices. */
const NOTICED_MS = 3_000;
/** Where nothing has come for so long, what has come is the newest. */
const SILENCE_MS = 2_000;

/** How far what comes over the feed is behind what is stored: more may come than the connection or the page takes. */
export class FeedLag {
  /** How much the clock here is ahead of the server's; undefined before the server has told its time. */
  #aheadMs: number | undefined;
  #storedAt = Number.NaN;
  #takenAt = Number.NEGATIVE_INFINITY;

  /** Takes what has come. @param now - milliseconds since 1970, by the clock here */
  take(events: readonly FollowedEvent[], now: number): void {
    for (const event of events) {
      if (event.type === 'hello') this.#aheadMs = now - Date.parse(event.connection.since);
      else if (event.type === 'record') [this.#storedAt, this.#takenAt] = [Date.parse(event.record.at), now];
    }
  }

  /** The whole seconds that it is behind; 0 where that is not worth a word. */
  secondsAt(now: number): number {
    if (this.#aheadMs === undefined || now - this.#takenAt > SILENCE_MS) return 0;
    const lagMs = this.#takenAt - this.#aheadMs - this.#storedAt;
    return lagMs < NOTICED_MS ? 0 : Math.round(lagMs / 1_000);
  }
}
