/** A run of whole lines of a segment, about {@link BLOCK_BYTES} long: the grain in which segments are searched and packed. */
export interface Block {
  /** Bytes from the beginning of the segment, not packed. */
  readonly offset: number;
  readonly bytes: number;
  /** The lowest and the highest number in it; 0 where no line of it is a record. */
  readonly first: number;
  readonly last: number;
  /** Between which times its records were written, in ms since 1970; 0 where there are none. */
  readonly minAt: number;
  readonly maxAt: number;
  /** Where it stands in the packed file, if there is one. */
  readonly packedOffset?: number | undefined;
  readonly packedBytes?: number | undefined;
}

/** Records that were appended in one go. */
export interface AppendedRun {
  /** Where it begins in the segment, in bytes. */
  readonly offset: number;
  readonly bytes: number;
  /** The numbers of its first and its last record. */
  readonly first: number;
  readonly last: number;
  /** When it was written, in ms since 1970. */
  readonly at: number;
}

/** How long a block becomes, unless one line or one appended run is longer. */
const BLOCK_BYTES = 1024 * 1024;

/** Makes blocks of what is appended to a segment, in order. */
export class BlockBuilder {
  readonly #limit: number;
  readonly #closed: Block[];
  #offset = 0;
  #bytes = 0;
  #first = 0;
  #last = 0;
  #minAt = 0;
  #maxAt = 0;

  /**
   * @param known - blocks that there are already; the last of them may still grow
   * @param limit - bytes of a block
   */
  constructor(known: readonly Block[] = [], limit = BLOCK_BYTES) {
    this.#limit = limit;
    this.#closed = known.slice(0, -1);
    const open = known.at(-1);
    if (open === undefined) return;
    this.#offset = open.offset;
    this.#bytes = open.bytes;
    this.#first = open.first;
    this.#last = open.last;
    this.#minAt = open.minAt;
    this.#maxAt = open.maxAt;
  }

  /** All blocks, the one that still grows included. */
  get blocks(): Block[] {
    return this.#bytes === 0 ? [...this.#closed] : [...this.#closed, this.#open()];
  }

  add({ offset, bytes, first, last, at }: AppendedRun): void {
    this.extend(offset, bytes, first, last, at);
  }

  /** The same as {@link add}, for the many lines of a scan. A line that is no record has the number 0. */
  extend(offset: number, bytes: number, first: number, last: number, at: number): void {
    this.stretch(offset);
    if (this.#bytes > 0 && offset + bytes - this.#offset > this.#limit) this.#close();
    if (this.#bytes === 0) this.#offset = offset;
    this.#bytes = offset + bytes - this.#offset;
    if (first > 0) this.#note(first, last, at);
  }

  /** Counts what was appended by others up to an offset to the block that still grows: blocks leave nothing out. */
  stretch(end: number): void {
    if (this.#bytes > 0) this.#bytes = end - this.#offset;
  }

  #note(first: number, last: number, at: number): void {
    const isFirst = this.#first === 0;
    if (isFirst || first < this.#first) this.#first = first;
    if (isFirst || last > this.#last) this.#last = last;
    if (isFirst || at < this.#minAt) this.#minAt = at;
    if (isFirst || at > this.#maxAt) this.#maxAt = at;
  }

  #close(): void {
    this.#closed.push(this.#open());
    this.#bytes = 0;
    this.#first = 0;
    this.#last = 0;
    this.#minAt = 0;
    this.#maxAt = 0;
  }

  #open(): Block {
    return {
      offset: this.#offset,
      bytes: this.#bytes,
      first: this.#first,
      last: this.#last,
      minAt: this.#minAt,
      maxAt: this.#maxAt,
    };
  }
}
