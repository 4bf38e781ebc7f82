import { AppError } from '../../errors/app-error.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
/** `[` and `{` are this with another bit, as are `]` and `}`. */
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CASE = 0x20;
const LOWER_U = 0x75;
const UNICODE_ESCAPE_BYTES = 6;

/** What JSON may be made of. */
export interface JsonShape {
  /** Levels of nesting, the whole being the first. */
  readonly maxDepth: number;
  /** How many bytes it may take as it could be written: without spaces, each escape as one byte, each number and word as none. */
  readonly maxBytes: number;
  /** What is told where it takes more. */
  readonly tooLong: () => AppError;
}

/**
 * Refuses JSON that would cost much to parse and come to nothing, by looking at each byte once. Whether it is JSON at all is not
 * looked at.
 *
 * @throws AppError `request.too_deep`; what is told where it takes too many bytes
 */
export function assertShape(json: Uint8Array, { maxDepth, maxBytes, tooLong }: JsonShape): void {
  let depth = 0;
  let bytes = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at] ?? 0;
    const bracket = byte & ~CASE;
    if (byte === QUOTE) {
      const { end, length } = stringAt(json, at);
      at = end;
      bytes += length;
    } else if (byte === COMMA || byte === COLON) bytes += 1;
    else if (byte >= OPEN && (bracket === OPEN || bracket === CLOSE)) {
      bytes += 1;
      depth += bracket === OPEN ? 1 : -1;
      if (depth > maxDepth) throw new AppError('request.too_deep', { details: { limit: maxDepth } });
    }
    if (bytes > maxBytes) throw tooLong();
  }
}

/** Where the last quote is of the string that begins here, and how many bytes it takes with its quotes. */
function stringAt(json: Uint8Array, begin: number): { end: number; length: number } {
  let at = begin + 1;
  let length = 2;
  while (at < json.length && json[at] !== QUOTE) {
    if (json[at] !== BACKSLASH) at += 1;
    else at += json[at + 1] === LOWER_U ? UNICODE_ESCAPE_BYTES : 2;
    length += 1;
  }
  return { end: at, length };
}
