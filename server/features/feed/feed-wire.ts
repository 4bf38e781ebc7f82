import type { FeedEvent } from '../../../protocol/feed.js';
import type { ByteSource, LineBuffer } from '../../dump/format/line-buffer.js';

/** Everything on the feed but records. */
export type PassingEvent = Exclude<FeedEvent, { type: 'record' }>;

/** How what is on the feed becomes bytes: done once for all who are sent the same. One object for each kind of door. */
export interface FeedWire {
  /**
   * Puts a record in.
   *
   * @param json - bytes of which those from `begin` to `end` are the record as one line of JSON, without a line end
   */
  record(into: LineBuffer, seq: number, json: ByteSource, begin: number, end: number): void;
  /** Puts anything else in, or nothing where this door has no word for it. */
  passing(into: LineBuffer, event: PassingEvent): void;
}
