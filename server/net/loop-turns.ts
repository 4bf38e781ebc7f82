import { setImmediate } from 'node:timers/promises';

/** How long one turn of the event loop may go to one thing before others are heard, in milliseconds. */
const BUDGET_MS = 5;

/**
 * Shares the event loop between calls that do their work at once, as those of SQLite do, and others: calls that follow each other
 * would let nobody else be heard. From a few milliseconds on each waits for a turn of its own. They begin in the order in which they
 * came.
 */
export class LoopTurns {
  #beganAt: number | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Makes a call, at once where there is time. @param call - does not throw before it answers a promise */
  run<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#waiting === 0 && !this.#isSpent()) return call();
    this.#waiting += 1;
    // One after the other: all of them in the same turn would be no better.
    const begun = this.#last.then(async () => {
      while (this.#isSpent()) await setImmediate();
      this.#waiting -= 1;
      return { result: call() };
    });
    this.#last = begun;
    return begun.then(({ result }) => result);
  }

  #isSpent(): boolean {
    if (this.#beganAt === undefined) {
      this.#beganAt = performance.now();
      globalThis.setImmediate(() => (this.#beganAt = undefined));
    }
    return performance.now() - this.#beganAt > BUDGET_MS;
  }
}
