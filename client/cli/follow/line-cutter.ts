import { MAX_MESSAGE_BYTES } from '../pipe/message-limits.js';

/** A line of a followed file, or one that cannot be a message, with the offsets in bytes where it begins and ends. */
export type CutLine = CutText | CutRefusal;

interface Place {
  readonly begin: number;
  /** After the line's end. */
  readonly end: number;
}

interface CutText extends Place {
  readonly kind: 'text';
  readonly text: string;
}

/** A line that cannot be a message. */
export interface CutRefusal extends Place {
  readonly kind: 'refusal';
  readonly reason: string;
  /** As much of it as a message may be long. */
  readonly start: Buffer;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts a followed file into lines, whatever the chunks they come in. It holds no more than one message's length of a line that
 * has not ended: the rest of a longer one passes by.
 */
export class LineCutter {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #parts: Buffer[] = [];
  #held = 0;
  #begin: number;
  #offset: number;

  /** @param offset - where in the file the next chunk comes from */
  constructor(offset: number) {
    this.#begin = offset;
    this.#offset = offset;
  }

  /** Where the next chunk comes from. */
  get offset(): number {
    return this.#offset;
  }

  /** The lines that end in this chunk. */
  push(chunk: Buffer): CutLine[] {
    const lines: CutLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      this.#hold(chunk.subarray(start, end));
      this.#offset += 1;
      lines.push(this.#take(true));
      start = end + 1;
    }
    this.#hold(chunk.subarray(start));
    return lines;
  }

  /** What is held of a line whose end will never come; undefined where that is nothing. */
  end(): CutLine | undefined {
    return this.#offset === this.#begin ? undefined : this.#take(false);
  }

  #hold(bytes: Buffer): void {
    this.#offset += bytes.length;
    // One more, for the CR of an end that is still to come.
    const room = MAX_MESSAGE_BYTES + 1 - this.#held;
    const part = Buffer.from(bytes.subarray(0, Math.max(0, room)));
    if (part.length > 0) this.#parts.push(part);
    this.#held += bytes.length;
  }

  #take(hasEnd: boolean): CutLine {
    const bytes = Buffer.concat(this.#parts);
    const place = { begin: this.#begin, end: this.#offset };
    const isCut = this.#held > bytes.length;
    const line = hasEnd && !isCut && bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
    this.#parts = [];
    this.#held = 0;
    this.#begin = this.#offset;
    const refusal = { kind: 'refusal', ...place, start: line.subarray(0, MAX_MESSAGE_BYTES) } as const;
    if (isCut || line.length > MAX_MESSAGE_BYTES)
      return { ...refusal, reason: `the line is longer than ${String(MAX_MESSAGE_BYTES)} bytes` };
    try {
      return { kind: 'text', ...place, text: this.#decoder.decode(line) };
    } catch {
      return { ...refusal, reason: 'the line is not valid UTF-8' };
    }
  }
}
