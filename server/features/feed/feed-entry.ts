import type { PassingEvent } from './feed-wire.js';
import { byteSource, type ByteSource } from '../../dump/format/line-buffer.js';
import type { BlockText } from '../../dump/reading/line-filter.js';

const NEWLINE = 0x0a;
/** What an entry takes beside its lines. */
const ENTRY_WEIGHT = 700;

/** What passes by beside the records, and where it stands among them. */
export interface PassingEntry {
  /** The number of the last record before it. */
  readonly last: number;
  readonly event: PassingEvent;
  /** The connection that it came through, or that it is about. */
  readonly origin: object | undefined;
  /** About how much memory it takes, in bytes. */
  readonly weight: number;
}

/** Some records that follow each other, each as a line of JSON. */
export class FeedRecords {
  readonly first: number;
  readonly last: number;
  readonly source: ByteSource;
  readonly origins: ReadonlyMap<number, object>;
  readonly weight: number;
  readonly #bytes: Buffer;
  /** Where each line has its LF. */
  readonly #ends: readonly number[];
  #text: BlockText | undefined;

  /**
   * @param first - the number of the first one
   * @param bytes - their lines, which nobody changes any more
   * @param ends - where each line has its LF
   * @param origins - of those that came through a connection to the feed, by which one
   */
  constructor(
    first: number,
    bytes: Buffer,
    ends: readonly number[],
    origins: ReadonlyMap<number, object> = new Map(),
  ) {
    this.first = first;
    this.last = first + ends.length - 1;
    this.#bytes = bytes;
    this.#ends = ends;
    this.source = byteSource(bytes);
    this.origins = origins;
    // With the text that filters look at, once one does.
    this.weight = ENTRY_WEIGHT + bytes.length * 2 + ends.length * 8;
  }

  /** What filters look at, made when the first one does. */
  get text(): BlockText {
    this.#text ??= { bytes: this.#bytes, latin1: this.#bytes.toString('latin1') };
    return this.#text;
  }

  /** Where the line of a record begins. */
  begin(seq: number): number {
    const index = seq - this.first;
    return index === 0 ? 0 : (this.#ends[index - 1] ?? 0) + 1;
  }

  /** Where the line of a record has its LF. */
  end(seq: number): number {
    return this.#ends[seq - this.first] ?? this.#bytes.length;
  }
}

/** One place in the feed. */
export type FeedEntry = FeedRecords | PassingEntry;

/**
 * Cuts lines into entries of about so many bytes each, so that no write becomes much longer than that.
 *
 * @param bytes - lines of JSON, which are copied
 * @param first - the number of the first one
 */
export function* entriesOf(
  bytes: Buffer,
  first: number,
  origins: ReadonlyMap<number, object>,
  aboutBytes: number,
): Generator<FeedRecords> {
  let [start, seq] = [0, first];
  let ends: number[] = [];
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, end + 1)) {
    ends.push(end - start);
    const isLast = end + 1 >= bytes.length;
    if (end + 1 - start < aboutBytes && !isLast) continue;
    yield new FeedRecords(seq, Buffer.from(bytes.subarray(start, end + 1)), ends, origins);
    seq += ends.length;
    [start, ends] = [end + 1, []];
  }
}
