const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
// \b \t \n \f \r have an escape of two characters; every other control character takes six.
const SHORT_ESCAPES = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d]);

/** How many bytes a text of valid UTF-8 takes as a JSON string, its two quotes included. */
export function encodedLength(utf8: Uint8Array): number {
  let length = utf8.length + 2;
  for (const byte of utf8) {
    if (byte < FIRST_PRINTABLE) length += SHORT_ESCAPES.has(byte) ? 1 : 5;
    else if (byte === QUOTE || byte === BACKSLASH) length += 1;
  }
  return length;
}
