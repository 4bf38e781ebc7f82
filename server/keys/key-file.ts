import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../data-directory/sync-directory.js';
import { AppError } from '../errors/app-error.js';

const KEY_BYTES = 32;

/**
 * Reads a key of 32 random bytes; undefined where there is none.
 *
 * @throws AppError `key.unusable` where the file has another size, or others may read it
 */
export async function loadKey(path: string): Promise<Buffer | undefined> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(path, 'it cannot be read', error);
  });
  if (bytes === undefined) return undefined;
  if (bytes.length !== KEY_BYTES) throw unusable(path, `it must have ${String(KEY_BYTES)} bytes`);
  const { mode } = await stat(path);
  const isExposed = process.platform !== 'win32' && (mode & 0o077) !== 0;
  if (isExposed) throw unusable(path, 'others may read it; chmod 600 it, or delete it for a new one');
  return bytes;
}

/** Makes a key: readable by its owner only, and there as a whole or not at all, whenever the power goes. */
export async function createKey(path: string): Promise<Buffer> {
  const bytes = randomBytes(KEY_BYTES);
  const draft = `${path}.new`;
  // One that a crash left may have other permissions, which writing to it would keep.
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await syncDirectory(dirname(path));
  return bytes;
}

/** The error of a key file that cannot be used. */
export function unusable(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('key.unusable', { details: { path, reason }, cause });
}
