import pLimit, { type LimitFunction } from 'p-limit';

/** Lets what each user has done take turns, so that who asks for much holds little memory and keeps only itself waiting. */
export class Turns {
  readonly #atOnce: number;
  readonly #limits = new Map<string, LimitFunction>();

  /** @param atOnce - of one user's tasks that go on at once */
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
