import { byteSource, LineBuffer } from '../../dump/format/line-buffer.js';
import { ndjsonFormat } from '../../dump/format/ndjson-format.js';
import { createLineFilter, type LineFilter } from '../../dump/reading/line-filter.js';
import { isOfFilters } from '../../dump/reading/record-query.js';
import { FeedRecords, type FeedEntry, type PassingEntry } from './feed-entry.js';
import type { FeedRing } from './feed-ring.js';
import type { FeedWanted } from './feed-service.js';
import type { FeedWire, PassingEvent } from './feed-wire.js';

/** Which of what is on the feed is wanted. */
export type FeedFilter = Omit<FeedWanted, 'after'>;

/** Some of the feed as bytes. */
export interface FeedPiece {
  readonly bytes: Uint8Array;
  /** The index of the entry behind it. */
  readonly to: number;
}

/** Whose entries are left out, and which. */
export interface Listener {
  readonly origin: object;
  readonly hearsItself: boolean;
}

/** A piece ends behind the entry with which it is as long as this, in bytes. */
const PIECE_BYTES = 64 * 1024;
const KEEP_BYTES = 1024 * 1024;

/**
 * All connections of one wire that want the same. What they are sent is made once: the piece that was made last is kept,
 * since all who keep up stand at the same place.
 */
export class FeedChannel {
  readonly #wire: FeedWire;
  readonly filter: FeedFilter;
  readonly #isWanted: LineFilter | undefined;
  readonly #buffer = new LineBuffer(1024);
  #kept: (FeedPiece & { readonly from: number }) | undefined;

  constructor(wire: FeedWire, filter: FeedFilter) {
    this.#wire = wire;
    this.filter = filter;
    const { user, topic, contains } = filter;
    const isEverything = user === undefined && topic === undefined && contains === undefined;
    this.#isWanted = isEverything
      ? undefined
      : createLineFilter({ order: 'oldest', user, topic, contains }, ndjsonFormat);
  }

  /**
   * The next piece for a listener.
   *
   * @param from - the index of its first entry
   * @param after - the number of a record: of the first entry only those behind it
   */
  piece(ring: FeedRing, from: number, after: number, listener: Listener): FeedPiece {
    const kept = this.#kept;
    const first = ring.at(from);
    const isWhole =
      first === undefined || after < (first instanceof FeedRecords ? first.first : first.last + 1);
    if (isWhole && kept?.from === from && !this.#hasOwn(ring, from, kept.to, listener)) return kept;
    const piece = this.#make(ring, from, after, listener);
    if (isWhole && !this.#hasOwn(ring, from, piece.to, listener)) this.#kept = { ...piece, from };
    return piece;
  }

  /** An event that is for one connection, as bytes. */
  event(event: PassingEvent): Uint8Array {
    this.#buffer.clear(KEEP_BYTES);
    this.#wire.passing(this.#buffer, event);
    return Buffer.from(this.#buffer.written);
  }

  /** Records that were read from the dump and are known to be wanted, as bytes. @param json - each as a line of JSON */
  records(found: readonly { readonly seq: number; readonly json: string }[]): Uint8Array {
    this.#buffer.clear(KEEP_BYTES);
    for (const { seq, json } of found) {
      const source = byteSource(Buffer.from(json));
      this.#wire.record(this.#buffer, seq, source, 0, source.bytes.length);
    }
    return Buffer.from(this.#buffer.written);
  }

  #make(ring: FeedRing, from: number, after: number, listener: Listener): FeedPiece {
    this.#buffer.clear(KEEP_BYTES);
    let to = from;
    for (let weight = 0; to < ring.end && weight < PIECE_BYTES; to += 1) {
      const entry = ring.at(to);
      if (entry === undefined) continue;
      if (entry instanceof FeedRecords) this.#putRecords(entry, Math.max(entry.first, after + 1), listener);
      else if (this.#isWantedPassing(entry, listener)) this.#wire.passing(this.#buffer, entry.event);
      weight += entry.weight;
    }
    return { bytes: Buffer.from(this.#buffer.written), to };
  }

  #putRecords(records: FeedRecords, from: number, { origin, hearsItself }: Listener): void {
    const { origins, source, last } = records;
    const own = hearsItself || origins.size === 0 ? undefined : origin;
    for (let seq = from; seq <= last; seq += 1) {
      if (own !== undefined && origins.get(seq) === own) continue;
      const [begin, end] = [records.begin(seq), records.end(seq)];
      if (this.#isWanted !== undefined && this.#isWanted(records.text, begin, end) === undefined) continue;
      this.#wire.record(this.#buffer, seq, source, begin, end);
    }
  }

  #isWantedPassing({ event, origin }: PassingEntry, listener: Listener): boolean {
    if (event.type === 'join' || event.type === 'leave')
      return this.filter.presence && origin !== listener.origin;
    if (event.type !== 'unrecorded') return true;
    if (!listener.hearsItself && origin === listener.origin) return false;
    return isOfFilters(this.filter, event.record);
  }

  #hasOwn(ring: FeedRing, from: number, to: number, listener: Listener): boolean {
    for (let index = from; index < to; index += 1) if (isFrom(ring.at(index), listener)) return true;
    return false;
  }
}

function isFrom(entry: FeedEntry | undefined, { origin, hearsItself }: Listener): boolean {
  if (entry === undefined) return false;
  if (!(entry instanceof FeedRecords)) return entry.origin === origin;
  if (hearsItself || entry.origins.size === 0) return false;
  for (const each of entry.origins.values()) if (each === origin) return true;
  return false;
}
