import { createHmac, randomBytes } from 'node:crypto';
import { AppError } from '../errors/app-error.js';
import { createMinuteLimit, type MinuteLimit } from '../net/minute-limit.js';
import { networkOf } from '../net/network-of.js';
import { GrowingDelay } from './growing-delay.js';

const LONGEST_DELAY_SECONDS = 300;
/** How many networks' free failures an account bears before all places where it is new are slowed down. */
const ACCOUNT_SHARE = 20;
const LONGEST_ACCOUNT_DELAY_SECONDS = 60;
const MOST_WAITING = 100;
/** Names that nobody has share as many counts. */
const UNKNOWN_NAMES = 65_536;

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
 *
 * All that is remembered is bounded. Who makes it forget a key has 100,000 others counted first, each with a hash.
 */
export class LoginThrottle {
  readonly #countAttempt: MinuteLimit;
  readonly #delays: GrowingDelay;
  readonly #accountDelays: GrowingDelay;
  readonly #turns = new Map<string, { last: Promise<void>; waiting: number }>();
  readonly #unknownNames = randomBytes(32);

  /**
   * @param freeFailures - wrong passwords without a delay; 0 turns delays off
   * @param attemptsAMinute - right or wrong; 0 turns the limit off
   */
  constructor(freeFailures: number, attemptsAMinute: number) {
    this.#countAttempt = createMinuteLimit(attemptsAMinute, 'account.rate_limited');
    this.#delays = new GrowingDelay(freeFailures, LONGEST_DELAY_SECONDS);
    this.#accountDelays = new GrowingDelay(ACCOUNT_SHARE * freeFailures, LONGEST_ACCOUNT_DELAY_SECONDS);
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
    return this.#inTurn(key, async () => {
      this.#delays.assertNone(key);
      this.#countAttempt(key);
      const isRight = isProven ? await check() : await this.#checkOnAccount(accountId, check);
      if (isRight) this.#delays.forget(key);
      else this.#delays.count(key);
      return isRight;
    });
  }

  /**
   * The same for a name that nobody has, so that nobody learns that from what is refused.
   *
   * @param nameKey - the name in the form in which it is compared
   * @param pretend - does as much work as a check
   * @throws AppError as {@link attempt} does
   */
  async attemptUnknown(nameKey: string, endpoint: string, pretend: () => Promise<void>): Promise<void> {
    // Under a secret key: nobody can choose names that fall together with another one.
    const bucket =
      createHmac('sha256', this.#unknownNames).update(nameKey).digest().readUInt32BE() % UNKNOWN_NAMES;
    await this.attempt({ accountId: `nobody ${String(bucket)}`, endpoint, isProven: false }, async () => {
      await pretend();
      return false;
    });
  }

  // Other networks have turns of their own, and no check waits for theirs: so what is counted together is counted as
  // a failure in advance.
  async #checkOnAccount(accountId: string, check: () => Promise<boolean>): Promise<boolean> {
    this.#accountDelays.assertNone(accountId);
    this.#accountDelays.count(accountId);
    let isWrong = false;
    try {
      isWrong = !(await check());
    } finally {
      if (!isWrong) this.#accountDelays.takeBack(accountId);
    }
    return !isWrong;
  }

  async #inTurn<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const turns = this.#turns.get(key) ?? { last: Promise.resolve(), waiting: 0 };
    if (turns.waiting >= MOST_WAITING) throw new AppError('account.hashing_busy');
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
