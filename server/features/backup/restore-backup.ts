import { rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { claimDataDirectory, type DataDirectory } from '../../data-directory/claim-data-directory.js';
import { syncDirectory } from '../../data-directory/sync-directory.js';
import {
  asUnusable,
  backupUnusable,
  copyFileDurably,
  DATABASE,
  isThere,
  KEY_FILES,
  measureFile,
  namesIn,
  type BackupFile,
} from './backup-files.js';
import { readBackupList } from './backup-list.js';

/** What a restore came to. */
export interface RestoreReport {
  readonly dataDir: string;
  /** Of the gatherd that made the backup. */
  readonly version: string;
  /** When it was made: UTC, RFC 3339. */
  readonly madeAt: string;
  /** Files that were put in place. */
  readonly restored: readonly string[];
  /** Files that were there already: the same keys, or what a dump that is there keeps beside itself. */
  readonly kept: readonly string[];
  /** What a start needs besides, for a person to read. */
  readonly lacks: readonly string[];
}

/**
 * Puts a backup into a data directory that no server has. All of it is checked before anything is written, and nothing that
 * is there is overwritten; the database comes last. So one that is broken off leaves no database, and is done again.
 *
 * @throws AppError `backup.unusable` where the backup is damaged, or the data directory has a database or another key;
 *   `data_directory.…`
 */
export async function restoreBackup(backup: string, dataDir: string): Promise<RestoreReport> {
  const from = resolve(backup);
  const { version, madeAt, files, lacks } = await readBackupList(from);
  try {
    await assertWhole(from, files);
    await assertNoDatabase(dataDir);
    await using directory = await claimDataDirectory(dataDir);
    await assertNoDatabase(dataDir);
    const wanted = await missingOf(directory, files);
    await putInPlace(directory, from, wanted);
    const restored = wanted.map(({ name }) => name);
    const kept = files.map(({ name }) => name).filter((name) => !restored.includes(name));
    return {
      dataDir: resolve(dataDir),
      version,
      madeAt,
      restored,
      kept,
      lacks: await stillLacking(directory, lacks),
    };
  } catch (error) {
    throw asUnusable(dataDir, error);
  }
}

async function assertWhole(from: string, files: readonly BackupFile[]): Promise<void> {
  for (const file of files) {
    const path = join(from, file.name);
    const found = await measureFile(path).catch((error: unknown) => {
      throw backupUnusable(path, 'it cannot be read', error);
    });
    if (!isSame(found, file)) throw backupUnusable(path, 'it is not as it was when the backup was made');
  }
}

// What SQLite left of another one would be played into the restored one.
async function assertNoDatabase(dataDir: string): Promise<void> {
  const found = (await namesIn(dataDir))?.find((name) => /^gatherd\.db(?:-\w+)?$/.test(name));
  if (found !== undefined)
    throw backupUnusable(
      dataDir,
      `it has ${found} already, and nothing is overwritten; restore into another one`,
    );
}

// The files that are not there yet, the database last.
async function missingOf(directory: DataDirectory, files: readonly BackupFile[]): Promise<BackupFile[]> {
  const missing: BackupFile[] = [];
  for (const file of files) {
    const path = directory.file(file.name);
    if (!(await isThere(path))) missing.push(file);
    else if (isKey(file.name) && !isSame(await measureFile(path), file))
      throw backupUnusable(path, 'it is another key than that of the backup, and nothing is overwritten');
  }
  return missing.sort((one, other) => Number(one.name === DATABASE) - Number(other.name === DATABASE));
}

// First all of it under other names, then each under its own.
async function putInPlace(directory: DataDirectory, from: string, files: readonly BackupFile[]) {
  const removeDrafts = () => Promise.all(files.map((file) => rm(draftOf(directory, file), { force: true })));
  await removeDrafts();
  try {
    for (const file of files) await copyChecked(join(from, file.name), draftOf(directory, file), file);
    for (const file of files) {
      // What stands before the database is there for good when the database is.
      if (file.name === DATABASE) await syncDirectory(directory.file('.'));
      await rename(draftOf(directory, file), directory.file(file.name));
    }
    await syncDirectory(directory.file('.'));
  } finally {
    await removeDrafts();
  }
}

function draftOf(directory: DataDirectory, { name }: BackupFile): string {
  return directory.file(`${name}.restoring`);
}

async function copyChecked(from: string, draft: string, file: BackupFile): Promise<void> {
  await copyFileDurably(from, draft);
  if (!isSame(await measureFile(draft), file)) throw backupUnusable(from, 'it changed while it was copied');
}

async function stillLacking(directory: DataDirectory, lacks: readonly string[]): Promise<string[]> {
  const still: string[] = [];
  for (const lack of lacks) {
    const key = KEY_FILES.find((name) => lack.startsWith(`${name},`));
    if (key === undefined || !(await isThere(directory.file(key)))) still.push(lack);
  }
  return still;
}

function isKey(name: string): boolean {
  return KEY_FILES.some((key) => key === name);
}

function isSame(one: Omit<BackupFile, 'name'>, other: Omit<BackupFile, 'name'>): boolean {
  return one.bytes === other.bytes && one.sha256 === other.sha256;
}
