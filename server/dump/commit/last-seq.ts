import { readFile } from 'node:fs/promises';
import type { DumpFileSystem } from '../file-system.js';

const DIGITS = String(Number.MAX_SAFE_INTEGER).length;

/**
 * The number of the last record of a dump, kept beside it in `<dump>.last-seq`, for when no file shows it any more
 * (rotated, deleted, cut short). It is never ahead of what was synced, and may be behind what the dump shows.
 *
 * Always of the same length and in one sector, so that writing over it leaves the old number or the new one.
 */
export class LastSeq {
  readonly #path: string;
  readonly #fileSystem: DumpFileSystem;
  #known = 0;

  constructor(dumpPath: string, fileSystem: DumpFileSystem) {
    this.#path = pathOf(dumpPath);
    this.#fileSystem = fileSystem;
  }

  /** The number that was kept last; 0 where there is none, or where it cannot be understood. */
  async read(): Promise<number> {
    const identity = await this.#fileSystem.identify(this.#path);
    if (identity === undefined) return 0;
    const handle = await this.#fileSystem.open(this.#path);
    try {
      const bytes = Buffer.alloc(DIGITS + 1);
      await handle.read(bytes, 0);
      return seqIn(bytes.toString('latin1'));
    } finally {
      await handle.close();
    }
  }

  /** Keeps a number durably. */
  async write(seq: number): Promise<void> {
    if (seq === this.#known) return;
    const isNew = (await this.#fileSystem.identify(this.#path)) === undefined;
    const handle = await this.#fileSystem.open(this.#path);
    try {
      await handle.write(Buffer.from(`${String(seq).padStart(DIGITS, '0')}\n`), 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (isNew) await this.#fileSystem.syncEntry(this.#path);
    this.#known = seq;
  }
}

/** The number that is kept beside a dump, for who only reads; 0 where there is none, or where it cannot be understood. */
export async function readLastSeq(dumpPath: string): Promise<number> {
  const text = await readFile(pathOf(dumpPath), 'latin1').catch(() => '');
  return seqIn(text.slice(0, DIGITS + 1));
}

function pathOf(dumpPath: string): string {
  return `${dumpPath}.last-seq`;
}

function seqIn(text: string): number {
  const seq = /^\d+\n$/.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(seq) ? seq : 0;
}
