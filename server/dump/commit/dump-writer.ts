import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors/app-error.js';
import type { Logger } from '../../observability/logger.js';
import type { DurableRecords } from '../durable-records.js';
import { LineBuffer } from '../format/line-buffer.js';
import type { RecordFormat } from '../format/record-format.js';
import { messageList, weightOf } from '../message-list.js';
import type { Batch, Committed, MessageList, MessageLog } from '../message-log.js';
import { CommitQueue, type Waiting } from './commit-queue.js';
import type { DumpFile } from './dump-file.js';
import type { DumpLock } from './dump-lock.js';
import type { FreeSpace } from './free-space.js';
import type { ProducerTable } from './producer-table.js';
import type { Rotation } from './rotation.js';

/** What became durable in one commit. */
export interface CommitReport {
  readonly records: number;
  readonly bytes: number;
  /** How long it took to write and sync, in milliseconds. */
  readonly ms: number;
}

const HOLD_LOCK_AT_MOST_MS = 750;
const YIELD_LOCK_FOR_MS = 15;
const RELEASE_IDLE_LOCK_AFTER_MS = 100;

const KEEP_BUFFER_BYTES = 8 * 2 ** 20;
const FIRST_BUFFER_BYTES = 64 * 1024;

/** A batch without messages: a commit of nothing else tries whether the file can be written. */
const PROBE: Batch = { user: '', endpoint: '', messages: messageList([]) };

/** What becomes of a batch when its commit is durable. */
type Outcome = Committed | Error;

/** What the writer works with. */
export interface DumpWriterDeps {
  readonly file: DumpFile;
  readonly lock: DumpLock;
  readonly format: RecordFormat;
  readonly producers: ProducerTable;
  readonly freeSpace: FreeSpace;
  readonly rotation: Rotation;
  /** How much may wait, over all senders, before they are refused. */
  readonly maxQueueBytes: number;
  readonly clock: () => Date;
  readonly onCommit: (report: CommitReport) => void;
  readonly logger: Logger;
}

/**
 * Group commit: while one commit is being written and synced, whatever arrives waits and becomes the next one, which
 * is one write and one fdatasync for all of it. The lock is held while there is work, let go for a moment every
 * 750 ms so that other programs get it too, and released when idle.
 */
export class DumpWriter implements MessageLog, AsyncDisposable {
  readonly #deps: DumpWriterDeps;
  readonly #file: DumpFile;
  readonly #lock: DumpLock;
  readonly #queue: CommitQueue;
  readonly #buffer = new LineBuffer(FIRST_BUFFER_BYTES);
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  #onDurable: (records: DurableRecords) => void = () => undefined;
  #isClosed = false;
  #isFailing = false;

  constructor(deps: DumpWriterDeps) {
    this.#deps = deps;
    this.#file = deps.file;
    this.#lock = deps.lock;
    this.#queue = new CommitQueue(deps.maxQueueBytes);
  }

  /** The number of the last record that is durable. */
  get lastSeq(): number {
    return this.#file.lastSeq;
  }

  /** Bytes that wait to be committed. */
  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /**
   * Recovers the dump from whatever its last writer left, and makes it if there is none. A held lock and a full disk
   * may pass without anybody's help: with these the dump opens too, and refuses messages meanwhile.
   *
   * @throws AppError `dump.write_failed`
   */
  async open(): Promise<void> {
    if (await this.#lock.breakPredecessors()) {
      this.#deps.logger.warn('The dump lock of a dead predecessor was removed.');
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

  /** Tells, from now on, of the records of each commit when they are durable, in order. @param onDurable - must not throw */
  follow(onDurable: (records: DurableRecords) => void): void {
    this.#onDurable = onDurable;
  }

  append(batch: Batch): Promise<Committed> {
    if (this.#isClosed) return Promise.reject(new AppError('dump.closed'));
    const answer = this.#queue.add(batch);
    this.#running ??= this.#run();
    this.#wake();
    return answer;
  }

  room(messages: MessageList): Promise<Disposable> {
    return this.#queue.room(weightOf(messages));
  }

  lastNumber(owner: string, producerId: string): number {
    return this.#deps.producers.last(owner, producerId);
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
    // Lets all requests that have already arrived join the commit.
    await setImmediate();
    do {
      while (await this.#hasWork()) await this.#commitNext();
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
      await setImmediate();
    }
    return this.#queue.length > 0;
  }

  async #commitNext(): Promise<void> {
    const waiting = this.#queue.take();
    try {
      await this.#prepare();
      await this.#commit(waiting);
    } catch (error) {
      this.#deps.producers.discard();
      // Whoever waits behind them has waited for the same lock as long.
      if (error instanceof AppError && error.code === 'dump.locked') waiting.push(...this.#queue.takeAll());
      this.#reportFailure(error, waiting.length);
      await this.#cleanUp();
      for (const each of waiting) fail(each, error);
      return;
    }
    if (this.#isFailing) this.#deps.logger.info('The dump can be written again.');
    this.#isFailing = false;
  }

  async #prepare(): Promise<void> {
    if (this.#lock.isAcquired && this.#lock.heldForMs > HOLD_LOCK_AT_MOST_MS) {
      await this.#release();
      await sleep(YIELD_LOCK_FOR_MS);
    }
    if (!this.#lock.isAcquired) await this.#acquire();
    else if (this.#file.isSuspect) await this.#file.reconcile();
    await this.#deps.rotation.rotateIfDue(this.#file);
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
    const { clock, producers, freeSpace, onCommit } = this.#deps;
    const began = performance.now();
    const now = clock();
    const { lastSeq: before } = this.#file;
    const { outcomes, lastSeq, origins } = this.#encode(waiting, now.toISOString());
    const data = this.#buffer.written;
    if (lastSeq > before) {
      await freeSpace.take(data.length);
      await this.#file.append(data, lastSeq, now.getTime(), () => this.#lock.isHeld());
    } else if (waiting.some(({ batch }) => batch === PROBE)) {
      await freeSpace.take(0);
      await this.#file.probe();
    }
    producers.commit(lastSeq);
    if (lastSeq > before) {
      this.#onDurable({ first: before + 1, last: lastSeq, lines: data, origins });
      onCommit({ records: lastSeq - before, bytes: data.length, ms: performance.now() - began });
    }
    // Answering takes a while, in which the disk can already work on the next commit.
    void setImmediate().then(() => {
      settle(waiting, outcomes);
    });
  }

  // Puts the lines of all batches into the buffer. A batch whose numbers do not fit is left out, and only that one.
  #encode(waiting: readonly Waiting[], at: string) {
    const outcomes: Outcome[] = [];
    const origins = new Map<number, object>();
    let { lastSeq } = this.#file;
    this.#buffer.clear(KEEP_BUFFER_BYTES);
    this.#buffer.text(this.#file.header);
    for (const { batch } of waiting) {
      const outcome = this.#encodeBatch(batch, lastSeq, at);
      outcomes.push(outcome);
      if (outcome instanceof Error) continue;
      const { origin } = batch;
      if (origin !== undefined)
        for (let index = 1; index <= outcome.accepted; index += 1) origins.set(lastSeq + index, origin);
      lastSeq += outcome.accepted;
    }
    return { outcomes, lastSeq, origins };
  }

  // What a batch adds to the buffer, or why it adds nothing.
  #encodeBatch(batch: Batch, lastSeq: number, at: string): Outcome {
    const { format, producers } = this.#deps;
    const { length } = this.#buffer;
    try {
      if (batch.stream?.hasFailed === true) throw new AppError('dump.write_failed');
      const duplicates = producers.duplicatesIn(batch);
      const accepted = batch.messages.count - duplicates;
      if (accepted > 0) format.encode(this.#buffer, batch, duplicates, lastSeq + 1, at);
      producers.stage(batch);
      return { accepted, duplicates, last: accepted > 0 ? lastSeq + accepted : 0 };
    } catch (error) {
      this.#buffer.truncate(length);
      if (batch.stream !== undefined) batch.stream.hasFailed = true;
      return error instanceof Error ? error : new AppError('dump.write_failed', { cause: error });
    }
  }

  // Cuts off what a failed commit left before anybody is told of the failure, so that nothing refused is ever found in
  // the dump, not even after a crash. Where that fails too, the next commit tries again before it writes.
  async #cleanUp(): Promise<void> {
    try {
      if (!this.#lock.isHeld()) await this.#lock.release();
      if (this.#file.isSuspect) await this.#prepare();
    } catch (error) {
      this.#deps.logger.debug({ err: error }, 'What a failed commit left could not be cut off yet.');
    }
  }

  #reportFailure(error: unknown, batches: number): void {
    if (!this.#isFailing)
      this.#deps.logger.error(
        { err: error, batches },
        'The dump cannot be written; senders are told to wait.',
      );
    this.#isFailing = true;
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'dump.locked' || error.code === 'dump.disk_full');
}

function fail({ batch, reject }: Waiting, error: unknown): void {
  if (batch.stream !== undefined) batch.stream.hasFailed = true;
  reject(error);
}

function settle(waiting: readonly Waiting[], outcomes: readonly Outcome[]): void {
  for (const [index, { resolve, reject }] of waiting.entries()) {
    const outcome = outcomes[index];
    if (outcome instanceof Error) reject(outcome);
    else if (outcome !== undefined) resolve(outcome);
  }
}
