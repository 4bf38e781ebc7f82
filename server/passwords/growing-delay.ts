import { AppError } from '../errors/app-error.js';
import { BoundedCounts } from '../net/bounded-counts.js';

const SECONDS_A_DAY = 86_400;

/** Counts wrong passwords by key for a day; after the free ones each further one makes its key wait twice as long. */
export class GrowingDelay {
  readonly #free: number;
  readonly #longest: number;
  readonly #failures = new BoundedCounts();
  readonly #delays = new BoundedCounts();

  /**
   * @param free - wrong passwords without a delay; 0 turns it off
   * @param longest - the longest delay, in seconds; the first one is 1 s
   */
  constructor(free: number, longest: number) {
    this.#free = free;
    this.#longest = longest;
  }

  /** @throws AppError `account.throttled`, with the seconds to wait */
  assertNone(key: string): void {
    const retryAfter = this.#delays.secondsLeft(key);
    if (retryAfter > 0) throw new AppError('account.throttled', { details: { retryAfter } });
  }

  /** Counts a wrong password. */
  count(key: string): void {
    if (this.#free === 0) return;
    const beyond = this.#failures.add(key, SECONDS_A_DAY) - this.#free;
    if (beyond >= 0) this.#delays.restart(key, Math.min(2 ** beyond, this.#longest));
  }

  /** Takes back what was counted in advance, with the delay that came of it. */
  takeBack(key: string): void {
    this.#failures.takeBack(key);
    this.#delays.delete(key);
  }

  /** Forgets the wrong passwords of a key. */
  forget(key: string): void {
    this.#failures.delete(key);
  }
}
