import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE_MS } from './patience.js';

const LOOK_EVERY_MS = 10;

/**
 * Waits until something is so, and answers what it was. Rejects, with what was waited for, when it is not in time.
 *
 * @param look - looks now; anything but undefined and false is an answer
 */
export async function until<Result>(
  what: string,
  look: () => Promise<Result | undefined | false> | Result | undefined | false,
  withinMs = PATIENCE_MS,
): Promise<Result> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`Not within ${String(withinMs)} ms: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}
