import { GatherError, type Problem } from '../gather-error.js';
import { problemError } from '../requests/request-failure.js';
import type { FeedAnswer } from '../../../protocol/feed.js';

// The HTTP statuses of the closings that are not 4000 and a status.
const STATUS_OF_CLOSING: Readonly<Record<number, number>> = {
  1001: 503,
  1003: 415,
  1007: 400,
  1008: 403,
  1009: 413,
  1011: 500,
  1012: 503,
  1013: 503,
};

const PASSING_STATUSES: readonly number[] = [408, 429, 500, 503];

/**
 * Judges the closing of a feed, by the WebSocket's code and reason, which is `code: detail` where gatherd has closed it.
 * `canRetry` says whether it is worth connecting again.
 */
export function endOfFeed(server: string, closing: number, reason: string, cause?: Error): GatherError {
  const status = statusOf(closing);
  if (status === undefined) {
    const why = cause === undefined ? '' : ` (${cause.message})`;
    const text = `The connection to the feed of ${server} broke${why}`;
    return new GatherError('unreachable', text, { canRetry: true, cause });
  }
  const [, code, detail] = /^([a-z_]+\.[a-z_]+): (.*)$/s.exec(reason) ?? [];
  const canRetry = PASSING_STATUSES.includes(status);
  if (code === undefined || detail === undefined) {
    const text = `${server} has ended the feed (${String(closing)})`;
    return new GatherError(canRetry ? 'busy' : 'refused', text, { status, canRetry, cause });
  }
  const { kind, problem } = problemError({ status, code, detail });
  return new GatherError(canRetry ? 'busy' : kind, detail, { status, canRetry, problem, cause });
}

function statusOf(closing: number): number | undefined {
  return closing >= 4400 && closing < 4600 ? closing - 4000 : STATUS_OF_CLOSING[closing];
}

/** Judges what is said of a message that was not taken. */
export function refusalOfMessage(refused: Extract<FeedAnswer, { type: 'refused' }>): GatherError {
  const { code, detail, retryable } = refused;
  const problem: Problem = { status: retryable ? 503 : statusOfCode(code), code, detail };
  return problemError(problem);
}

// The feed tells codes without their statuses: what matters is who has to do something about it.
function statusOfCode(code: string): number {
  if (/^(?:token|session|ticket)\./.test(code)) return 401;
  return /^(?:permission|account)\./.test(code) ? 403 : 400;
}

/** What is to be said of a message whose answer did not come. */
export function inDoubt(why: string, cause?: Error): GatherError {
  return new GatherError(
    'unknown_outcome',
    `${why}: the message may or may not have been sent, so it is not sent again`,
    { cause },
  );
}
