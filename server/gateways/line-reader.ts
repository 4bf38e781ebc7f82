const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Stands for a line that is longer than it may be. */
export const OVER_LONG = Symbol('over-long');
/** Stands for a line that is no UTF-8. */
export const NO_UTF8 = Symbol('no UTF-8');

/** A line without its end, or what it is instead. */
export type Line = string | typeof OVER_LONG | typeof NO_UTF8;

const EMPTY = Buffer.alloc(0);

/**
 * Cuts what comes over a connection into lines, however it is cut into pieces. A line ends with LF or CRLF. Of a line that is
 * over-long no more is kept than what tells that it is.
 */
export class LineReader {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** Where the line that has begun is put together: it grows with it, so that small pieces are not copied again and again. */
  #kept: Buffer = EMPTY;
  /** How much of that there is: never more than the limit, its end and one byte. */
  #length = 0;

  /** @param maxBytes - of a line, without its end */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether anything has come of a line that has not ended. */
  get hasBegun(): boolean {
    return this.#length > 0;
  }

  /** Whether the line that has begun is over-long already. */
  get isOverLong(): boolean {
    return this.#length > this.#maxBytes + 1;
  }

  /** The lines that end in this piece. */
  *push(piece: Buffer): Generator<Line> {
    let begin = 0;
    for (;;) {
      const end = piece.indexOf(LINE_FEED, begin);
      if (end === -1) break;
      this.#take(piece.subarray(begin, end));
      const line = this.rest();
      this.#kept = EMPTY;
      this.#length = 0;
      yield line;
      begin = end + 1;
    }
    this.#take(piece.subarray(begin));
  }

  /** The line that has begun, as if it ended here: the empty one where nothing has come of it. */
  rest(): Line {
    const begun = this.#kept.subarray(0, this.#length);
    const bytes = begun.at(-1) === CARRIAGE_RETURN ? begun.subarray(0, -1) : begun;
    if (bytes.length > this.#maxBytes) return OVER_LONG;
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return NO_UTF8;
    }
  }

  #take(bytes: Buffer): void {
    const limit = this.#maxBytes + 2;
    const length = Math.min(this.#length + bytes.length, limit);
    if (length === this.#length) return;
    if (length > this.#kept.length) {
      // A copy: what is kept of a few bytes would keep the whole piece.
      const larger = Buffer.allocUnsafe(Math.min(limit, Math.max(length, 2 * this.#kept.length)));
      this.#kept.copy(larger, 0, 0, this.#length);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, this.#length, 0, length - this.#length);
    this.#length = length;
  }
}
