/** How long and how patiently a request that was certainly not taken is sent again. */
export interface RetryPolicy {
  /** The time in milliseconds, counted from the first try, after which no further one starts; 0 for never. */
  readonly budgetMs: number;
  /** The first pause in milliseconds; each further one is twice as long, up to `maxDelayMs`. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/** Pauses that are short enough for a restart of the server and long enough for many clients at once. */
export const RETRY_PAUSES = { firstDelayMs: 200, maxDelayMs: 5_000 } as const;

/** Where a request stands when it has failed. */
export interface FailedTry {
  /** How many tries there were, this one included. */
  readonly tries: number;
  /** Milliseconds since the first try began. */
  readonly elapsedMs: number;
  /** What the server asked for; undefined where it did not. */
  readonly retryAfterSeconds: number | undefined;
  /** A number from 0 up to 1, that spreads clients which failed at the same moment. */
  readonly random: number;
}

/**
 * The pause in milliseconds before the next try; undefined where it would end outside the budget. It is never shorter
 * than what the server asked for.
 */
export function delayBeforeRetry(policy: RetryPolicy, failed: FailedTry): number | undefined {
  const ceiling = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (failed.tries - 1));
  const backoff = ceiling * (0.5 + failed.random / 2);
  const asked = failed.retryAfterSeconds;
  const delay = asked === undefined ? backoff : asked * 1000 + failed.random * policy.firstDelayMs;
  return failed.elapsedMs + delay <= policy.budgetMs ? delay : undefined;
}
