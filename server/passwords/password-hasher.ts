import pLimit, { type LimitFunction } from 'p-limit';
import { AppError } from '../errors/app-error.js';
import type { HashTask } from './hash-task.js';
import { HashThread } from './hash-thread.js';
import { DECOY, isCurrentFormat } from './password-formats.js';

/** Whether a password was right, and whether its hash should be written anew. */
export interface PasswordCheck {
  readonly isRight: boolean;
  readonly isOutdated: boolean;
}

// One core is enough to log in a hundred a second; a second thread made messages wait, and little faster logins.
const CONCURRENT_HASHES = 1;
const MOST_WAITING = 500;

/** Hashes and checks passwords, one at a time, in a thread of its own. */
export class PasswordHasher implements AsyncDisposable {
  readonly #thread: HashThread;
  readonly #limit: LimitFunction = pLimit(CONCURRENT_HASHES);

  /** @param pepper - the secret mixed into every new hash; it is not in the database */
  constructor(pepper: Buffer) {
    this.#thread = new HashThread(pepper);
  }

  /** A new hash. @throws AppError `account.hashing_busy` when too many wait, `account.hashing_failed` */
  async hash(password: string): Promise<string> {
    return String(await this.#inTurn({ password }));
  }

  /**
   * Checks a password against a stored hash of any known format.
   *
   * @throws AppError `account.hashing_busy`, `account.hashing_failed`
   */
  async check(stored: string, password: string): Promise<PasswordCheck> {
    const isRight = (await this.#inTurn({ stored, password })) === true;
    return { isRight, isOutdated: !isCurrentFormat(stored) };
  }

  /** Takes as long as a check, so that nobody learns from the time that there was nothing to check. */
  async pretend(password: string): Promise<void> {
    await this.check(DECOY, password);
  }

  /** Ends the thread. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread[Symbol.asyncDispose]();
  }

  #inTurn(task: HashTask): Promise<string | boolean> {
    if (this.#limit.pendingCount >= MOST_WAITING) return Promise.reject(new AppError('account.hashing_busy'));
    return this.#limit(() => this.#thread.run(task));
  }
}
