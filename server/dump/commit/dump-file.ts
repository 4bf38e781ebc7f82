import type { Logger } from '../../observability/logger.js';
import { AppError } from '../../errors/app-error.js';
import type { DumpFileSystem, DumpHandle, FileIdentity } from '../file-system.js';
import { LastSeq } from './last-seq.js';
import type { RecordFormat } from '../format/record-format.js';
import { storageError } from '../storage-error.js';
import { findTail, type DumpTail } from '../recovery/tail-recovery.js';
import { keepTornTail } from '../recovery/torn-tail.js';
import type { LiveSegment } from './live-segment.js';

const PAGE_BYTES = 4096;
const NEWLINE = 0x0a;

/**
 * The file that records are appended to, and what is known of it: every byte before `end` is written, whole and
 * synced. Only the holder of the dump's lock may call a method.
 *
 * After a failed write or sync the file is suspect: it may hold bytes behind `end` that nobody was told are stored.
 * They are cut off, through a new descriptor, before anything else is written; a failed sync is never tried again on
 * the same descriptor, since the kernel marks the lost pages clean.
 *
 * Numbers go on when the file is another one: they are kept in {@link LastSeq}, durably each time before the lock is
 * let go, and before a file is written to that does not show them.
 */
export class DumpFile {
  readonly #path: string;
  readonly #format: RecordFormat;
  readonly #fileSystem: DumpFileSystem;
  readonly #recoveryWindow: number;
  readonly #logger: Logger;
  readonly #kept: LastSeq;
  readonly #live: LiveSegment;
  #handle: DumpHandle | undefined;
  #inode: bigint | undefined;
  #end = 0;
  #first = 0;
  #firstAt = 0;
  #lastSeq = 0;
  #attempted = 0;
  #isSuspect = false;

  /** @param recoveryWindow - bytes at the end of the file that recovery looks at: more than a commit can be */
  constructor(options: {
    path: string;
    format: RecordFormat;
    fileSystem: DumpFileSystem;
    recoveryWindow: number;
    live: LiveSegment;
    logger: Logger;
  }) {
    this.#path = options.path;
    this.#format = options.format;
    this.#fileSystem = options.fileSystem;
    this.#recoveryWindow = options.recoveryWindow;
    this.#live = options.live;
    this.#logger = options.logger;
    this.#kept = new LastSeq(options.path, options.fileSystem);
  }

  /** The number of the last record; the next one's is one higher. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Whether the file may not be as this object knows it: {@link reconcile} has to succeed before an append. */
  get isSuspect(): boolean {
    return this.#isSuspect;
  }

  /** Bytes of the file, all of them durable. */
  get end(): number {
    return this.#end;
  }

  /** When its first record was written, in milliseconds since the epoch; undefined where there is none. */
  get firstAt(): number | undefined {
    return this.#first === 0 ? undefined : this.#firstAt;
  }

  /** What has to stand before the next record. */
  get header(): string {
    return this.#end === 0 ? this.#format.header : '';
  }

  /**
   * Makes sure that the file is as this object knows it. Called each time the lock was acquired, because while it
   * was free another program may have moved, copied or cut the file.
   *
   * @param isClosed - whether it was ourselves who moved the file away
   * @throws AppError `dump.disk_full`, `dump.write_failed`
   */
  async reconcile(isClosed = false): Promise<void> {
    try {
      const seen = await this.#fileSystem.identify(this.#path);
      const isOurs = seen !== undefined && seen.inode === this.#inode;
      if (!isOurs && this.#first > 0) await this.#tellItIsGone(isClosed);
      if (isOurs && !this.#isSuspect && seen.size === this.#end) return;
      if (isOurs && this.#isSuspect && this.#isBehindEnd(seen.size)) await this.#undo();
      else await this.#openAndRecover(seen === undefined);
      this.#isSuspect = false;
    } catch (error) {
      throw storageError(error);
    }
  }

  /**
   * Appends and returns when the bytes are durable; else leaves the file suspect and throws.
   *
   * @param lastSeq - the number of the last record in it
   * @param at - when they were written, as in the records, in milliseconds since the epoch
   * @param isLockHeld - asked when the bytes are synced; what was written without the lock does not count
   * @throws AppError `dump.disk_full`, `dump.write_failed`, `dump.lock_lost`
   */
  async append(data: Uint8Array, lastSeq: number, at: number, isLockHeld: () => boolean): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) throw new AppError('dump.write_failed');
    this.#attempted = data.length;
    this.#isSuspect = true;
    try {
      await writeWhole(handle, data, this.#end);
      await handle.sync();
      const isJoined = await this.#followsALineEnd(handle);
      assertStillThere(await handle.identity(), isJoined ? this.#end + data.length : Infinity);
      if (!isLockHeld()) throw new AppError('dump.lock_lost');
    } catch (error) {
      throw storageError(error);
    }
    this.#isSuspect = false;
    const first = this.#lastSeq + 1;
    if (this.#first === 0) [this.#first, this.#firstAt] = [first, at];
    this.#live.appended({ offset: this.#end, bytes: data.length, first, last: lastSeq, at });
    this.#end += data.length;
    this.#lastSeq = lastSeq;
  }

  /**
   * Makes the file a closed segment, and goes on in a new one.
   *
   * @param pathsOf - where the closed segment is to be, by the number of its first record; then where no file may be
   * @throws AppError `dump.…`: the file may have been closed or not, {@link reconcile} finds out
   */
  async rotate(pathsOf: (first: number) => readonly string[]): Promise<void> {
    const paths = pathsOf(this.#first);
    const [path = ''] = paths;
    this.#isSuspect = true;
    try {
      for (const each of paths) await this.#assertFree(each);
      // Behind this the new file may be all that there is, and it shows no number.
      await this.#kept.write(this.#lastSeq);
      await this.#closeHandle();
      await this.#fileSystem.rename(this.#path, path);
      await this.#fileSystem.syncEntry(path);
    } catch (error) {
      throw storageError(error);
    } finally {
      await this.reconcile(true);
    }
  }

  /**
   * Tries whether as much as the last append had can be written and synced, and takes it away again.
   *
   * @throws AppError `dump.disk_full`, `dump.write_failed`
   */
  async probe(): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) throw new AppError('dump.write_failed');
    // NUL bytes: should the process die now, recovery takes them for the hole that they are.
    this.#attempted = Math.max(PAGE_BYTES, this.#attempted);
    this.#isSuspect = true;
    try {
      await writeWhole(handle, new Uint8Array(this.#attempted), this.#end);
      await handle.sync();
    } catch (error) {
      throw storageError(error);
    }
    await this.reconcile();
  }

  /** Keeps the last number beside the dump, so that it is known even if no record is left to tell it. */
  async keepLastSeq(): Promise<void> {
    try {
      if (this.#lastSeq > 0) await this.#kept.write(this.#lastSeq);
    } catch (error) {
      this.#logger.warn({ err: error }, 'The last number of the dump could not be kept beside it.');
    }
  }

  async close(): Promise<void> {
    await this.keepLastSeq();
    await this.#live.keep();
    await this.#closeHandle();
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #assertFree(path: string): Promise<void> {
    if ((await this.#fileSystem.identify(path)) !== undefined) throw new Error(`${path} is there already`);
  }

  async #tellItIsGone(isClosed: boolean): Promise<void> {
    if (isClosed) await this.#live.closed(this.#lastSeq);
    else await this.#live.moved(this.#first, this.#lastSeq);
    this.#first = 0;
  }

  // Whether all that a file of this size has behind its end can be of the append that failed.
  #isBehindEnd(size: number): boolean {
    return size >= this.#end && size <= this.#end + this.#attempted;
  }

  // May fail at any step, and is then begun anew: until it is through, the file stays suspect and the inode ours.
  async #undo(): Promise<void> {
    await this.#closeHandle();
    const handle = await this.#open();
    await handle.truncate(this.#end);
    // What was refused may be on the disk already: it is gone from there before anything else can fail.
    await handle.sync();
    await this.#rewriteLastPage(handle);
    await handle.sync();
    // Somebody has cut the file short before the failed commit was written: there is a hole in front of `end`.
    if (!(await this.#followsALineEnd(handle))) await this.#openAndRecover(false);
  }

  // Whether the byte in front of `end` is a line end, as it has to be; NUL, if the file was cut short before a write.
  async #followsALineEnd(handle: DumpHandle): Promise<boolean> {
    return this.#end === 0 || (await handle.byteAt(this.#end - 1)) === NEWLINE;
  }

  // The last page holds both synced bytes and some of the failed commit's. If the failed sync dropped it, the disk
  // may have either version: writing it again makes it dirty, so that the next sync covers it.
  async #rewriteLastPage(handle: DumpHandle): Promise<void> {
    const start = this.#end - (this.#end % PAGE_BYTES);
    const page = new Uint8Array(this.#end - start);
    await handle.read(page, start);
    await writeWhole(handle, page, start);
  }

  // May fail at any step, and is then begun anew: until it is through, no file is ours.
  async #openAndRecover(isNew: boolean): Promise<void> {
    this.#isSuspect = true;
    this.#inode = undefined;
    await this.#closeHandle();
    const handle = await this.#open();
    if (isNew) await this.#fileSystem.syncEntry(this.#path);
    const { inode, size } = await handle.identity();
    const syncedSeq = Math.max(this.#lastSeq, await this.#kept.read());
    const tail = await findTail(handle, size, {
      format: this.#format,
      window: this.#recoveryWindow,
      syncedSeq,
    });
    this.#reportOddities(tail);
    if (tail.end < size) await this.#cutTornTail(handle, tail);
    // What an earlier process wrote may not be on the disk yet; nothing builds on it before it is.
    await handle.sync();
    const closedSeq = this.#lastSeq === 0 ? await this.#live.lastClosed(tail.lastSeq) : 0;
    const lastSeq = Math.max(syncedSeq, tail.lastSeq, closedSeq);
    if (tail.lastSeq < lastSeq) await this.#kept.write(lastSeq);
    const { first, firstAt } = await this.#live.load(tail.end, lastSeq);
    [this.#inode, this.#end, this.#lastSeq] = [inode, tail.end, lastSeq];
    [this.#first, this.#firstAt] = [first, firstAt];
  }

  #reportOddities({ foreignLines, damagedAt }: DumpTail): void {
    if (foreignLines > 0) {
      this.#logger.warn({ lines: foreignLines }, 'The dump ends with lines that are no records; they stay.');
    }
    if (damagedAt !== undefined) {
      this.#logger.error(
        { path: this.#path, byte: damagedAt },
        'The dump was damaged by something else than a crash; it stays as it is, see gatherd verify.',
      );
    }
  }

  async #cutTornTail(handle: DumpHandle, { end, used }: DumpTail): Promise<void> {
    const torn = new Uint8Array(Math.max(0, used - end));
    await handle.read(torn, end);
    // NUL bytes at the end of the file hold nothing, and there may be any number of them.
    const keptIn =
      torn.length === 0 ? undefined : await keepTornTail(this.#path, end, torn, this.#fileSystem);
    await handle.truncate(end);
    this.#logger.warn(
      { byte: end, bytes: torn.length, keptIn },
      'A torn record was cut off the end of the dump.',
    );
  }

  async #open(): Promise<DumpHandle> {
    const handle = await this.#fileSystem.open(this.#path);
    this.#handle = handle;
    return handle;
  }
}

async function writeWhole(handle: DumpHandle, data: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < data.length) {
    const taken = await handle.write(data.subarray(written), position + written);
    if (taken === 0) throw new AppError('dump.write_failed');
    written += taken;
  }
}

function assertStillThere({ links, size }: FileIdentity, expectedSize: number): void {
  const what = links === 0n ? 'deleted' : size < expectedSize ? 'cut short' : undefined;
  if (what === undefined) return;
  throw new AppError('dump.write_failed', { cause: new Error(`the dump was ${what} while it was open`) });
}
