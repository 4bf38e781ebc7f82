import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'libsql';

const BUSY_FOR_MS = 2000;

/**
 * Opens a database to look at it, also while a server runs.
 *
 * Nothing is left behind, since it would be whose who looks: where no server has the database open, and it was closed as it
 * should be, there is nothing beside it that it lacks.
 *
 * @throws an error where it cannot be opened
 */
export function openReadOnly(path: string): Database.Database {
  const url = pathToFileURL(resolve(path));
  if (existsSync(`${path}-wal`)) url.searchParams.set('mode', 'ro');
  else url.searchParams.set('immutable', '1');
  return new Database(url.href, { timeout: BUSY_FOR_MS });
}
