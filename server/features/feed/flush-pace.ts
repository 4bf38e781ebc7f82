/** How much longer than a flush the time behind it is: flushing takes a tenth of the server's time, unless that took too long for the readers. */
const REST = 9;
/** Nobody waits longer than this for a flush because of those before it. */
const MOST_REST_MS = 50;

/**
 * When the feed is flushed next. One message to few readers goes out at once; with many messages to many readers a flush
 * takes time that senders would have had, so flushes are fewer, and each has more in it.
 */
export class FlushPace {
  readonly #now: () => number;
  #notBefore = -Infinity;

  /** @param now - a clock in milliseconds that never goes back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds to wait before the next flush. */
  get waitMs(): number {
    return Math.max(0, this.#notBefore - this.#now());
  }

  /** Takes note of a flush that has just ended. @param ms - that it kept the server busy for */
  flushed(ms: number): void {
    this.#notBefore = this.#now() + Math.min(MOST_REST_MS, ms * REST);
  }
}
