import { Worker } from 'node:worker_threads';
import { HASH_WORKER } from '../built-files.js';
import { AppError } from '../errors/app-error.js';
import type { HashOutcome, HashTask } from './hash-task.js';

const IDLE_MS = 30_000;

/**
 * A thread of its own for hashing: started by the first task, ended after 30 s without one, and started anew after it
 * has crashed. Hashing in libuv's pool would hold up the dump, which is written there.
 */
export class HashThread implements AsyncDisposable {
  readonly #pepper: Buffer;
  readonly #path: URL;
  #worker: Worker | undefined;
  #ending: NodeJS.Timeout | undefined;

  /** @param path - the program of the thread */
  constructor(pepper: Buffer, path = HASH_WORKER) {
    this.#pepper = pepper;
    this.#path = path;
  }

  /**
   * Does a task. They are to be given one after another.
   *
   * @throws AppError `account.hashing_failed` when the thread ends before it has answered
   */
  async run(task: HashTask): Promise<string | boolean> {
    clearTimeout(this.#ending);
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    try {
      const answer = outcomeOf(worker);
      worker.postMessage(task);
      const outcome = await answer;
      if ('error' in outcome) throw outcome.error;
      return outcome.result;
    } finally {
      // An idle thread keeps no process alive.
      worker.unref();
      this.#ending = setTimeout(() => void this.#end(), IDLE_MS).unref();
    }
  }

  /** Ends the thread; a task that is under way fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#ending);
    await this.#end();
  }

  // From here on a task gets a new one.
  async #end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#path, { workerData: this.#pepper });
    const forget = () => {
      if (this.#worker === worker) this.#worker = undefined;
    };
    // A crash is told to the task that it struck.
    worker.on('error', forget).on('exit', forget);
    return worker;
  }
}

function outcomeOf(worker: Worker): Promise<HashOutcome> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => {
      settle();
      reject(new AppError('account.hashing_failed', { cause: cause instanceof Error ? cause : undefined }));
    };
    const succeed = (outcome: HashOutcome) => {
      settle();
      resolve(outcome);
    };
    const settle = () => worker.off('message', succeed).off('error', fail).off('exit', fail);
    worker.on('message', succeed).on('error', fail).on('exit', fail);
  });
}
