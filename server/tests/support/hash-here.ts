import { setTimeout as sleep } from 'node:timers/promises';
import { doHashTask, type HashTask } from '../../passwords/hash-task.js';

/** As long as a hash takes at full cost: the more who ask, the longer they wait. */
const USUAL_MS = 10;

/**
 * Hashes in the thread that asks: vitest.config.ts puts it in the place of the product's `HashThread`. To start a thread
 * for each of the thousand servers of these tests takes longer than most of the tests.
 */
export class HashThread implements AsyncDisposable {
  readonly #pepper: Buffer;

  constructor(pepper: Buffer) {
    this.#pepper = pepper;
  }

  // Whoever asks waits, and others go on, as they do while a thread works.
  async run(task: HashTask): Promise<string | boolean> {
    await sleep(USUAL_MS);
    const outcome = await doHashTask(task, this.#pepper);
    if ('error' in outcome) throw outcome.error;
    return outcome.result;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
