import { SpoolError } from '../../spool/spool-error.js';
import { toCliError } from '../cli-error.js';
import type { CommandContext } from '../command-context.js';
import { ChangeHint } from './change-hint.js';
import type { FileFollower } from './file-follower.js';

const LOOK_AGAIN_MS = 250;
const AFTER_FAILURE_MS = 1_000;

/**
 * Lets followers take what comes until it is stopped. Whatever fails, the file is taken again from what the spool holds of it;
 * rejects only where the spool is full and is to refuse.
 */
export async function followAll(
  context: CommandContext,
  followers: readonly FileFollower[],
  files: readonly string[],
  stop: AbortSignal,
): Promise<void> {
  using hint = new ChangeHint(files);
  const over = new AbortController();
  const noticing = noticeAll(followers, hint, AbortSignal.any([stop, over.signal]));
  try {
    await readAll(context, followers, hint, stop);
  } finally {
    over.abort();
    await noticing;
    for (const follower of followers) await follower.close();
  }
}

// For itself, since a step waits where the spool is full.
async function noticeAll(
  followers: readonly FileFollower[],
  hint: ChangeHint,
  stop: AbortSignal,
): Promise<void> {
  const wait = hint.waiter(stop);
  while (!stop.aborted) {
    // What fails here, fails for the next step too, and is told of there.
    await Promise.allSettled(followers.map((follower) => follower.notice()));
    await wait(LOOK_AGAIN_MS);
  }
}

async function readAll(
  context: CommandContext,
  followers: readonly FileFollower[],
  hint: ChangeHint,
  stop: AbortSignal,
): Promise<void> {
  const failed = new Map<FileFollower, number>();
  const wait = hint.waiter(stop);
  while (!stop.aborted) {
    const steps = followers.map((follower) => stepOf(context, follower, failed, stop));
    const hasWorked = (await Promise.all(steps)).includes(true);
    if (!hasWorked) await wait(LOOK_AGAIN_MS);
  }
}

async function stepOf(
  { output }: CommandContext,
  follower: FileFollower,
  failed: Map<FileFollower, number>,
  stop: AbortSignal,
): Promise<boolean> {
  if (performance.now() < (failed.get(follower) ?? 0)) return false;
  try {
    const hasWorked = await follower.step();
    failed.delete(follower);
    return hasWorked;
  } catch (error) {
    if (stop.aborted) return false;
    if (error instanceof SpoolError && error.kind === 'full') throw error;
    if (!failed.has(follower)) output.warn(`${toCliError(error).message}. Trying again until it works`);
    failed.set(follower, performance.now() + AFTER_FAILURE_MS);
    await follower.rewind();
    return false;
  }
}
