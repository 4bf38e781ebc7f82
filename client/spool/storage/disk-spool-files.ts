import { randomUUID } from 'node:crypto';
import { constants, type FileHandle, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type SpoolFile, type SpoolFiles, UNFINISHED } from './spool-files.js';

const APPEND = constants.O_RDWR | constants.O_APPEND;
const OWNER_ONLY = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

/** A spool's directory on the disk; it is made where there is none. Only its owner can read it. */
export async function openSpoolDirectory(path: string): Promise<SpoolFiles> {
  await mkdir(path, { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  return new DiskSpoolFiles(path);
}

class DiskSpoolFiles implements SpoolFiles {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  list(): Promise<string[]> {
    return readdir(this.#path);
  }

  async size(name: string): Promise<number> {
    const stats = await stat(join(this.#path, name)).catch(orUndefined('ENOENT'));
    return stats?.size ?? 0;
  }

  async open(name: string, { isMade }: { isMade: boolean }): Promise<SpoolFile | undefined> {
    const flags = isMade ? APPEND | constants.O_CREAT : APPEND;
    const handle = await open(join(this.#path, name), flags, OWNER_ONLY).catch(orUndefined('ENOENT'));
    return handle === undefined ? undefined : new DiskSpoolFile(handle);
  }

  async create(name: string, bytes: Uint8Array): Promise<boolean> {
    const path = join(this.#path, name);
    const unfinished = `${path}${UNFINISHED}${randomUUID()}`;
    try {
      await writeDurably(unfinished, bytes);
      const isMade = await link(unfinished, path).then(() => true, falseWhereItExists);
      if (isMade) await this.syncNames();
      return isMade;
    } catch (error) {
      if (!hasCode(error, 'EPERM', 'ENOTSUP', 'ENOSYS', 'EINVAL')) throw error;
      // A file system without links: a crash may leave a file in part, which counts as a damaged one.
      return await this.#createInPlace(path, bytes);
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  async #createInPlace(path: string, bytes: Uint8Array): Promise<boolean> {
    const isMade = await writeDurably(path, bytes).then(() => true, falseWhereItExists);
    if (isMade) await this.syncNames();
    return isMade;
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(join(this.#path, from), join(this.#path, to));
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#path, name), { force: true });
  }

  async syncNames(): Promise<void> {
    // Windows has no such thing for a directory: NTFS logs names by itself.
    const directory = await open(this.#path, 'r').catch(orUndefined('EPERM', 'EISDIR', 'EACCES'));
    try {
      await directory?.sync().catch(orUndefined('EPERM', 'EINVAL'));
    } finally {
      await directory?.close();
    }
  }
}

class DiskSpoolFile implements SpoolFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#handle.read(buffer, filled, length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  async append(bytes: Uint8Array): Promise<void> {
    const { bytesWritten } = await this.#handle.write(bytes);
    if (bytesWritten === bytes.length) return;
    // Going on would let another process's bytes come between; the error of the disk comes with the next write.
    const text = `only ${String(bytesWritten)} of ${String(bytes.length)} bytes were written: the disk is full`;
    throw Object.assign(new Error(text), { code: 'ENOSPC' });
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

function falseWhereItExists(error: unknown): false {
  if (hasCode(error, 'EEXIST')) return false;
  throw error;
}

function orUndefined(...codes: readonly string[]): (error: unknown) => undefined {
  return (error) => {
    if (hasCode(error, ...codes)) return undefined;
    throw error;
  };
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
