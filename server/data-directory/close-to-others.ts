import { chmod, stat } from 'node:fs/promises';
import type { DataDirectory } from './claim-data-directory.js';

/** What a server makes without saying who may read it. */
const FILES = ['owner.db', 'owner.pid', 'gatherd.db', 'gatherd.db-wal', 'gatherd.db-shm'];
const OTHERS = 0o077;

/**
 * Closes the files of the database to everybody but their owner, where an earlier umask left them open.
 *
 * @returns what others may still enter or read: the directory itself is the operator's, and what is not ours stays as
 *   it is. Windows has no such modes.
 */
export async function closeToOthers(directory: DataDirectory): Promise<readonly string[]> {
  if (process.platform === 'win32') return [];
  const open: string[] = [];
  if (await isOpenToOthers(directory.file('.'))) open.push(directory.file('.'));
  for (const path of FILES.map((name) => directory.file(name))) {
    if (!(await isOpenToOthers(path))) continue;
    await chmod(path, 0o600).catch(() => open.push(path));
  }
  return open;
}

async function isOpenToOthers(path: string): Promise<boolean> {
  const { mode } = await stat(path).catch(() => ({ mode: 0 }));
  return (mode & OTHERS) !== 0;
}
