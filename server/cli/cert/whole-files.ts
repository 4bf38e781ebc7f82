import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { syncDirectory } from '../../data-directory/sync-directory.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';

/** A file as it is to be. */
export interface WantedFile {
  readonly path: string;
  readonly text: string;
}

const PATIENCE_MS = 15_000;
const RETRY_EVERY_MS = 50;
/** When a lock is nobody's any more: its holder was killed. */
const STALE_AFTER_MS = 10_000;

/** Does something while nobody else does the like to a directory, which is made, its owner's only, where there is none. */
export async function withDirectoryLocked<Result>(
  directory: string,
  act: () => Promise<Result>,
  patienceMs = PATIENCE_MS,
): Promise<Result> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const unlock = await lockUntil(directory, performance.now() + patienceMs);
  try {
    return await act();
  } finally {
    await unlock();
  }
}

/**
 * Writes files that are their owner's only, each as a whole or not at all, whenever the process or the power goes.
 *
 * All of them are on the disk before the first takes its place; they take it in the order given.
 */
export async function writeWhole(files: readonly WantedFile[]): Promise<void> {
  const drafts = files.map(({ path, text }) => ({ path, text, draft: `${path}.new` }));
  try {
    for (const { draft, text } of drafts) await writeDraft(draft, text);
    for (const { draft, path } of drafts) {
      await rename(draft, path);
      await syncDirectory(dirname(path));
    }
  } finally {
    for (const { draft } of drafts) await rm(draft, { force: true });
  }
}

async function writeDraft(draft: string, text: string): Promise<void> {
  await mkdir(dirname(draft), { recursive: true, mode: 0o700 });
  // One that a crash left may have other permissions, which writing to it would keep.
  await rm(draft, { force: true });
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function lockUntil(directory: string, until: number): Promise<() => Promise<void>> {
  for (;;) {
    try {
      return await lock(directory, {
        lockfilePath: `${directory}/.lock`,
        stale: STALE_AFTER_MS,
        onCompromised: () => undefined,
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
      if (performance.now() > until)
        throw new CliError(
          EXIT.failed,
          `Another command has been at work in ${directory} for long: try again`,
        );
      await sleep(RETRY_EVERY_MS);
    }
  }
}
