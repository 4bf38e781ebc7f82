import { isUtf8 } from 'node:buffer';

const EMPTY = Buffer.alloc(0);

/** Makes texts of pieces of UTF-8 that may be cut within a character. What is no UTF-8 becomes U+FFFD. */
export class TextPieces {
  readonly #maxBytes: number;
  /** The beginning of a character whose rest has not come: three bytes at most. */
  #begun: Buffer = EMPTY;

  /** @param maxBytes - of a text: what is longer becomes several. A character is never cut, however long */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether a character has begun and not ended. */
  get hasBegun(): boolean {
    return this.#begun.length > 0;
  }

  /** The texts of a piece, without a character that has only begun. */
  take(piece: Buffer): Iterable<string> {
    const bytes = this.hasBegun ? Buffer.concat([this.#begun, piece]) : piece;
    const end = bytes.length - unfinishedLength(bytes);
    // A copy: what is kept of a few bytes would keep the whole piece.
    this.#begun = Buffer.from(bytes.subarray(end));
    return cut(bytes.subarray(0, end), this.#maxBytes);
  }

  /** The character that has begun, as if nothing more came. */
  rest(): Iterable<string> {
    const bytes = this.#begun;
    this.#begun = EMPTY;
    return cut(bytes, this.#maxBytes);
  }
}

function* cut(piece: Buffer, maxBytes: number): Generator<string> {
  const bytes = isUtf8(piece) ? piece : Buffer.from(piece.toString('utf8'));
  let begin = 0;
  while (begin < bytes.length) {
    const end = endOfText(bytes, begin, maxBytes);
    yield bytes.toString('utf8', begin, end);
    begin = end;
  }
}

function endOfText(bytes: Buffer, begin: number, maxBytes: number): number {
  let end = begin + maxBytes;
  if (end >= bytes.length) return bytes.length;
  while (isWithinCharacter(bytes[end])) end -= 1;
  return end > begin ? end : begin + characterLength(bytes[begin] ?? 0);
}

function isWithinCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** How many bytes at the end are a character that has begun and can still be one. RFC 3629, section 3. */
function unfinishedLength(bytes: Buffer): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length += 1) {
    const byte = bytes[bytes.length - length];
    if (isWithinCharacter(byte)) continue;
    return characterLength(byte ?? 0) > length ? length : 0;
  }
  return 0;
}

function characterLength(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
