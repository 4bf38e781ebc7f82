import * as fs from 'node:fs';
import { readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { AppError } from '../../errors/app-error.js';
import { storageError } from '../storage-error.js';

const RETRY_EVERY_MS = 20;
const STALE_AFTER_MS = 10_000;
const REFRESH_EVERY_MS = 2_000;

// The sticky bit marks a lock as an owner's in the very step that takes it, so that no kill comes in between; other
// programs do not set it. Where a directory cannot have it (Windows) only the file beside the lock tells.
const OWNERS_MARK = 0o1000;
const markingMkdir = (path: string, callback: fs.NoParamCallback) => {
  fs.mkdir(path, 0o700 | OWNERS_MARK, callback);
};

const WAIT_WHEN_CLOSING_MS = 1000;

/**
 * The dump's lock: proper-lockfile's directory `<dump>.lock`, which any other program can take too.
 *
 * A successor has to know a dead predecessor's lock from another program's, and breaks only the former at once: by a
 * mark on the directory, and by `<dump>.lock.owner`, which says which directory is ours for as long as we hold it.
 */
export class DumpLock {
  readonly #path: string;
  readonly #timeoutMs: number;
  readonly #isOwner: boolean;
  #unlock: (() => Promise<void>) | undefined;
  #directory: string | undefined;
  #heldSince = 0;
  #patienceEnds = Infinity;

  /**
   * @param path - the dump's path
   * @param timeoutMs - how long {@link acquire} waits for another holder
   * @param options - `isOwner`: whether this process owns the data directory; a visitor leaves no word of itself.
   *   `closing`: once it is aborted, the lock is no longer waited for than {@link hurry} says
   */
  constructor(path: string, timeoutMs: number, options: { isOwner?: boolean; closing?: AbortSignal } = {}) {
    const { isOwner = true, closing } = options;
    this.#path = path;
    this.#timeoutMs = timeoutMs;
    this.#isOwner = isOwner;
    if (closing?.aborted === true) this.hurry();
    closing?.addEventListener('abort', () => {
      this.hurry();
    });
  }

  get isAcquired(): boolean {
    return this.#unlock !== undefined;
  }

  /** Milliseconds since the lock was acquired. */
  get heldForMs(): number {
    return performance.now() - this.#heldSince;
  }

  /**
   * Removes a lock that a dead predecessor left. Only the owner of the data directory may call it.
   *
   * @throws AppError `dump.write_failed` when it cannot be removed
   */
  async breakPredecessors(): Promise<boolean> {
    const recorded = await readFile(this.#ownerFile, 'utf8').catch(() => undefined);
    const isRecorded = recorded !== undefined && recorded === this.#identifyDirectory();
    const isTheirs = isRecorded || (await this.#isMarked());
    try {
      if (isTheirs) await rmdir(this.#lockDirectory);
      await rm(this.#ownerFile, { force: true });
    } catch (error) {
      throw storageError(error);
    }
    return isTheirs;
  }

  /**
   * Takes the lock, waiting for its holder up to the timeout.
   *
   * @throws AppError `dump.locked` when the holder keeps it, another `dump.…` when the file system fails
   */
  async acquire(): Promise<void> {
    const began = performance.now();
    this.#unlock = await this.#tryToLock();
    while (this.#unlock === undefined) {
      if (performance.now() > Math.min(began + this.#timeoutMs, this.#patienceEnds))
        throw new AppError('dump.locked');
      await setTimeout(RETRY_EVERY_MS);
      this.#unlock = await this.#tryToLock();
    }
    this.#heldSince = performance.now();
    this.#directory = this.#identifyDirectory();
    if (!this.#isOwner) return;
    // Without this file, and without a mark, a successor waits until the lock is stale: no reason to fail.
    await writeFile(this.#ownerFile, this.#directory ?? '', { mode: 0o600 }).catch(() => undefined);
  }

  /** Lets nobody wait for another holder more than a second from now on, whatever the timeout. */
  hurry(): void {
    this.#patienceEnds = Math.min(this.#patienceEnds, performance.now() + WAIT_WHEN_CLOSING_MS);
  }

  async #tryToLock(): Promise<(() => Promise<void>) | undefined> {
    try {
      return await lock(this.#path, {
        realpath: false,
        fs: this.#lockfileFileSystem,
        stale: STALE_AFTER_MS,
        update: REFRESH_EVERY_MS,
        // The default throws from a timer. Every commit looks for itself whether the lock is still ours.
        onCompromised: () => undefined,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
      throw storageError(error);
    }
  }

  /** Whether the lock is still ours: nobody has removed it or put another in its place. */
  isHeld(): boolean {
    return this.#directory !== undefined && this.#directory === this.#identifyDirectory();
  }

  /** Lets the lock go; what somebody else has taken meanwhile stays theirs. */
  async release(): Promise<void> {
    const unlock = this.#unlock;
    if (unlock === undefined) return;
    const isOurs = this.isHeld();
    this.#unlock = undefined;
    // Else it stays known, for the exit: proper-lockfile still believes that the lock is ours.
    if (isOurs) this.#directory = undefined;
    if (this.#isOwner) await rm(this.#ownerFile, { force: true }).catch(() => undefined);
    if (isOurs) await unlock().catch(() => undefined);
  }

  // What proper-lockfile works with. At the exit of the process it removes every lock that it believes to hold: not one
  // that somebody else has taken meanwhile.
  get #lockfileFileSystem(): object {
    return {
      ...fs,
      ...(this.#isOwner ? { mkdir: markingMkdir } : {}),
      rmdirSync: (path: string) => {
        const found = identify(fs.statSync(path, { bigint: true }));
        if (this.#directory === undefined || this.#directory === found) fs.rmdirSync(path);
      },
    };
  }

  get #lockDirectory(): string {
    return `${this.#path}.lock`;
  }

  get #ownerFile(): string {
    return `${this.#path}.lock.owner`;
  }

  async #isMarked(): Promise<boolean> {
    const directory = await stat(this.#lockDirectory).catch(() => undefined);
    return directory !== undefined && (directory.mode & OWNERS_MARK) !== 0;
  }

  // Asked at every commit: a thread of the pool would take longer to wake up than this takes.
  #identifyDirectory(): string | undefined {
    try {
      return identify(fs.statSync(this.#lockDirectory, { bigint: true }));
    } catch {
      return undefined;
    }
  }
}

function identify({ ino, birthtimeNs }: fs.BigIntStats): string {
  return `${String(ino)} ${String(birthtimeNs)}`;
}
