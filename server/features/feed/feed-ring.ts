import { FeedRecords, type FeedEntry } from './feed-entry.js';

const CUT_AFTER = 1024;

/** The newest entries of the feed, bounded by what they weigh. Each has an index, which counts on when old ones go. */
export class FeedRing {
  readonly #maxBytes: number;
  readonly #beforeGone: (index: number) => void;
  #entries: (FeedEntry | undefined)[] = [];
  // The index of the first one in the array; so many of these are gone.
  #base = 0;
  #gone = 0;
  #bytes = 0;
  #lastUnrecordedGone = -1;

  /**
   * @param maxBytes - what all may weigh; the newest one stays whatever it weighs
   * @param beforeGone - told the index of each entry that is about to make way for a newer one
   */
  constructor(maxBytes: number, beforeGone: (index: number) => void = () => undefined) {
    [this.#maxBytes, this.#beforeGone] = [maxBytes, beforeGone];
  }

  /** The index of the oldest entry that is here; {@link end} where there is none. */
  get begin(): number {
    return this.#base + this.#gone;
  }

  /** The index that the next entry will have. */
  get end(): number {
    return this.#base + this.#entries.length;
  }

  /** The index of the last chat message that is not here any more, and is in no dump either; -1 where there was none. */
  get lastUnrecordedGone(): number {
    return this.#lastUnrecordedGone;
  }

  /** What all weigh, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The entry of an index. */
  at(index: number): FeedEntry | undefined {
    return this.#entries[index - this.#base];
  }

  /** The index of the first entry from an index on, before another, that is no record; undefined where there is none. */
  firstPassing(from: number, before: number): number | undefined {
    for (let index = Math.max(from, this.begin); index < before; index += 1)
      if (!(this.at(index) instanceof FeedRecords)) return index;
    return undefined;
  }

  /** Puts an entry behind all others. */
  add(entry: FeedEntry): void {
    this.#entries.push(entry);
    this.#bytes += entry.weight;
    while (this.#bytes > this.#maxBytes && this.begin < this.end - 1) this.#drop();
    // Cutting moves what is left: only now and then.
    if (this.#gone < CUT_AFTER || this.#gone * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#gone);
    this.#base += this.#gone;
    this.#gone = 0;
  }

  /** Forgets all entries; the next one has the index that it would have had. */
  clear(): void {
    this.#base = this.end;
    this.#entries = [];
    [this.#gone, this.#bytes] = [0, 0];
  }

  /** The index from which on every record behind one is here; undefined where one is not. */
  indexAfter(seq: number): number | undefined {
    const oldest = this.at(this.begin);
    const isHere =
      oldest instanceof FeedRecords ? oldest.first <= seq + 1 : (oldest?.last ?? Infinity) <= seq;
    if (!isHere) return undefined;
    let [low, high] = [this.begin, this.end];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.at(middle)?.last ?? 0) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #drop(): void {
    this.#beforeGone(this.begin);
    const entry = this.#entries[this.#gone];
    this.#bytes -= entry?.weight ?? 0;
    if (entry !== undefined && 'event' in entry && entry.event.type === 'unrecorded')
      this.#lastUnrecordedGone = this.begin;
    this.#entries[this.#gone] = undefined;
    this.#gone += 1;
  }
}
