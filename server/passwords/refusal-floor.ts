import { setTimeout as sleep } from 'node:timers/promises';

/** Import takes no hash whose check takes longer than about 250 ms on a machine of today. */
const FLOOR_MS = 400;
const LONGEST_FLOOR_MS = 1000;
const MARGIN = 1.25;

/**
 * How long a refused password takes at least, so that nobody tells from the time whose hash came from elsewhere: those take
 * many times as long to check as ours, and as the one that nobody has. Where there are only our own it is nothing.
 *
 * What it does not hide: the thread of hashing is busy for longer, which others who wait for it at that moment may notice.
 */
export class RefusalFloor {
  #isNeeded = false;
  #longest = 0;

  /** From now on hashes from elsewhere are to be hidden. */
  raise(): void {
    this.#isNeeded = true;
  }

  /** Takes note of how long the check of a hash from elsewhere took, in milliseconds: a slow machine needs more. */
  learn(tookMs: number): void {
    this.#longest = Math.max(this.#longest, tookMs);
  }

  /** Resolves when a refusal may be answered. @param began - when its check began, by `performance.now` */
  async wait(began: number): Promise<void> {
    if (!this.#isNeeded) return;
    const floor = Math.max(FLOOR_MS, Math.min(MARGIN * this.#longest, LONGEST_FLOOR_MS));
    const left = began + floor - performance.now();
    if (left > 0) await sleep(left);
  }
}
