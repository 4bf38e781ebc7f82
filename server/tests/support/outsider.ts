import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { lock } from 'proper-lockfile';
import { until } from './until.js';
import { PATIENCE_MS } from './patience.js';

const POLL_EVERY_MS = 10;

/** Another program that holds the dump's lock; disposing of it lets the lock go. */
export interface Hold extends AsyncDisposable {
  release(): Promise<void>;
}

/** Takes the dump's lock as any other program would: by proper-lockfile, trying again every 10 ms. */
export async function takeDumpLock(dump: string): Promise<Hold> {
  const unlock = await lock(dump, {
    realpath: false,
    retries: { retries: Math.ceil(PATIENCE_MS / POLL_EVERY_MS), factor: 1, minTimeout: POLL_EVERY_MS },
  });
  let isHeld = true;
  const release = async () => {
    if (!isHeld) return;
    isHeld = false;
    await unlock();
  };
  return { release, [Symbol.asyncDispose]: release };
}

/** Waits until nobody holds the lock, which the server lets go when it has nothing to write. */
export async function untilIdle(dump: string): Promise<void> {
  await until('a free dump lock', () => !existsSync(`${dump}.lock`));
}

/** Takes the server's lock away from it, as a program would that believes it stale. Answers whether there was one. */
export function takeLockAway(dump: string): boolean {
  try {
    rmdirSync(`${dump}.lock`);
    return true;
  } catch {
    return false;
  }
}

/** The same, and has the lock at once: there is no moment in between for the server. */
export async function robLock(dump: string): Promise<Hold> {
  await until('a lock to rob', () => takeLockAway(dump));
  mkdirSync(`${dump}.lock`);
  let isHeld = true;
  const release = () => {
    if (isHeld) rmdirSync(`${dump}.lock`);
    isHeld = false;
    return Promise.resolve();
  };
  return { release, [Symbol.asyncDispose]: release };
}
