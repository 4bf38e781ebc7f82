import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
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
 * @throws AppError `data_directory.in_use`, with the holder's process id; `data_directory.unusable`
 */
export async function claimDataDirectory(directory: string): Promise<DataDirectory> {
  const file = (name: string) => join(directory, name);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const lock = await lockOwnerFile(file('owner.db')).catch(async (cause: unknown) => {
    if (codeOf(cause) === 'SQLITE_BUSY') {
      const holder = await readFile(file('owner.pid'), 'utf8').catch(() => 'unknown');
      throw new AppError('data_directory.in_use', {
        details: { directory, holder: `process ${holder}` },
        cause,
      });
    }
    const reason = `${file('owner.db')}: ${(cause as Error).message}`;
    throw new AppError('data_directory.unusable', { details: { directory, reason }, cause });
  });
  await writeFile(file('owner.pid'), String(process.pid), { mode: 0o600 });
  return {
    file,
    [Symbol.asyncDispose]: () => {
      lock.close();
      return Promise.resolve();
    },
  };
}

async function lockOwnerFile(path: string) {
  try {
    return lockFile(path);
  } catch (error) {
    if (codeOf(error) !== 'SQLITE_NOTADB') throw error;
    // It has no content worth keeping, and an empty file is a database. Emptied and not replaced: whoever else does the
    // same at this moment then asks for the lock of the same file.
    await truncate(path);
    return lockFile(path);
  }
}

function lockFile(path: string) {
  const lock = new Database(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
