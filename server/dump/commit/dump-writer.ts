import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors/app-error.js';
import type { Logger } from '../../observability/logger.js';
import type { DumpFile } from './dump-file.js';
import type { DumpLock } from './dump-lock.js';
import type { Batch, RecordFormat } from '../format/record-format.js';
import { MAX_COMMIT_CHARACTERS, RECORD_OVERHEAD } from '../recovery/recovery-window.js';

/** The numbers under which a batch now stands in the dump, durably. */
export interface Committed {
  readonly firstSeq: number;
  readonly lastSeq: number;
}

/** Where messages go. What is behind it, a file or a stream, is not the senders' business. */
export interface MessageLog {
  /**
   * Stores a batch, all of it or nothing, and resolves when it is durable.
   *
   * @throws AppError `dump.…`, retryable: nothing of the batch is stored
   */
  append(batch: Batch): Promise<Committed>;
}

interface Waiting {
  readonly batch: Batch;
  readonly weight: number;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
}

const HOLD_LOCK_AT_MOST_MS = 750;
const YIELD_LOCK_FOR_MS = 15;
const RELEASE_IDLE_LOCK_AFTER_MS = 100;

/** A batch without messages: a commit of nothing else tries whether the file can be written. */
const PROBE: Batch = { user: '', endpoint: '', messages: [] };

/**
 * Group commit: while one commit is being written and synced, whatever arrives waits and becomes the next one, which
 * is one write and one fdatasync for all of it. The lock is held while there is work, let go for a moment every
 * 750 ms so that other programs get it too, and released when idle.
 */
export class DumpWriter implements MessageLog, AsyncDisposable {
  readonly #file: DumpFile;
  readonly #lock: DumpLock;
  readonly #format: RecordFormat;
  readonly #maxQueueBytes: number;
  readonly #clock: () => Date;
  readonly #logger: Logger;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  #isClosed = false;
  #isFailing = false;

  /** @param maxQueueBytes - how much may wait, over all senders, before they are refused */
  constructor(options: {
    file: DumpFile;
    lock: DumpLock;
    format: RecordFormat;
    maxQueueBytes: number;
    clock: () => Date;
    logger: Logger;
  }) {
    this.#file = options.file;
    this.#lock = options.lock;
    this.#format = options.format;
    this.#maxQueueBytes = options.maxQueueBytes;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /**
   * Recovers the dump from whatever its last writer left, and makes it if there is none. A held lock and a full disk
   * may pass without anybody's help: with these the dump opens too, and refuses messages meanwhile.
   *
   * @throws AppError `dump.write_failed`
   */
  async open(): Promise<void> {
    if (await this.#lock.breakPredecessors()) {
      this.#logger.warn('The dump lock of a dead predecessor was removed.');
    }
    try {
      await this.#acquire();
      await this.#release();
    } catch (error) {
      if (!mayPass(error)) throw error;
      // The first message that finds it so recovers the dump instead.
      this.#reportFailure(error, 0);
    }
  }

  /** Whether messages can be stored now. While they cannot, each call tries to write, so that recovery is noticed. */
  async isHealthy(): Promise<boolean> {
    if (!this.#isFailing) return !this.#isClosed;
    return this.append(PROBE).then(
      () => true,
      () => false,
    );
  }

  append(batch: Batch): Promise<Committed> {
    const weight = weigh(batch);
    if (this.#isClosed) return Promise.reject(new AppError('dump.closed'));
    // A batch that finds nobody waiting is taken whatever its weight: else it would be refused forever.
    if (this.#queue.length > 0 && this.#queuedBytes + weight > this.#maxQueueBytes) {
      return Promise.reject(new AppError('dump.queue_full', { details: { limit: this.#maxQueueBytes } }));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ batch, weight, resolve, reject });
      this.#queuedBytes += weight;
      this.#running ??= this.#run();
      this.#wake();
    });
  }

  /** Refuses new batches, stores those that wait, lets the lock go and closes the file. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#lock.hurry();
    this.#wake();
    await this.#running;
    await this.#cleanUp();
    await this.#release();
    await this.#file.close();
  }

  async #run(): Promise<void> {
    do {
      while (await this.#hasWork()) {
        // Lets all requests that have already arrived join this commit.
        await setImmediate();
        await this.#commitNext();
      }
      await this.#release();
    } while (this.#queue.length > 0);
    this.#running = undefined;
  }

  async #hasWork(): Promise<boolean> {
    if (this.#queue.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, RELEASE_IDLE_LOCK_AFTER_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#queue.length > 0;
  }

  async #commitNext(): Promise<void> {
    const waiting = this.#take();
    try {
      await this.#prepare();
      await this.#commit(waiting);
    } catch (error) {
      // Whoever waits behind them has waited for the same lock as long.
      if (error instanceof AppError && error.code === 'dump.locked') waiting.push(...this.#takeAll());
      this.#reportFailure(error, waiting.length);
      await this.#cleanUp();
      for (const { reject } of waiting) reject(error);
      return;
    }
    if (this.#isFailing) this.#logger.info('The dump can be written again.');
    this.#isFailing = false;
  }

  #take(): Waiting[] {
    let characters = 0;
    const over = this.#queue.findIndex((next) => (characters += next.weight) > MAX_COMMIT_CHARACTERS);
    if (over === -1) return this.#takeAll();
    const taken = this.#queue.splice(0, Math.max(1, over));
    for (const { weight } of taken) this.#queuedBytes -= weight;
    return taken;
  }

  #takeAll(): Waiting[] {
    this.#queuedBytes = 0;
    return this.#queue.splice(0);
  }

  async #prepare(): Promise<void> {
    if (this.#lock.isAcquired && this.#lock.heldForMs > HOLD_LOCK_AT_MOST_MS) {
      await this.#release();
      await sleep(YIELD_LOCK_FOR_MS);
    }
    if (!this.#lock.isAcquired) await this.#acquire();
    else if (this.#file.isSuspect) await this.#file.reconcile();
  }

  async #acquire(): Promise<void> {
    await this.#lock.acquire();
    await this.#file.reconcile();
  }

  // Whoever has the lock next may move the dump away: the numbers have to go on even then.
  async #release(): Promise<void> {
    if (this.#lock.isAcquired) await this.#file.keepLastSeq();
    await this.#lock.release();
  }

  async #commit(waiting: readonly Waiting[]): Promise<void> {
    const at = this.#clock().toISOString();
    let lastSeq = this.#file.lastSeq;
    let text = this.#file.header;
    const commits: Committed[] = [];
    for (const { batch } of waiting) {
      const firstSeq = lastSeq + 1;
      lastSeq += batch.messages.length;
      text += this.#format.encode(batch, firstSeq, at);
      commits.push({ firstSeq, lastSeq });
    }
    if (lastSeq === this.#file.lastSeq) await this.#file.probe();
    else await this.#file.append(Buffer.from(text), lastSeq, () => this.#lock.isHeld());
    for (const [index, committed] of commits.entries()) waiting[index]?.resolve(committed);
  }

  // Cuts off what a failed commit left before anybody is told of the failure, so that nothing refused is ever found in
  // the dump, not even after a crash. Where that fails too, the next commit tries again before it writes.
  async #cleanUp(): Promise<void> {
    try {
      if (!(await this.#lock.isHeld())) await this.#lock.release();
      if (this.#file.isSuspect) await this.#prepare();
    } catch (error) {
      this.#logger.debug({ err: error }, 'What a failed commit left could not be cut off yet.');
    }
  }

  #reportFailure(error: unknown, batches: number): void {
    if (!this.#isFailing)
      this.#logger.error({ err: error, batches }, 'The dump cannot be written; senders are told to wait.');
    this.#isFailing = true;
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'dump.locked' || error.code === 'dump.disk_full');
}

function weigh(batch: Batch): number {
  return batch.messages.reduce((sum, message) => sum + message.length + RECORD_OVERHEAD, 0);
}
