import { open, rename, stat, statfs, type FileHandle } from 'node:fs/promises';
import { constants, fstatSync, readSync, type BigIntStats } from 'node:fs';
import { dirname } from 'node:path';
import { syncDirectory } from '../data-directory/sync-directory.js';

/** Which file it is and how large: two files on one device never share an inode while both exist. */
export interface FileIdentity {
  readonly inode: bigint;
  readonly links: bigint;
  /** Bytes. */
  readonly size: number;
}

/** An open dump file. Every method rejects with Node's own error (`ENOSPC`, `EIO`, …). */
export interface DumpHandle {
  /** Writes at a position and answers how many bytes were taken, which may be fewer than given. */
  write(data: Uint8Array, position: number): Promise<number>;
  /** Fills the buffer from a position and answers how many bytes there were. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** The byte at a position that has just been written or read; undefined behind the end. */
  byteAt(position: number): number | undefined | Promise<number | undefined>;
  /** Returns when all written bytes and the file's length are on the disk (fdatasync). */
  sync(): Promise<void>;
  /** Sets the file's length, in bytes. */
  truncate(length: number): Promise<void>;
  identity(): FileIdentity | Promise<FileIdentity>;
  close(): Promise<void>;
}

/** The few things the dump needs of a file system, so that a test can make each of them fail. */
export interface DumpFileSystem {
  /** Opens a file for reading and writing; makes it, readable by its owner only, if there is none. */
  open(path: string): Promise<DumpHandle>;
  /** The file at a path; undefined where there is none. */
  identify(path: string): Promise<FileIdentity | undefined>;
  /** Gives a file another name, which no file has. */
  rename(from: string, to: string): Promise<void>;
  /** How many bytes may still be written where a path is. */
  freeBytes(path: string): Promise<number>;
  /** Makes the entry of a new or renamed file durable. */
  syncEntry(path: string): Promise<void>;
}

/** The real file system. */
export const nodeFileSystem: DumpFileSystem = {
  open: openHandle,
  identify,
  rename,
  freeBytes,
  syncEntry: (path) => syncDirectory(dirname(path)),
};

async function openHandle(path: string): Promise<DumpHandle> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  return {
    write: async (data, position) => (await handle.write(data, 0, data.length, position)).bytesWritten,
    read: (buffer, position) => readFully(handle, buffer, position),
    sync: () => handle.datasync(),
    truncate: (length) => handle.truncate(length),
    // These two never wait for the disk, and a thread of the pool would take longer to wake up than they take.
    byteAt: (position) => byteAt(handle.fd, position),
    identity: () => identityOf(fstatSync(handle.fd, { bigint: true })),
    close: () => handle.close(),
  };
}

function byteAt(descriptor: number, position: number): number | undefined {
  const byte = new Uint8Array(1);
  return readSync(descriptor, byte, 0, 1, position) === 1 ? byte[0] : undefined;
}

async function readFully(handle: FileHandle, buffer: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

async function identify(path: string): Promise<FileIdentity | undefined> {
  try {
    const stats = await stat(path, { bigint: true });
    if (!stats.isFile()) throw new Error(`${path} is no regular file`);
    return identityOf(stats);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(dirname(path));
  return bavail * bsize;
}

function identityOf(stats: BigIntStats): FileIdentity {
  return { inode: stats.ino, links: stats.nlink, size: Number(stats.size) };
}
