import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CliError, usageError } from '../cli-error.js';
import type { CommandContext } from '../command-context.js';
import { spoolDirectory } from '../spool/open-spool.js';
import type { SpoolFlags } from '../spool/spool-options.js';
import { lockFollowedFile } from './follow-lock.js';

/** The absolute paths of followed files. Rejects with exit code 2 where one is given twice, under whatever name. */
export async function followedPaths(paths: readonly string[]): Promise<string[]> {
  const files = paths.map((path) => resolve(path));
  const real = await Promise.all(files.map(realPath));
  const twice = paths.find((_path, index) => real.indexOf(real[index] ?? '') < index);
  if (twice !== undefined) throw usageError(`${twice} is given twice`);
  return files;
}

/** Locks files in their spool. Rejects with exit code 1 where another process follows one of them. */
export async function lockOrRefuse(
  context: CommandContext,
  flags: SpoolFlags,
  files: readonly string[],
): Promise<AsyncDisposable> {
  const spool = await realPath(resolve(spoolDirectory(context, flags)));
  const { platform } = context.io;
  const locks: AsyncDisposable[] = [];
  const release = async (): Promise<void> => {
    for (const lock of locks) await lock[Symbol.asyncDispose]();
  };
  for (const file of files) {
    const lock = await lockFollowedFile({ spool, file: await realPath(file), platform });
    if (lock !== undefined) {
      locks.push(lock);
      continue;
    }
    await release();
    throw new CliError('failed', 'spool', `Another process follows ${file} with this spool: ${spool}`);
  }
  return { [Symbol.asyncDispose]: release };
}

async function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}
