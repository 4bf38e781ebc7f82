import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../database/database.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The path of a database with all migrations and nothing in it. */
    readonly databaseTemplate: string;
  }
}

/** Makes, once for all tests, what they copy: the engine of the migrations takes longer than most of them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'gatherd-template-'));
  const path = join(folder, 'gatherd.db');
  const database = await openDatabase(path);
  // Everything into the one file that is copied.
  await database.client.$queryRawUnsafe('PRAGMA wal_checkpoint(TRUNCATE)');
  await database[Symbol.asyncDispose]();
  project.provide('databaseTemplate', path);
  return () => rm(folder, { recursive: true, force: true });
}
