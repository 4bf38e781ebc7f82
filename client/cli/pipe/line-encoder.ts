import { CliError } from '../cli-error.js';
import { MAX_MESSAGE_BYTES } from './message-limits.js';

/** Some messages in the form in which they are sent, one NDJSON line each. At least one. */
export interface Block {
  readonly bytes: Uint8Array;
  /** The number of the first message, counted from 1. */
  readonly first: number;
  readonly count: number;
  /** The line of the input that the first message stands in, from 1; the others stand in the lines after it. */
  readonly firstLine: number;
}

export interface LineEncoderOptions {
  /** 1 to 64 of `A-Za-z0-9._-`, for every message. */
  readonly topic?: string | undefined;
  /** Each line is a JSON value, and that is the message; a blank line is none. */
  readonly isNdjson?: boolean | undefined;
  /** The time that each message gets, as it is when its chunk comes: RFC 3339. None where this is left out. */
  readonly timeOf?: (() => string) | undefined;
}

const LF = 0x0a;
// What may stand in a JSON string as it is and takes one byte, and the line ends between the lines.
const NOT_PLAIN = /[^\n\x20\x21\x23-\x5b\x5d-\x7e]/;

/**
 * Makes messages of lines, whatever the chunks they come in. A line ends with LF or CR LF; what comes after the last
 * one is a line of its own, unless it is empty. Nothing else is changed: a line that is not UTF-8 is an error, not mended.
 *
 * It holds no more than one line that has not ended, and no more of that than a message may be long. What comes before a
 * wrong line is given out first.
 */
export class LineEncoder {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #isNdjson: boolean;
  readonly #begin: string;
  readonly #timeOf: (() => string) | undefined;
  #before: string;
  #parts: Uint8Array[] = [];
  #held = 0;
  #line = 1;
  #number = 1;

  constructor({ topic, isNdjson = false, timeOf }: LineEncoderOptions = {}) {
    this.#isNdjson = isNdjson;
    this.#begin = topic === undefined ? '{' : `{"topic":${JSON.stringify(topic)},`;
    this.#timeOf = timeOf;
    this.#before = this.#newBefore();
  }

  /** The messages whose lines end in this chunk. Throws exit code 1 at a line that cannot be sent, with its number. */
  *push(chunk: Uint8Array): Generator<Block, void, undefined> {
    this.#before = this.#newBefore();
    const last = chunk.lastIndexOf(LF);
    let start = 0;
    if (last !== -1 && this.#held > 0) {
      const end = chunk.indexOf(LF);
      this.#hold(chunk.subarray(0, end));
      yield* this.#encode(this.#takeHeld(), true);
      start = end + 1;
    }
    if (start <= last) yield* this.#encode(chunk.subarray(start, last), true);
    // A copy, so that a short rest does not keep a long chunk in memory.
    this.#hold(chunk.slice(last + 1));
  }

  /** The last message, where the input did not end with a line's end. Throws as `push` does. */
  *end(): Generator<Block, void, undefined> {
    if (this.#held > 0) yield* this.#encode(this.#takeHeld(), false);
  }

  #newBefore(): string {
    if (this.#timeOf === undefined) return `${this.#begin}"message":`;
    return `${this.#begin}"time":${JSON.stringify(this.#timeOf())},"message":`;
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#held += bytes.length;
    // One more, for the CR of an end that is still to come.
    if (this.#held > MAX_MESSAGE_BYTES + 1) throw this.#tooLong();
  }

  #takeHeld(): Uint8Array {
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#held = 0;
    return bytes;
  }

  // Lines with an LF between each two of them; whether the last one has an end decides what a CR there is.
  *#encode(lines: Uint8Array, hasEnd: boolean): Generator<Block, void, undefined> {
    const plain = this.#plainBlock(lines);
    if (plain !== undefined) {
      yield plain;
      return;
    }
    const block = this.#blockOfAll(lines);
    if (block !== undefined) {
      yield block;
      return;
    }
    for (const line of eachLine(lines)) {
      const single = this.#blockOfOne(hasEnd ? withoutCr(line) : line);
      if (single !== undefined) yield single;
    }
  }

  // Nearly everything that is piped: there is nothing to escape, and no line can be too long.
  #plainBlock(lines: Uint8Array): Block | undefined {
    if (this.#isNdjson || lines.length > MAX_MESSAGE_BYTES) return undefined;
    const text = Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString('latin1');
    if (NOT_PLAIN.test(text)) return undefined;
    const texts = text.split('\n');
    const written = `${this.#before}"${texts.join(`"}\n${this.#before}"`)}"}\n`;
    return this.#block(Buffer.from(written, 'latin1'), texts.length);
  }

  // Undefined where one of the lines needs to be looked at by itself.
  #blockOfAll(lines: Uint8Array): Block | undefined {
    if (lines.length > MAX_MESSAGE_BYTES) return undefined;
    const text = this.#decoded(lines);
    if (text === undefined) return undefined;
    let written = '';
    const texts = text.split('\n');
    // A CR behind the last line: `#blockOfOne` knows whether it belongs to an end.
    if (texts.length === 1 && text.endsWith('\r')) return undefined;
    for (const line of texts) {
      const value = this.#valueOf(line.endsWith('\r') ? line.slice(0, -1) : line);
      if (value === undefined) return undefined;
      written += `${this.#before}${value}}\n`;
    }
    return this.#block(Buffer.from(written), texts.length);
  }

  #blockOfOne(line: Uint8Array): Block | undefined {
    if (line.length > MAX_MESSAGE_BYTES) throw this.#tooLong();
    const text = this.#decoded(line);
    if (text === undefined) throw wrongLine(this.#line, 'is not valid UTF-8');
    if (this.#isNdjson && text.trim() === '') {
      this.#line += 1;
      return undefined;
    }
    const value = this.#valueOf(text);
    if (value === undefined) throw wrongLine(this.#line, 'is not a JSON value');
    return this.#block(Buffer.from(`${this.#before}${value}}\n`), 1);
  }

  // A JSON text that is the message; undefined where the line is none.
  #valueOf(line: string): string | undefined {
    if (!this.#isNdjson) return JSON.stringify(line);
    try {
      JSON.parse(line);
      return line;
    } catch {
      return undefined;
    }
  }

  #decoded(bytes: Uint8Array): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return undefined;
    }
  }

  #block(bytes: Uint8Array, count: number): Block {
    const block = { bytes, first: this.#number, count, firstLine: this.#line };
    this.#number += count;
    this.#line += count;
    return block;
  }

  #tooLong(): CliError {
    return wrongLine(this.#line, `is longer than ${String(MAX_MESSAGE_BYTES)} bytes`);
  }
}

function* eachLine(lines: Uint8Array): Generator<Uint8Array, void, undefined> {
  let start = 0;
  for (let end = lines.indexOf(LF); end !== -1; end = lines.indexOf(LF, start)) {
    yield lines.subarray(start, end);
    start = end + 1;
  }
  yield lines.subarray(start);
}

function withoutCr(line: Uint8Array): Uint8Array {
  return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
}

function wrongLine(number: number, problem: string): CliError {
  return new CliError('failed', 'input', `Line ${String(number)} ${problem}`, { fields: { line: number } });
}
