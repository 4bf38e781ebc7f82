import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../data-directory/sync-directory.js';

/**
 * Makes what SQLite has committed durable, in libuv's pool: libsql would do it in this thread, and every message would
 * wait for it. SQLite itself then syncs only where it takes the log over into the database (`synchronous = NORMAL`).
 *
 * One sync serves all that was committed before it began.
 */
export class WalSync {
  readonly #path: string;
  #inode: number | undefined;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param database - the path of the database */
  constructor(database: string) {
    this.#path = `${database}-wal`;
  }

  /** Resolves when all that is committed by now is durable. Rejects where the disk fails. */
  sync(): Promise<void> {
    if (this.#running === undefined) return this.#begin();
    this.#next ??= this.#running.then(
      () => this.#begin(),
      () => this.#begin(),
    );
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    this.#running = this.#syncFile().finally(() => {
      if (this.#next === undefined) this.#running = undefined;
    });
    return this.#running;
  }

  // Opened each time: a new connection may have made another file.
  async #syncFile(): Promise<void> {
    const file = await openIfThere(this.#path);
    // It is gone when all of it is in the database, and that is synced.
    if (file === undefined) return;
    try {
      const { ino } = await file.stat();
      await file.datasync();
      if (ino !== this.#inode) await syncDirectory(dirname(this.#path));
      this.#inode = ino;
    } finally {
      await file.close();
    }
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    // To be synced, Windows wants it open for writing.
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
