import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { AppError } from '../errors/app-error.js';

/** A claimed data directory; disposing of it lets another process have it. */
export interface DataDirectory extends AsyncDisposable {
  /** The path of a file in it. */
  file(name: string): string;
}

/**
 * Claims a data directory for this process, and makes it, readable by its owner only, if there is none.
 *
 * The claim is an exclusive transaction on a small SQLite file, which is a lock of the operating system: it dies with
 * the process, however that ends.
 *
 * @throws AppError `data_directory.in_use`, with the holder's process id; libsql's error where there is none
 */
export async function claimDataDirectory(directory: string): Promise<DataDirectory> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = (name: string) => join(directory, name);
  const lock = new Database(file('owner.db'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    // A full disk for example is not a holder.
    if ((cause as { code?: unknown }).code !== 'SQLITE_BUSY') throw cause;
    const holder = await readFile(file('owner.pid'), 'utf8').catch(() => 'unknown');
    throw new AppError('data_directory.in_use', {
      details: { directory, holder: `process ${holder}` },
      cause,
    });
  }
  await writeFile(file('owner.pid'), String(process.pid), { mode: 0o600 });
  return {
    file,
    [Symbol.asyncDispose]: () => {
      lock.close();
      return Promise.resolve();
    },
  };
}
