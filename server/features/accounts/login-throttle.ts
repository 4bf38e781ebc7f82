import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../../errors/app-error.js';

const SECONDS_A_DAY = 86_400;
const LONGEST_DELAY_SECONDS = 300;

/**
 * Slows guessing down, for one account at a time.
 *
 * Attempts of one key take turns, so that what is counted is decided upon before the next one begins: parallel
 * guesses cost no more hashes than the limit. After `freeFailures` wrong passwords each further attempt has to wait,
 * 1 s at first, twice as long each time, at most five minutes: never for good. A right password clears the count.
 */
export class LoginThrottle {
  readonly #freeFailures: number;
  readonly #attemptsAMinute: number;
  readonly #attempts: RateLimiterMemory;
  readonly #failures: RateLimiterMemory;
  readonly #delays: RateLimiterMemory;
  readonly #turns = new Map<string, Promise<void>>();

  /**
   * @param freeFailures - wrong passwords without a delay; 0 turns delays off
   * @param attemptsAMinute - right or wrong; 0 turns the limit off
   */
  constructor(freeFailures: number, attemptsAMinute: number) {
    this.#freeFailures = freeFailures;
    this.#attemptsAMinute = attemptsAMinute;
    this.#attempts = new RateLimiterMemory({ points: Math.max(1, attemptsAMinute), duration: 60 });
    this.#failures = new RateLimiterMemory({ points: Math.max(1, freeFailures), duration: SECONDS_A_DAY });
    this.#delays = new RateLimiterMemory({ points: 1, duration: 1 });
  }

  /**
   * Runs a password check for a key when it is its turn.
   *
   * @param check - answers whether the password was right
   * @throws AppError `account.rate_limited`, `account.throttled`, with the seconds to wait
   */
  async attempt(key: string, check: () => Promise<boolean>): Promise<boolean> {
    await this.#countAttempt(key);
    return this.#inTurn(key, async () => {
      await this.#assertNoDelay(key);
      const isRight = await check();
      if (isRight) await this.#failures.delete(key);
      else await this.#countFailure(key);
      return isRight;
    });
  }

  async #countAttempt(key: string): Promise<void> {
    if (this.#attemptsAMinute === 0) return;
    try {
      await this.#attempts.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const retryAfter = Math.ceil(refusal.msBeforeNext / 1000);
      throw new AppError('account.rate_limited', { details: { limit: this.#attemptsAMinute, retryAfter } });
    }
  }

  async #assertNoDelay(key: string): Promise<void> {
    const delay = await this.#delays.get(key);
    if (delay === null || delay.remainingPoints > 0 || delay.msBeforeNext <= 0) return;
    throw new AppError('account.throttled', {
      details: { retryAfter: Math.ceil(delay.msBeforeNext / 1000) },
    });
  }

  async #countFailure(key: string): Promise<void> {
    if (this.#freeFailures === 0) return;
    const { consumedPoints } = await this.#failures.penalty(key);
    const beyond = consumedPoints - this.#freeFailures;
    if (beyond < 0) return;
    await this.#delays.block(key, Math.min(2 ** beyond, LONGEST_DELAY_SECONDS));
  }

  async #inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#turns.get(key) ?? Promise.resolve();
    const result = before.then(work);
    const turn = result.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(key, turn);
    void turn.then(() => {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    });
    return result;
  }
}
