import type { AppError } from '../../errors/app-error.js';
import type { ErrorCode } from '../../errors/error-table.js';

/** The longest reason that a closing frame has room for, RFC 6455 section 5.5. Bytes. */
const MOST_REASON_BYTES = 123;

const GOING_AWAY = 1001;
const AGAINST_THE_RULES = 1008;
const UNEXPECTED = 1011;
const UNKNOWN_BEARER = 4401;
/** Statuses of HTTP that have a code of ours: 4000 and the status. */
const TOLD_BY_STATUS: ReadonlySet<number> = new Set([403, 408, 429, 503]);

/** How a WebSocket is closed: RFC 6455 section 7.4. */
export interface FeedClose {
  readonly code: number;
  readonly reason: string;
}

/** How a WebSocket is closed because of an error. @param code - where it is not to be told by the error */
export function closeOf(error: AppError, code = closeCodeOf(error)): FeedClose {
  return { code, reason: cut(`${error.code}: ${error.message}`) };
}

function closeCodeOf({ code, kind: { status } }: AppError): number {
  if (code === 'feed.closing') return GOING_AWAY;
  if (code === 'server.internal') return UNEXPECTED;
  if (isOfBearer(code)) return UNKNOWN_BEARER;
  return TOLD_BY_STATUS.has(status) ? 4000 + status : AGAINST_THE_RULES;
}

function isOfBearer(code: ErrorCode): boolean {
  return /^(?:token|session|ticket)\./.test(code);
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MOST_REASON_BYTES) return text;
  let end = MOST_REASON_BYTES;
  // Not within a character: the bytes behind its first one are 10xxxxxx.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
