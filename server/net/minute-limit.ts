import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-table.js';
import { BoundedCounts } from './bounded-counts.js';

const MINUTE = 60;

/** Counts one more for a key, and refuses it where that is over the limit: in one step. @throws AppError */
export type MinuteLimit = (key: string) => void;

/**
 * Makes a limit of so many a minute for each key.
 *
 * @param perMinute - 0 is off
 * @param code - of the error, which gets the limit and the seconds to wait
 */
export function createMinuteLimit(perMinute: number, code: ErrorCode): MinuteLimit {
  if (perMinute === 0) return () => undefined;
  const counts = new BoundedCounts();
  return (key) => {
    if (counts.add(key, MINUTE) <= perMinute) return;
    throw new AppError(code, { details: { limit: perMinute, retryAfter: counts.secondsLeft(key) } });
  };
}
