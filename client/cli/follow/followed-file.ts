import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { SourcePosition } from '../../spool/format/source-position.js';

/** Which file it is, whatever its name. An inode may be given to a new file: the print tells that one from the old. */
export type FileIdentity = Pick<SourcePosition, 'device' | 'inode'>;

/** How a file stands: which it is, how long, and when it was changed last (milliseconds since the epoch). */
export interface FileStanding extends FileIdentity {
  readonly size: number;
  readonly changedAt: number;
}

const PRINT_BYTES = 256;
const NO_PRINT = { length: 0, hash: '' } as const;

/** A file that is open for reading; it stays the same one when its name goes to another. */
export class FollowedFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly identity: FileIdentity;
  #print: SourcePosition['print'] = NO_PRINT;

  private constructor(handle: FileHandle, { device, inode }: FileIdentity) {
    this.#handle = handle;
    this.identity = { device, inode };
  }

  /** Opens a file; undefined where there is none of that name. */
  static async open(path: string): Promise<FollowedFile | undefined> {
    try {
      const handle = await open(path, 'r');
      return new FollowedFile(handle, standingOf(await handle.stat({ bigint: true })));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async standing(): Promise<FileStanding> {
    return standingOf(await this.#handle.stat({ bigint: true }));
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#handle.read(buffer, 0, length, offset);
    return buffer.subarray(0, bytesRead);
  }

  /** The print of the first bytes in front of an offset. */
  async printUpTo(offset: number): Promise<SourcePosition['print']> {
    const length = Math.min(offset, PRINT_BYTES);
    if (this.#print.length !== length) this.#print = await this.#makePrint(length);
    return this.#print;
  }

  /** Whether the file still begins with what it did when a print was made. */
  async hasPrint(print: SourcePosition['print']): Promise<boolean> {
    return print.length === 0 || (await this.#makePrint(print.length)).hash === print.hash;
  }

  /** Forgets the print, since the file begins anew. */
  restart(): void {
    this.#print = NO_PRINT;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  async #makePrint(length: number): Promise<SourcePosition['print']> {
    if (length === 0) return NO_PRINT;
    const bytes = await this.read(0, length);
    return { length, hash: createHash('sha256').update(bytes).digest('hex').slice(0, 32) };
  }
}

/** What the file system says of a file. */
export function standingOf(stats: {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}): FileStanding {
  return {
    device: String(stats.dev),
    inode: String(stats.ino),
    size: Number(stats.size),
    changedAt: Number(stats.mtimeNs) / 1e6,
  };
}

/** Whether two are the same file. */
export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.device === other.device && one.inode === other.inode;
}
