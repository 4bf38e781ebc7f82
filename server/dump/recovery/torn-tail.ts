import { lstat, readFile, rm, writeFile } from 'node:fs/promises';
import type { DumpFileSystem } from '../file-system.js';

/**
 * Keeps what is about to be cut off a dump in a file of its own, durably, and answers its path. Nothing that is there
 * already is written to or followed, a symbolic link neither. What was kept already, before a cut that failed, is not
 * kept again.
 *
 * @param offset - where in the dump it stood, in bytes
 */
export async function keepTornTail(
  dumpPath: string,
  offset: number,
  torn: Uint8Array,
  fileSystem: DumpFileSystem,
): Promise<string> {
  const first = `${dumpPath}.torn-at-${String(offset)}`;
  for (let attempt = 1; ; attempt += 1) {
    const path = attempt === 1 ? first : `${first}-${String(attempt)}`;
    try {
      await writeFile(path, torn, { mode: 0o600, flag: 'wx', flush: true });
      await fileSystem.syncEntry(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
        if (await holds(path, torn)) return path;
        continue;
      }
      // It is tried again, and a full disk would gather halves.
      await rm(path, { force: true }).catch(() => undefined);
      throw error;
    }
  }
}

async function holds(path: string, torn: Uint8Array): Promise<boolean> {
  const stats = await lstat(path);
  return stats.isFile() && stats.size === torn.length && (await readFile(path)).equals(torn);
}
