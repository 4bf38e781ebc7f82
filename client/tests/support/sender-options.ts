import { PATIENCE_MS } from '../../../server/tests/support/patience.js';
import { GatherError } from '../../api/gather-error.js';
import type { RequestSenderOptions } from '../../api/requests/request-sender.js';

/** Tries again soon, and for long enough on any machine. */
export const RETRY = { budgetMs: 20_000, firstDelayMs: 10, maxDelayMs: 50 };

/** What a client of a server needs in tests. */
export function senderOptions(
  server: string,
  more: Partial<RequestSenderOptions> = {},
): RequestSenderOptions {
  return {
    server,
    userAgent: 'gather/test',
    connectTimeoutMs: PATIENCE_MS,
    answerTimeoutMs: PATIENCE_MS,
    retry: RETRY,
    now: Date.now,
    random: Math.random,
    ...more,
  };
}

/** What a request of a client's is rejected with. Rejects where it is not, or with anything else. */
export async function errorOf(promise: Promise<unknown>): Promise<GatherError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GatherError) return error;
  throw new Error(`Expected a GatherError, got ${String(error)}`);
}
