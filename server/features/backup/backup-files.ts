import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { AppError } from '../../errors/app-error.js';

/** The database's name, in a data directory and in a backup. */
export const DATABASE = 'gatherd.db';
/** Where the audit log ends, kept outside the database. */
export const AUDIT_END = 'audit.end';
/** The keys that are files; which of them there are depends on the settings. */
export const KEY_FILES = ['token.key', 'pepper.key', 'master.key'] as const;
/** What the dump keeps beside itself, and cannot be made anew from it where segments have been removed. */
export const DUMP_NOTES = ['dump.ndjson', 'dump.csv'].flatMap((dump) => [
  `${dump}.manifest`,
  `${dump}.last-seq`,
]);

/** A file of a backup. */
export interface BackupFile {
  readonly name: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Copies a file into a new one that is its owner's only, synced. @throws Node's error */
export async function copyFileDurably(from: string, to: string): Promise<void> {
  const file = await open(to, 'wx', 0o600);
  try {
    for await (const chunk of createReadStream(from)) await file.writeFile(chunk as Buffer);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What is in a file now. @throws Node's error */
export async function measureFile(path: string): Promise<Omit<BackupFile, 'name'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Whether there is a file or a directory at a path. @throws Node's error where that cannot be told */
export async function isThere(path: string): Promise<boolean> {
  return (await unlessMissing(stat(path))) !== undefined;
}

/** The names in a directory; undefined where there is none. @throws Node's error where it cannot be read */
export function namesIn(directory: string): Promise<string[] | undefined> {
  return unlessMissing(readdir(directory));
}

/** The error of a backup, or of a place for one, that cannot be used. */
export function backupUnusable(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('backup.unusable', { details: { path, reason }, cause });
}

/** An error of the file system as the error of a path; others stay what they are. */
export function asUnusable(path: string, error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  return backupUnusable(path, error.message, error);
}

async function unlessMissing<Result>(promise: Promise<Result>): Promise<Result | undefined> {
  try {
    return await promise;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
