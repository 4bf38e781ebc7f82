import type { FeedEnd } from '../../../protocol/feed.js';
import type { AppError } from '../../errors/app-error.js';

/** How much may wait in a connection to be read before the feed is told to wait. */
export const MOST_UNREAD_BYTES = 64 * 1024;

/** How long a client has to read why the feed has ended, and to close the connection. Milliseconds. */
export const CUT_AFTER_MS = 2000;

/** The same of one that was too slow: what it has not read comes before the reason. Milliseconds. */
export const CUT_SLOW_AFTER_MS = 10_000;

/** Why the feed ends, as it is told. */
export function endOf({ code, message, kind }: AppError): FeedEnd {
  return { code, detail: message, retryable: kind.isRetryable };
}
