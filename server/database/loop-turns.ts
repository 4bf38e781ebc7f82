import { setImmediate } from 'node:timers/promises';

/** How long one turn of the event loop may go to the database before others are heard, in milliseconds. */
const BUDGET_MS = 5;

/**
 * Shares the event loop. SQLite answers within the call, so that calls that follow each other would let nobody else be heard;
 * from a few milliseconds on each waits for a turn of its own.
 */
export class LoopTurns {
  #beganAt: number | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Undefined where a call may be made at once; else resolves when it may. */
  next(): Promise<void> | undefined {
    if (this.#waiting === 0 && !this.#isSpent()) return undefined;
    this.#waiting += 1;
    // One after the other: all of them in the same turn would be no better.
    const turn = this.#last.then(async () => {
      if (this.#isSpent()) await setImmediate();
      this.#waiting -= 1;
    });
    this.#last = turn;
    return turn;
  }

  #isSpent(): boolean {
    if (this.#beganAt === undefined) {
      this.#beganAt = performance.now();
      globalThis.setImmediate(() => (this.#beganAt = undefined));
    }
    return performance.now() - this.#beganAt > BUDGET_MS;
  }
}
