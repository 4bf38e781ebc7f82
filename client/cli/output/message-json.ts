import type { UnrecordedMessage } from '../../../protocol/feed.js';
import { lineSafeJson } from '../../../protocol/line-safe.js';
import type { StoredRecord } from '../../../protocol/stored-messages.js';

/** What has come over the feed as a line of JSON, in which nothing is for a terminal to obey. */
export function messageJson(message: StoredRecord | UnrecordedMessage): string {
  return lineSafeJson(JSON.stringify('seq' in message ? message : { ...message, recorded: false }));
}
