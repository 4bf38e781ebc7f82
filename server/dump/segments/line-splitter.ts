const NEWLINE = 0x0a;

/** A line longer than this is handed on in pieces: it is no record, and memory stays bounded. */
const MOST_LINE_BYTES = 128 * 1024 * 1024;

/**
 * What is told of each line: where it stands in a buffer, without its line end, and where it begins in the file.
 * `isWhole` is false for a last line without its end, and for the pieces of one that is too long.
 */
export type OnLine = (buffer: Buffer, start: number, end: number, offset: number, isWhole: boolean) => void;

/**
 * Splits chunks of a file into lines, in constant memory but for the longest line, and without copying lines that lie
 * within one chunk. Only LF ends a line.
 */
export class LineSplitter {
  readonly #onLine: OnLine;
  readonly #longest: number;
  #position: number;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #isInPieces = false;

  /**
   * @param position - where in the file the first chunk begins
   * @param longest - bytes of the longest line that is handed on as one
   */
  constructor(onLine: OnLine, position = 0, longest = MOST_LINE_BYTES) {
    this.#onLine = onLine;
    this.#position = position;
    this.#longest = longest;
  }

  /** Takes the next bytes of the file. The chunk may be used for others afterwards. */
  push(chunk: Buffer): void {
    let start = 0;
    if (this.#restBytes > 0 || this.#isInPieces) {
      const end = chunk.indexOf(NEWLINE);
      if (end === -1) {
        this.#keep(chunk);
        return;
      }
      this.#endRest(chunk.subarray(0, end));
      start = end + 1;
    }
    // Where the chunk begins: what stands before `start` is handed on already.
    const base = this.#position - start;
    let end = chunk.indexOf(NEWLINE, start);
    while (end !== -1) {
      this.#onLine(chunk, start, end, base + start, true);
      start = end + 1;
      end = chunk.indexOf(NEWLINE, start);
    }
    this.#position = base + start;
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** Hands on a last line without its end, if there is one. */
  end(): void {
    if (this.#restBytes > 0) this.#handOn(this.#takeRest(), false);
  }

  #keep(bytes: Buffer): void {
    this.#rest.push(Buffer.from(bytes));
    this.#restBytes += bytes.length;
    if (this.#isInPieces || this.#restBytes > this.#longest) this.#handOnPieces();
  }

  // Each as it came: what is too long to be kept is not put together either.
  #handOnPieces(): void {
    const pieces = this.#rest;
    this.#isInPieces = true;
    this.#rest = [];
    this.#restBytes = 0;
    for (const piece of pieces) this.#handOn(piece, false);
  }

  #endRest(bytes: Buffer): void {
    this.#rest.push(bytes);
    const line = this.#takeRest();
    const isWhole = !this.#isInPieces;
    this.#isInPieces = false;
    this.#handOn(line, isWhole);
    this.#position += 1;
  }

  #handOn(line: Buffer, isWhole: boolean): void {
    this.#onLine(line, 0, line.length, this.#position, isWhole);
    this.#position += line.length;
  }

  #takeRest(): Buffer {
    const line = Buffer.concat(this.#rest);
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }
}
