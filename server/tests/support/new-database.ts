import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type Database } from '../../database/database.js';

let template: Promise<Buffer> | undefined;

/**
 * Opens a new database. The migrations are applied once in a process and copied from then on: their engine works only
 * once in each, and takes longer than most tests.
 */
export async function openNewDatabase(path: string): Promise<Database> {
  template ??= migrate();
  await writeFile(path, await template);
  return openDatabase(path);
}

async function migrate(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'gatherd-template-'));
  const path = join(folder, 'gatherd.db');
  const database = await openDatabase(path);
  // Everything into the one file that is copied.
  await database.client.$queryRawUnsafe('PRAGMA wal_checkpoint(TRUNCATE)');
  await database[Symbol.asyncDispose]();
  const content = await readFile(path);
  await rm(folder, { recursive: true, force: true });
  return content;
}
