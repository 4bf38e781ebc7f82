import { randomBytes } from 'node:crypto';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../errors/app-error.js';

const KEY_BYTES = 32;

/** A secret key, and whether it was made just now. */
export interface Key {
  readonly bytes: Buffer;
  readonly isNew: boolean;
}

/**
 * Reads a key of 32 random bytes, or makes it: readable by its owner only, and there as a whole or not at all,
 * whenever the power goes.
 *
 * @throws AppError `key.unusable` where the file has another size, or others may read it
 */
export async function loadOrCreateKey(path: string): Promise<Key> {
  const bytes = await readFile(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(path, 'it cannot be read', error);
  });
  if (bytes === undefined) return { bytes: await createKey(path), isNew: true };
  if (bytes.length !== KEY_BYTES) throw unusable(path, `it must have ${String(KEY_BYTES)} bytes`);
  const { mode } = await stat(path);
  const isExposed = process.platform !== 'win32' && (mode & 0o077) !== 0;
  if (isExposed) throw unusable(path, 'others may read it; chmod 600 it, or delete it for a new one');
  return { bytes, isNew: false };
}

async function createKey(path: string): Promise<Buffer> {
  const bytes = randomBytes(KEY_BYTES);
  const draft = `${path}.new`;
  const file = await open(draft, 'w', 0o600);
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

// Windows opens no directories and needs no such sync.
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function unusable(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('key.unusable', { details: { path, reason }, cause });
}
