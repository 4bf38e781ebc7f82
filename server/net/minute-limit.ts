import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-table.js';

/** Counts one more for a key, and refuses it where that is over the limit: in one step. @throws AppError */
export type MinuteLimit = (key: string) => Promise<void>;

/**
 * Makes a limit of so many a minute for each key.
 *
 * @param perMinute - 0 is off
 * @param code - of the error, which gets the limit and the seconds to wait
 */
export function createMinuteLimit(perMinute: number, code: ErrorCode): MinuteLimit {
  if (perMinute === 0) return () => Promise.resolve();
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return async (key) => {
    try {
      await limiter.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const retryAfter = Math.ceil(refusal.msBeforeNext / 1000);
      throw new AppError(code, { details: { limit: perMinute, retryAfter } });
    }
  };
}
