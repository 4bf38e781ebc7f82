import { writeFile } from 'node:fs/promises';
import type { Logger } from '../observability/logger.js';
import { AppError } from '../errors/app-error.js';
import type { DumpFileSystem, DumpHandle, FileIdentity } from './file-system.js';
import type { RecordFormat } from './record-format.js';
import { findTail } from './tail-recovery.js';
import { storageError } from './storage-error.js';

const PAGE_BYTES = 4096;

/**
 * The file that records are appended to, and what is known of it: every byte before `end` is written, whole and
 * synced. Only the holder of the dump's lock may call a method.
 *
 * After a failed write or sync the file is suspect: it may hold bytes behind `end` that nobody was told are stored.
 * They are cut off, through a new descriptor, before anything else is written; a failed sync is never tried again on
 * the same descriptor, since the kernel marks the lost pages clean.
 */
export class DumpFile {
  readonly #path: string;
  readonly #format: RecordFormat;
  readonly #fileSystem: DumpFileSystem;
  readonly #recoveryWindow: number;
  readonly #logger: Logger;
  #handle: DumpHandle | undefined;
  #inode: bigint | undefined;
  #end = 0;
  #lastSeq = 0;
  #attempted = 0;
  #isSuspect = false;

  /** @param recoveryWindow - bytes at the end of the file that recovery looks at: more than a commit can be */
  constructor(options: {
    path: string;
    format: RecordFormat;
    fileSystem: DumpFileSystem;
    recoveryWindow: number;
    logger: Logger;
  }) {
    this.#path = options.path;
    this.#format = options.format;
    this.#fileSystem = options.fileSystem;
    this.#recoveryWindow = options.recoveryWindow;
    this.#logger = options.logger;
  }

  /** The number of the last record; the next one's is one higher. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Whether the file may not be as this object knows it: {@link reconcile} has to succeed before an append. */
  get isSuspect(): boolean {
    return this.#isSuspect;
  }

  /** What has to stand before the next record. */
  get header(): string {
    return this.#end === 0 ? this.#format.header : '';
  }

  /**
   * Makes sure that the file is as this object knows it. Called each time the lock was acquired, because while it
   * was free another program may have moved, copied or cut the file.
   *
   * @throws AppError `dump.disk_full`, `dump.write_failed`
   */
  async reconcile(): Promise<void> {
    try {
      const seen = await this.#fileSystem.identify(this.#path);
      const isOurs = seen !== undefined && seen.inode === this.#inode;
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
   * @param isLockHeld - asked while the bytes are synced; what was written without the lock does not count
   * @throws AppError `dump.disk_full`, `dump.write_failed`, `dump.lock_lost`
   */
  async append(data: Uint8Array, lastSeq: number, isLockHeld: () => Promise<boolean>): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) throw new AppError('dump.write_failed');
    this.#attempted = data.length;
    this.#isSuspect = true;
    try {
      await writeWhole(handle, data, this.#end);
      const [, isHeld, identity] = await Promise.all([handle.sync(), isLockHeld(), handle.identity()]);
      assertStillThere(identity);
      if (!isHeld) throw new AppError('dump.lock_lost');
    } catch (error) {
      throw storageError(error);
    }
    this.#isSuspect = false;
    this.#end += data.length;
    this.#lastSeq = lastSeq;
  }

  /**
   * Tries whether a page can be written and synced, and takes it away again.
   *
   * @throws AppError `dump.disk_full`, `dump.write_failed`
   */
  async probe(): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) throw new AppError('dump.write_failed');
    // NUL bytes: should the process die now, recovery takes them for the hole that they are.
    this.#attempted = PAGE_BYTES;
    this.#isSuspect = true;
    try {
      await writeWhole(handle, new Uint8Array(PAGE_BYTES), this.#end);
      await handle.sync();
    } catch (error) {
      throw storageError(error);
    }
    await this.reconcile();
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  // Whether all that a file of this size has behind its end can be of the append that failed.
  #isBehindEnd(size: number): boolean {
    return size >= this.#end && size <= this.#end + this.#attempted;
  }

  // May fail at any step, and is then begun anew: until it is through, the file stays suspect and the inode ours.
  async #undo(): Promise<void> {
    await this.close();
    const handle = await this.#open();
    await handle.truncate(this.#end);
    await this.#rewriteLastPage(handle);
    await handle.sync();
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
    await this.close();
    const handle = await this.#open();
    if (isNew) await this.#fileSystem.syncEntry(this.#path);
    const { inode, size } = await handle.identity();
    const tail = await findTail(handle, size, this.#format, this.#recoveryWindow);
    if (tail.foreignLines > 0) {
      this.#logger.warn(
        { lines: tail.foreignLines },
        'The dump ends with lines that are no records; they stay.',
      );
    }
    if (tail.end < size) await this.#cutTornTail(handle, tail.end, size);
    // What an earlier process wrote may not be on the disk yet; nothing builds on it before it is.
    await handle.sync();
    this.#inode = inode;
    this.#end = tail.end;
    this.#lastSeq = Math.max(this.#lastSeq, tail.lastSeq);
  }

  async #cutTornTail(handle: DumpHandle, end: number, size: number): Promise<void> {
    const torn = new Uint8Array(size - end);
    await handle.read(torn, end);
    const aside = `${this.#path}.torn-at-${String(end)}`;
    await writeFile(aside, torn, { mode: 0o600, flag: 'a', flush: true });
    await this.#fileSystem.syncEntry(aside);
    await handle.truncate(end);
    this.#logger.warn(
      { bytes: torn.length, keptIn: aside },
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

function assertStillThere(identity: FileIdentity): void {
  if (identity.links === 0n) {
    throw new AppError('dump.write_failed', { cause: new Error('the dump was deleted while it was open') });
  }
}
