import { open } from 'node:fs/promises';

/** Makes new and renamed entries of a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows opens no directories and needs no such sync.
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
