import { AppError } from '../../errors/app-error.js';

/** Counts the users that have identified and never authenticated: they cost nobody a password, so there is a limit. */
export class PendingUsers {
  readonly #limit: number;
  #count: number;

  /** @param count - how many there are already */
  constructor(limit: number, count: number) {
    this.#limit = limit;
    this.#count = count;
  }

  /**
   * Adds one, if that can be made. It is counted before: however many come at once, there are no more than the limit.
   *
   * @param make - answers whether it was made
   * @throws AppError `account.too_many_pending`
   */
  async add(make: () => Promise<boolean>): Promise<boolean> {
    if (this.#count >= this.#limit) throw new AppError('account.too_many_pending');
    let isMade = false;
    this.#count += 1;
    try {
      isMade = await make();
    } finally {
      if (!isMade) this.#count -= 1;
    }
    return isMade;
  }

  /** Takes note of some that have a password now, or are no more. */
  subtract(count: number): void {
    this.#count -= count;
  }
}
