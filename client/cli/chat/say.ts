import { setTimeout as sleep } from 'node:timers/promises';
import { CHAT_TOPIC } from '../../../protocol/feed.js';
import { GatherError } from '../../api/gather-error.js';
import { delayBeforeRetry, type RetryPolicy } from '../../api/retry-policy.js';
import type { FeedFollower } from '../../api/feed/feed-follower.js';

export interface SayOptions {
  readonly follower: Pick<FeedFollower, 'ready' | 'send'>;
  /** How long it is tried again where the server says that it has taken nothing. */
  readonly retry: RetryPolicy;
  /** Ends a pause between two tries. */
  readonly stop: AbortSignal;
  readonly now: () => number;
  readonly random: () => number;
}

/**
 * Says something in the chat as soon as there is a connection. Where it certainly was not taken it is said again.
 *
 * @returns its record's number; null where it is not recorded
 * @throws GatherError where it is refused, or nobody knows what became of it (`unknown_outcome`); and what the follower
 *   ended with, where there will be no connection any more
 */
export async function say(text: string, options: SayOptions): Promise<number | null> {
  const { follower, retry, stop, now, random } = options;
  let startedAt: number | undefined;
  for (let tries = 1; ; tries += 1) {
    await follower.ready();
    startedAt ??= now();
    try {
      return await follower.send(text, CHAT_TOPIC);
    } catch (error) {
      if (!(error instanceof GatherError) || !error.canRetry) throw error;
      const { retryAfterSeconds } = error;
      const failed = { tries, elapsedMs: now() - startedAt, retryAfterSeconds, random: random() };
      const delayMs = delayBeforeRetry(retry, failed);
      if (delayMs === undefined || stop.aborted) throw error;
      await sleep(delayMs, undefined, { signal: stop }).catch(() => {
        throw error;
      });
    }
  }
}
