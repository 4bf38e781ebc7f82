import { setTimeout as sleep } from 'node:timers/promises';
import { doHashTask, type HashTask } from '../../passwords/hash-task.js';

/**
 * Hashes as the product does, but in the thread that asks: vitest.config.ts puts it in the place of the product's
 * `HashThread`. To start a thread for each of the thousand servers of these tests takes longer than most of the tests.
 */
export class HashThread implements AsyncDisposable {
  readonly #pepper: Buffer;
  /** What has been compared before: it comes to the same. */
  readonly #known = new Map<string, string | boolean>();

  constructor(pepper: Buffer) {
    this.#pepper = pepper;
  }

  // Whoever asks waits, and others go on, as they do while a thread works.
  async run(task: HashTask): Promise<string | boolean> {
    await sleep(2);
    const comparison = task.stored === undefined ? undefined : JSON.stringify(task);
    const known = comparison === undefined ? undefined : this.#known.get(comparison);
    if (known !== undefined) return known;
    const outcome = await doHashTask(task, this.#pepper);
    if ('error' in outcome) throw outcome.error;
    if (comparison !== undefined) this.#known.set(comparison, outcome.result);
    return outcome.result;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
