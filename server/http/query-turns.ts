import pLimit, { type LimitFunction } from 'p-limit';

/** Lets the pages of each user take turns, so that slow readers hold little memory and keep only themselves waiting. */
export class QueryTurns {
  readonly #atOnce: number;
  readonly #limits = new Map<string, LimitFunction>();

  /** @param atOnce - pages of one user that are read or sent at once: a page stays in memory until its client has read it */
  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Runs a task when it is its turn. */
  async take(userId: string, task: () => Promise<void>): Promise<void> {
    const limit = this.#limits.get(userId) ?? pLimit(this.#atOnce);
    this.#limits.set(userId, limit);
    try {
      await limit(task);
    } finally {
      // The one that has just ended may still be counted.
      if (limit.activeCount + limit.pendingCount <= 1) this.#forgetWhenIdle(userId, limit);
    }
  }

  #forgetWhenIdle(userId: string, limit: LimitFunction): void {
    setImmediate(() => {
      if (limit.activeCount + limit.pendingCount === 0 && this.#limits.get(userId) === limit)
        this.#limits.delete(userId);
    });
  }
}
