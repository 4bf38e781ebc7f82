import type { IncomingMessage } from 'node:http';
import { parse } from 'node:querystring';
import { feedQuery } from '../../../protocol/feed.js';
import { AppError } from '../../errors/app-error.js';
import type { FeedWanted } from '../../features/feed/feed-service.js';
import { parseQuery } from '../bodies/parse-fields.js';

const HEADER = 'Last-Event-ID';
const DIGITS = /^\d{1,16}$/;

/**
 * What a request wants of the feed: by its query, and by the header with which an EventSource comes back.
 *
 * @throws AppError `request.invalid_field`, `request.invalid_header`
 */
export function feedWanted({ url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>): FeedWanted {
  const query = parseQuery(feedQuery, parse(/\?([^#]*)/.exec(url)?.[1] ?? ''));
  const lastId = headers['last-event-id'];
  return lastId === undefined ? query : { ...query, after: { seq: seqOf(lastId) } };
}

function seqOf(given: string | readonly string[]): number {
  const seq = Number(given);
  if (typeof given === 'string' && DIGITS.test(given) && Number.isSafeInteger(seq)) return seq;
  throw new AppError('request.invalid_header', {
    details: { header: HEADER, reason: 'must be the number of a record' },
  });
}
