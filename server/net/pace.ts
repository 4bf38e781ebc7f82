const SECOND_MS = 1000;

/** Slows one client down to so many a second on average: a second's worth may come at once. */
export class Pace {
  readonly #everyMs: number;
  readonly #now: () => number;
  /** When what has been taken is worked off, at that rate. */
  #paidAt = Number.NEGATIVE_INFINITY;

  /**
   * @param perSecond - 0 is off
   * @param now - a clock in milliseconds that never goes back
   */
  constructor(perSecond: number, now = () => performance.now()) {
    this.#everyMs = perSecond === 0 ? 0 : SECOND_MS / perSecond;
    this.#now = now;
  }

  /** Takes one, and answers the milliseconds to wait before the next may go: whole ones, rounded up. */
  take(): number {
    if (this.#everyMs === 0) return 0;
    this.#paidAt = Math.max(this.#paidAt, this.#now()) + this.#everyMs;
    return this.waitMs;
  }

  /** The milliseconds to wait before the next may go: whole ones, rounded up. */
  get waitMs(): number {
    if (this.#everyMs === 0) return 0;
    return Math.max(0, Math.ceil(this.#paidAt + this.#everyMs - SECOND_MS - this.#now()));
  }

  /** The milliseconds until it is as if none had been taken. */
  get restMs(): number {
    return Math.max(0, Math.ceil(this.#paidAt - this.#now()));
  }
}
