import { rm, writeFile } from 'node:fs/promises';
import type { DumpFileSystem } from '../file-system.js';

/**
 * Keeps what is about to be cut off a dump in a file of its own, durably, and answers its path. Nothing that is there
 * already is written to or followed, a symbolic link neither.
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
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      // It is tried again, and a full disk would gather halves.
      await rm(path, { force: true }).catch(() => undefined);
      throw error;
    }
  }
}
