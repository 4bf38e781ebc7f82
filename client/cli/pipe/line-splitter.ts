import { CliError } from '../cli-error.js';
import { encodedLength } from './encoded-length.js';
import { MAX_ENCODED_MESSAGE_BYTES, MAX_MESSAGE_BYTES } from './message-limits.js';

/** One line of the input, without its end. */
export interface Line {
  readonly text: string;
  /** Counted from 1. */
  readonly number: number;
  /** Its length in bytes as a JSON string. */
  readonly encodedBytes: number;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts bytes into lines, whatever the chunks they come in. A line ends with LF or CR LF; what comes after the last
 * one is a line of its own, unless it is empty. Nothing else is changed: a line that is not UTF-8 is an error, not mended.
 *
 * It never holds more than one line, and no more of that than a message may be long: an endless line is an error as
 * soon as it is too long. Lines before a wrong one are given out first.
 */
export class LineSplitter {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #parts: Uint8Array[] = [];
  #held = 0;
  #number = 1;

  /** The lines that end in this chunk. Throws exit code 1 at a line that cannot be sent, with its number. */
  *push(chunk: Uint8Array): Generator<Line, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      this.#hold(chunk.subarray(start, end));
      start = end + 1;
      yield this.#take(true);
    }
    // A copy, so that a short rest does not keep a long chunk in memory.
    this.#hold(chunk.slice(start));
  }

  /** The last line, where the input did not end with a line's end. Throws as `push` does. */
  *end(): Generator<Line, void, undefined> {
    if (this.#held > 0) yield this.#take(false);
  }

  #hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#held += bytes.length;
    // One more, for the CR of an end that is still to come.
    if (this.#held > MAX_MESSAGE_BYTES + 1) throw this.#tooLong();
  }

  #take(hasEnd: boolean): Line {
    const bytes =
      this.#parts.length === 1 ? (this.#parts[0] ?? new Uint8Array()) : Buffer.concat(this.#parts);
    const line = hasEnd && bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
    if (line.length > MAX_MESSAGE_BYTES) throw this.#tooLong();
    const encodedBytes = encodedLength(line);
    const text = this.#decode(line);
    if (encodedBytes > MAX_ENCODED_MESSAGE_BYTES) {
      throw wrongLine(this.#number, 'has so many control characters that it is too long once encoded');
    }
    const taken = { text, number: this.#number, encodedBytes };
    this.#parts = [];
    this.#held = 0;
    this.#number += 1;
    return taken;
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      throw wrongLine(this.#number, 'is not valid UTF-8');
    }
  }

  #tooLong(): CliError {
    return wrongLine(this.#number, `is longer than ${String(MAX_MESSAGE_BYTES)} bytes`);
  }
}

function wrongLine(number: number, problem: string): CliError {
  return new CliError('failed', 'input', `Line ${String(number)} ${problem}`, { fields: { line: number } });
}
