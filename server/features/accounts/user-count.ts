import { AppError } from '../../errors/app-error.js';
import type { Uniqueness, UserStore } from './user-store.js';

/**
 * Counts users that cost whoever makes them nothing, so that there is a limit: all of them, or those that have identified and
 * never authenticated.
 */
export class UserCount {
  readonly #limit: number;
  readonly #code: 'account.too_many' | 'account.too_many_pending';
  #count: number;

  /** @param count - how many there are already */
  constructor(limit: number, count: number, code: 'account.too_many' | 'account.too_many_pending') {
    this.#limit = limit;
    this.#count = count;
    this.#code = code;
  }

  /**
   * Adds some, if they can be made. They are counted before: however many come at once, there are no more than the limit.
   *
   * @param make - answers whether they were made
   * @throws AppError of the code it was made with
   */
  async add(make: () => Promise<boolean>, many = 1): Promise<boolean> {
    if (this.#count + many > this.#limit) throw new AppError(this.#code, { details: { limit: this.#limit } });
    let isMade = false;
    this.#count += many;
    try {
      isMade = await make();
    } finally {
      if (!isMade) this.#count -= many;
    }
    return isMade;
  }

  /** Takes note of some that are not to be counted any more. */
  subtract(count: number): void {
    this.#count -= count;
  }
}

/** A store that takes in no more than so many users. Its inserts throw AppError `account.too_many`. */
export async function withMostUsers(store: UserStore, most: number): Promise<UserStore> {
  const users = new UserCount(most, await store.count(), 'account.too_many');
  return {
    ...store,
    insert: async (user) => {
      let done: Uniqueness = 'done';
      await users.add(async () => (done = await store.insert(user)) === 'done');
      return done;
    },
    insertAll: async (all) => {
      let refused: Awaited<ReturnType<UserStore['insertAll']>>;
      await users.add(async () => (refused = await store.insertAll(all)) === undefined, all.length);
      return refused;
    },
    remove: async (userId) => {
      const isRemoved = await store.remove(userId);
      if (isRemoved) users.subtract(1);
      return isRemoved;
    },
    removeNeverAuthenticated: async (createdBefore) => {
      const removed = await store.removeNeverAuthenticated(createdBefore);
      users.subtract(removed.length);
      return removed;
    },
  };
}
