const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LOWER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The bytes that can stand behind a backslash, RFC 8259 section 7; `u` is followed by four hexadecimal digits. */
const ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrtu'));
const LITERALS = ['true', 'false', 'null'].map((word) => Buffer.from(word));

/** The top bits of four bytes. */
const ALL = 0x80808080 | 0;

/** What a scan answers where there is no value. */
export const NO_VALUE = -1;

/**
 * Finds where a JSON value (RFC 8259) ends, by looking at each byte once and making nothing of it: so that a message
 * can be copied from the request into the dump as it is. It accepts what `JSON.parse` does, in bytes that are known to be UTF-8.
 */
export class JsonScanner {
  readonly #maxDepth: number;
  #bytes: Uint8Array = new Uint8Array();
  #view: DataView = new DataView(new ArrayBuffer(0));
  #end = 0;
  #hasUnsafe = false;
  #hasEscape = false;

  /** @param maxDepth - levels of nesting, an object or array itself being the first */
  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  /** Whether what was scanned since {@link forget} holds a byte that may not stand in a line of the dump as it is. */
  get hasUnsafe(): boolean {
    return this.#hasUnsafe;
  }

  /** Whether a string that was scanned since {@link forget} holds a backslash. */
  get hasEscape(): boolean {
    return this.#hasEscape;
  }

  /** Forgets what was noticed of what has been scanned. */
  forget(): void {
    this.#hasUnsafe = false;
    this.#hasEscape = false;
  }

  /** Looks at these bytes from here on, UTF-8. */
  open(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = bytes.length;
  }

  /** Looks no further than here. @param end - a position in the bytes */
  limit(end: number): void {
    this.#end = end;
  }

  /** The position of the next byte that is no white space. */
  skipSpace(position: number): number {
    let at = position;
    while (at < this.#end && isSpace(this.#bytes[at])) at += 1;
    return at;
  }

  /** Where the value that begins here ends; {@link NO_VALUE} where none does, or one that is nested too deep. */
  value(position: number, depth = this.#maxDepth): number {
    switch (this.#bytes[position]) {
      case QUOTE:
        return this.string(position);
      case OPEN_BRACE:
        return depth === 0 ? NO_VALUE : this.#object(position, depth - 1);
      case OPEN_BRACKET:
        return depth === 0 ? NO_VALUE : this.#array(position, depth - 1);
      default:
        return this.#scalar(position);
    }
  }

  /** Where the string that begins here ends, behind its quote. */
  string(position: number): number {
    if (this.#at(position) !== QUOTE) return NO_VALUE;
    let at = position + 1;
    for (;;) {
      at = this.#plainEnd(at);
      const byte = this.#at(at);
      if (byte === QUOTE) return at + 1;
      if (byte === BACKSLASH) {
        at = this.#escape(at);
        if (at === NO_VALUE) return NO_VALUE;
      } else if (byte < 0x20) return NO_VALUE;
      else {
        if (isUnsafe(byte, this.#at(at + 1), this.#at(at + 2))) this.#hasUnsafe = true;
        at += 1;
      }
    }
  }

  /** As {@link string}, where no byte of it all is a backslash, DEL, or beyond ASCII. */
  simpleString(position: number): number {
    const last = this.#end - 8;
    const view = this.#view;
    let at = position + 1;
    for (; at <= last; at += 8) {
      const four = simpleBits(view.getInt32(at, true));
      const next = simpleBits(view.getInt32(at + 4, true));
      if ((four & next) === ALL) continue;
      at += four === ALL ? 4 + countBefore(next) : countBefore(four);
      return this.#bytes[at] === QUOTE ? at + 1 : NO_VALUE;
    }
    at = this.#plainEnd(at);
    return this.#at(at) === QUOTE ? at + 1 : NO_VALUE;
  }

  // Eight bytes at once, as long as all of them are ASCII that stands for itself; then up to the first that is not.
  #plainEnd(position: number): number {
    const last = this.#end - 8;
    const view = this.#view;
    let at = position;
    for (; at <= last; at += 8) {
      const four = plainBits(view.getInt32(at, true));
      const next = plainBits(view.getInt32(at + 4, true));
      if ((four & next) === ALL) continue;
      return at + (four === ALL ? 4 + countBefore(next) : countBefore(four));
    }
    while (isPlain(this.#at(at))) at += 1;
    return at;
  }

  #escape(position: number): number {
    this.#hasEscape = true;
    const byte = this.#at(position + 1);
    if (!ESCAPES.has(byte)) return NO_VALUE;
    if (byte !== LOWER_U) return position + 2;
    for (let at = position + 2; at < position + 6; at += 1) if (!isHexDigit(this.#at(at))) return NO_VALUE;
    return position + 6;
  }

  #object(position: number, depth: number): number {
    let at = this.#spaceInside(position + 1);
    if (this.#at(at) === CLOSE_BRACE) return at + 1;
    for (;;) {
      at = this.string(at);
      if (at === NO_VALUE) return NO_VALUE;
      at = this.#spaceInside(at);
      if (this.#at(at) !== COLON) return NO_VALUE;
      at = this.value(this.#spaceInside(at + 1), depth);
      if (at === NO_VALUE) return NO_VALUE;
      at = this.#spaceInside(at);
      if (this.#at(at) === CLOSE_BRACE) return at + 1;
      if (this.#at(at) !== COMMA) return NO_VALUE;
      at = this.#spaceInside(at + 1);
    }
  }

  #array(position: number, depth: number): number {
    let at = this.#spaceInside(position + 1);
    if (this.#at(at) === CLOSE_BRACKET) return at + 1;
    for (;;) {
      at = this.value(at, depth);
      if (at === NO_VALUE) return NO_VALUE;
      at = this.#spaceInside(at);
      if (this.#at(at) === CLOSE_BRACKET) return at + 1;
      if (this.#at(at) !== COMMA) return NO_VALUE;
      at = this.#spaceInside(at + 1);
    }
  }

  // White space within a value stays in its text, where line ends and tabs may not.
  #spaceInside(position: number): number {
    let at = position;
    for (; at < this.#end && isSpace(this.#bytes[at]); at += 1) {
      if (this.#bytes[at] !== 0x20) this.#hasUnsafe = true;
    }
    return at;
  }

  #scalar(position: number): number {
    for (const word of LITERALS) if (this.#startsWith(word, position)) return position + word.length;
    return this.#number(position);
  }

  #startsWith(word: Uint8Array, position: number): boolean {
    for (let index = 0; index < word.length; index += 1)
      if (this.#at(position + index) !== word[index]) return false;
    return true;
  }

  #number(position: number): number {
    let at = this.#at(position) === 0x2d ? position + 1 : position;
    const whole = this.#at(at) === 0x30 ? at + 1 : this.#digits(at);
    if (whole === at) return NO_VALUE;
    at = whole;
    if (this.#at(at) === 0x2e) {
      const fraction = this.#digits(at + 1);
      if (fraction === at + 1) return NO_VALUE;
      at = fraction;
    }
    if ((this.#at(at) | 0x20) !== 0x65) return at;
    const sign = this.#at(at + 1);
    const begin = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1;
    const exponent = this.#digits(begin);
    return exponent === begin ? NO_VALUE : exponent;
  }

  #digits(position: number): number {
    let at = position;
    while (isDigit(this.#at(at))) at += 1;
    return at;
  }

  // Behind the end there are zeros, which no value holds.
  #at(position: number): number {
    return position < this.#end ? (this.#bytes[position] ?? 0) : 0;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/**
 * The top bit of each of these four bytes that {@link isPlain}, where none is a backslash, DEL or beyond ASCII, and no other
 * bit. To exchange 20 with 22 leaves the quote right behind the controls, and 5F is what brings all that is behind both to 80
 * or more. Nothing is carried from a byte to the next: 7F and 5F are less than 100.
 */
function simpleBits(four: number): number {
  return ((four ^ 0x02020202) + 0x5f5f5f5f) & ALL;
}

/** As {@link simpleBits}, of any bytes. What is carried from one that is not ASCII comes behind the first that is not plain. */
function plainBits(four: number): number {
  const isNoBackslash = (four ^ 0x5c5c5c5c) + 0x7f7f7f7f;
  const isDeleteOrBeyond = (four + 0x01010101) | four;
  return simpleBits(four) & isNoBackslash & ~isDeleteOrBeyond;
}

/** How many of four bytes stand before the first whose top bit is not there. */
function countBefore(bits: number): number {
  const others = bits ^ ALL;
  return (31 - Math.clz32(others & -others)) >> 3;
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== BACKSLASH;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

/**
 * Whether a character that takes these bytes may not stand in a line of the dump: DEL, the C1 controls (C2 80 to C2 9F),
 * U+2028 to U+202E (E2 80 A8 to E2 80 AE) and U+2066 to U+2069 (E2 81 A6 to E2 81 A9).
 */
export function isUnsafe(first: number, second: number, third: number): boolean {
  if (first === 0x7f) return true;
  if (first === 0xc2) return second < 0xa0;
  if (first !== 0xe2) return false;
  if (second === 0x80) return third >= 0xa8 && third <= 0xae;
  return second === 0x81 && third >= 0xa6 && third <= 0xa9;
}
