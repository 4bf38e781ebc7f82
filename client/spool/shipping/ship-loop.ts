import { setTimeout as sleep } from 'node:timers/promises';
import { delayBeforeRetry, RETRY_PAUSES } from '../../api/retry-policy.js';
import type { Shipper } from './shipper.js';

export interface ShipLoopOptions {
  readonly shipper: Shipper;
  /** Ends the loop, after the request that is under way. */
  readonly stop: AbortSignal;
  /** Told of each failure that is followed by a pause, in milliseconds. */
  readonly onFailure: (error: Error, delayMs: number) => void;
  /** Whether there is nothing more to wait for; asked after each step, with whether the spool is empty. */
  readonly isDone: (isEmpty: boolean) => Promise<boolean>;
  /** How long to try without getting on, in milliseconds. */
  readonly budgetMs: number;
  /** Milliseconds; never goes back. */
  readonly monotonicNow: () => number;
  /** A number from 0 up to 1. */
  readonly random: () => number;
}

/** How a loop has ended; with the last failure, where it was that which it ended for. */
export interface ShipLoopEnd {
  readonly reason: 'done' | 'stopped' | 'out_of_time';
  readonly error?: Error | undefined;
}

// Short enough for a message to look live, long enough to cost nothing.
const LOOK_AGAIN_MS = 100;

/** Ships until it is done, stopped, or has failed for as long as it may. */
export async function shipUntil(options: ShipLoopOptions): Promise<ShipLoopEnd> {
  const { shipper, stop, isDone, monotonicNow, budgetMs } = options;
  let failures = 0;
  let startedAt = monotonicNow();
  let error: Error | undefined;
  while (!stop.aborted) {
    const step = await shipper.step();
    if (step.kind === 'progress') {
      failures = 0;
      startedAt = monotonicNow();
      error = undefined;
    }
    if (await isDone(step.kind === 'empty')) return { reason: 'done' };
    if (step.kind === 'progress') continue;
    if (step.kind === 'failed') {
      failures += 1;
      error = step.error;
    }
    const elapsedMs = monotonicNow() - startedAt;
    const delayMs =
      step.kind === 'failed' ? pauseOf(options, failures, elapsedMs, step.retryAfterMs) : LOOK_AGAIN_MS;
    if (delayMs === undefined || elapsedMs + delayMs > budgetMs) return { reason: 'out_of_time', error };
    if (step.kind === 'failed') options.onFailure(step.error, delayMs);
    await sleep(delayMs, undefined, { signal: stop }).catch(() => undefined);
  }
  return { reason: 'stopped', error };
}

function pauseOf(
  { budgetMs, random }: ShipLoopOptions,
  tries: number,
  elapsedMs: number,
  retryAfterMs: number | undefined,
): number | undefined {
  const retryAfterSeconds = retryAfterMs === undefined ? undefined : retryAfterMs / 1000;
  // 2 to the power of the tries grows beyond all numbers in an outage of an hour.
  const failed = { tries: Math.min(tries, 30), elapsedMs, retryAfterSeconds, random: random() };
  return delayBeforeRetry({ ...RETRY_PAUSES, budgetMs }, failed);
}
