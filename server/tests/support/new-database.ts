import { constants } from 'node:fs';
import { chmod, copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inject } from 'vitest';
import { openDatabase, type Database } from '../../database/database.js';

/** Opens a new database. Its migrations have been applied already. */
export async function openNewDatabase(path: string): Promise<Database> {
  await copyTemplate(path);
  return openDatabase(path);
}

/** Puts a new database where a server is to start for the first time; where one has been before, nothing is touched. */
export async function putNewDatabase(dataDir: string): Promise<void> {
  const names = await readdir(dataDir);
  if (!names.some((name) => name.endsWith('.db'))) await copyTemplate(join(dataDir, 'gatherd.db'));
}

// As a server would make it: its owner's only.
async function copyTemplate(path: string): Promise<void> {
  await copyFile(inject('databaseTemplate'), path, constants.COPYFILE_EXCL);
  await chmod(path, 0o600);
}
