import { SPAN_STRIDE, type MessageList } from '../../dump/message-log.js';
import { isUnsafe } from './json-scanner.js';
import type { LineReader } from './line-reader.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX = Buffer.from('0123456789abcdef');
/** The most that one byte becomes. */
const ESCAPE_BYTES = 6;
const INITIAL_MESSAGES = 128;

/** Makes messages of lines of text: each one its JSON string literal, as it will stand in the dump. */
export class TextReader implements LineReader {
  readonly #maxMessageBytes: number;
  #lines: Buffer = Buffer.alloc(0);
  #out: Buffer = Buffer.alloc(0);
  #length = 0;
  #spans = new Int32Array(INITIAL_MESSAGES * SPAN_STRIDE);
  #count = 0;

  /** @param maxMessageBytes - of a line without its end */
  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Begins a list of the lines in these bytes, which are valid UTF-8. */
  open(bytes: Buffer): void {
    this.#lines = bytes;
    this.#out = Buffer.allocUnsafe(Math.ceil(bytes.length * 1.125) + 1024);
    this.#length = 0;
    this.#spans = new Int32Array(Math.max(INITIAL_MESSAGES, this.#count) * SPAN_STRIDE);
    this.#count = 0;
  }

  /** How many lines have been read. */
  get count(): number {
    return this.#count;
  }

  /** What has been read, which is not held here any more. */
  take(): MessageList {
    return { count: this.#count, bytes: this.#out.subarray(0, this.#length), spans: this.#spans };
  }

  readPlainLines(begin: number): number {
    return begin;
  }

  /** Reads a line, the CR of a CR LF aside; answers why it is no message, or undefined. */
  readLine(begin: number, end: number): string | undefined {
    const last = end > begin && this.#lines[end - 1] === 0x0d ? end - 1 : end;
    if (last - begin > this.#maxMessageBytes) return `has more than ${String(this.#maxMessageBytes)} bytes`;
    this.#reserve((last - begin) * ESCAPE_BYTES + 2);
    const base = this.#count * SPAN_STRIDE;
    this.#spans[base] = this.#length;
    this.#escape(begin, last);
    this.#spans[base + 1] = this.#length;
    this.#count += 1;
    return undefined;
  }

  #escape(begin: number, end: number): void {
    const lines = this.#lines;
    const out = this.#out;
    let to = this.#length;
    out[to++] = QUOTE;
    for (let from = begin; from < end; from += 1) {
      const byte = lines[from] ?? 0;
      const width = byte >= 0x20 && byte < 0x7f ? 0 : this.#widthOfUnsafe(from, byte);
      if (width > 0) {
        to = writeEscape(out, to, lines.toString('utf8', from, from + width).charCodeAt(0));
        from += width - 1;
        continue;
      }
      if (byte === QUOTE || byte === BACKSLASH) out[to++] = BACKSLASH;
      out[to++] = byte;
    }
    out[to++] = QUOTE;
    this.#length = to;
  }

  // How many bytes the character here takes, if it has to become an escape; else 0.
  #widthOfUnsafe(position: number, byte: number): number {
    if (byte < 0x20) return 1;
    const lines = this.#lines;
    if (!isUnsafe(byte, lines[position + 1] ?? 0, lines[position + 2] ?? 0)) return 0;
    return byte === 0x7f ? 1 : byte === 0xc2 ? 2 : 3;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes > this.#out.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#out.length * 2, this.#length + bytes));
      this.#out.copy(larger, 0, 0, this.#length);
      this.#out = larger;
    }
    if ((this.#count + 1) * SPAN_STRIDE <= this.#spans.length) return;
    const longer = new Int32Array(this.#spans.length * 2);
    longer.set(this.#spans);
    this.#spans = longer;
  }
}

function writeEscape(out: Buffer, position: number, unit: number): number {
  out.write('\\u', position, 'latin1');
  for (let digit = 0; digit < 4; digit += 1) {
    out[position + 2 + digit] = HEX[(unit >> (12 - 4 * digit)) & 15] ?? 0;
  }
  return position + ESCAPE_BYTES;
}
