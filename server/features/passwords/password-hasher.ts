import pLimit, { type LimitFunction } from 'p-limit';
import { AppError } from '../../errors/app-error.js';
import { hashPassword, isCurrentFormat, PASSWORD_FORMATS } from './password-formats.js';

/** Whether a password was right, and whether its hash should be written anew. */
export interface PasswordCheck {
  readonly isRight: boolean;
  readonly isOutdated: boolean;
}

// argon2 runs on libuv's four threads, which also write the dump: half of them stay free.
const CONCURRENT_HASHES = 2;
const MOST_WAITING = 500;

/** Hashes and checks passwords, a bounded number at a time. */
export class PasswordHasher {
  readonly #pepper: Buffer;
  readonly #limit: LimitFunction = pLimit(CONCURRENT_HASHES);
  #decoy: Promise<string> | undefined;

  /** @param pepper - the secret mixed into every new hash; it is not in the database */
  constructor(pepper: Buffer) {
    this.#pepper = pepper;
  }

  /** A new hash. @throws AppError `account.hashing_busy` when too many wait */
  hash(password: string): Promise<string> {
    return this.#inTurn(() => hashPassword(password, this.#pepper));
  }

  /** Checks a password against a stored hash of any known format. @throws AppError `account.hashing_busy` */
  async check(stored: string, password: string): Promise<PasswordCheck> {
    const format = PASSWORD_FORMATS.find(({ prefix }) => prefix.test(stored));
    if (format === undefined) throw new Error('a stored password hash has no known format');
    const isRight = await this.#inTurn(() => format.verify(stored, password, this.#pepper));
    return { isRight, isOutdated: !isCurrentFormat(stored) };
  }

  /** Takes as long as a check, so that nobody learns from the time that there was nothing to check. */
  async pretend(password: string): Promise<void> {
    this.#decoy ??= hashPassword('', this.#pepper);
    await this.check(await this.#decoy, password);
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#limit.pendingCount >= MOST_WAITING) return Promise.reject(new AppError('account.hashing_busy'));
    return this.#limit(work);
  }
}
