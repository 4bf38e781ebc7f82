import { RateLimiterMemory } from 'rate-limiter-flexible';
import { AppError } from '../../errors/app-error.js';
import { createMinuteLimit, type MinuteLimit } from '../../net/minute-limit.js';
import { networkOf } from '../../net/network-of.js';

const SECONDS_A_DAY = 86_400;
const LONGEST_DELAY_SECONDS = 300;
/** How many networks' free failures an account bears before all places where it is new are slowed down. */
const ACCOUNT_SHARE = 20;
const LONGEST_ACCOUNT_DELAY_SECONDS = 60;
const MOST_WAITING = 100;

/** Who is guessing, if it is a guess. */
export interface LoginAttempt {
  readonly accountId: string;
  readonly endpoint: string;
  /** Whether a password was right at this endpoint before. */
  readonly isProven: boolean;
}

/**
 * Slows guessing down, for one account from one network at a time, so that nobody keeps the owner out by guessing from
 * somewhere else.
 *
 * Attempts of one key take turns, so that what is counted is decided upon before the next one begins: parallel
 * guesses cost no more hashes than the limit. After `freeFailures` wrong passwords each further attempt has to wait,
 * 1 s at first, twice as long each time, at most five minutes: never for good. A right password clears the count.
 *
 * Who commands many networks gets as many times the free failures; so the wrong passwords of all places where no
 * password was right before are counted together too, and after 20 times the free ones such places have to
 * wait too, a minute at most. That is the trade-off: by guessing on from many networks an attacker can hold the owner up at
 * a new machine, but never at a proven one, which is counted by itself.
 */
export class LoginThrottle {
  readonly #freeFailures: number;
  readonly #countAttempt: MinuteLimit;
  readonly #failures: RateLimiterMemory;
  readonly #delays: RateLimiterMemory;
  readonly #turns = new Map<string, { last: Promise<void>; waiting: number }>();

  /**
   * @param freeFailures - wrong passwords without a delay; 0 turns delays off
   * @param attemptsAMinute - right or wrong; 0 turns the limit off
   */
  constructor(freeFailures: number, attemptsAMinute: number) {
    this.#freeFailures = freeFailures;
    this.#countAttempt = createMinuteLimit(attemptsAMinute, 'account.rate_limited');
    this.#failures = new RateLimiterMemory({ points: Math.max(1, freeFailures), duration: SECONDS_A_DAY });
    this.#delays = new RateLimiterMemory({ points: 1, duration: 1 });
  }

  /**
   * Runs a password check when it is its turn. What is refused here is not counted.
   *
   * @param check - answers whether the password was right
   * @throws AppError `account.rate_limited`, `account.throttled`, with the seconds to wait; `account.hashing_busy`
   */
  async attempt(attempt: LoginAttempt, check: () => Promise<boolean>): Promise<boolean> {
    const { accountId, endpoint, isProven } = attempt;
    const key = isProven ? `${accountId} at ${endpoint}` : `${accountId} from ${networkOf(endpoint)}`;
    return this.#inTurn(key, MOST_WAITING, async () => {
      await this.#assertNoDelay(key);
      await this.#countAttempt(key);
      const isRight = isProven ? await check() : await this.#checkOnAccount(accountId, check);
      if (isRight) await this.#failures.delete(key);
      else await this.#countFailure(key, this.#freeFailures, LONGEST_DELAY_SECONDS);
      return isRight;
    });
  }

  // Other networks have turns of their own, and no check waits for theirs: so what is counted together is counted as
  // a failure in advance, one after the other.
  async #checkOnAccount(accountId: string, check: () => Promise<boolean>): Promise<boolean> {
    await this.#inTurn(accountId, Infinity, async () => {
      await this.#assertNoDelay(accountId);
      await this.#countFailure(accountId, ACCOUNT_SHARE * this.#freeFailures, LONGEST_ACCOUNT_DELAY_SECONDS);
    });
    let isWrong = false;
    try {
      isWrong = !(await check());
    } finally {
      if (!isWrong) await this.#takeBackFailure(accountId);
    }
    return !isWrong;
  }

  async #assertNoDelay(key: string): Promise<void> {
    const delay = await this.#delays.get(key);
    if (delay === null || delay.remainingPoints > 0 || delay.msBeforeNext <= 0) return;
    throw new AppError('account.throttled', {
      details: { retryAfter: Math.ceil(delay.msBeforeNext / 1000) },
    });
  }

  async #countFailure(key: string, free: number, longestDelay: number): Promise<void> {
    if (this.#freeFailures === 0) return;
    const { consumedPoints } = await this.#failures.penalty(key);
    const beyond = consumedPoints - free;
    if (beyond < 0) return;
    await this.#delays.block(key, Math.min(2 ** beyond, longestDelay));
  }

  async #takeBackFailure(key: string): Promise<void> {
    if (this.#freeFailures === 0) return;
    await this.#failures.reward(key);
    await this.#delays.delete(key);
  }

  async #inTurn<Result>(key: string, mostWaiting: number, work: () => Promise<Result>): Promise<Result> {
    const turns = this.#turns.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (turns.waiting >= mostWaiting) throw new AppError('account.hashing_busy');
    this.#turns.set(key, turns);
    turns.waiting += 1;
    const result = turns.last.then(work).finally(() => {
      turns.waiting -= 1;
      if (turns.waiting === 0) this.#turns.delete(key);
    });
    turns.last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
