import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../errors/app-error.js';
import { bodyChunks, type Decoding } from '../bodies/body-chunks.js';
import type { ItemLimits, ItemReader } from '../bodies/item-reader.js';
import { readLines, type LineReader } from '../bodies/line-reader.js';
import { lineRuns } from '../bodies/line-runs.js';
import { readBody, tooLarge } from '../bodies/request-body.js';
import type { TextReader } from '../bodies/text-reader.js';
import type { ReceivingBudget } from '../connections/receiving-budget.js';
import { bodyKindOf, decodingOf, type BodyKind } from './bulk-headers.js';
import type { BulkStream } from './bulk-stream.js';

const LINE_FEED = 0x0a;
/** How many bytes of a request a byte of a message takes at most, as an escape. */
const ESCAPE_BYTES = 6;
/** What a line has beside its message: keys, topic, time, white space. */
const MOST_BYTES_BESIDE_MESSAGE = 4096;

/** Lines up to so many bytes are read as a whole, as arrays are. */
const SHORT_BYTES = 256 * 1024;

/** What lines are read with. Each run is read in one go, so that all requests share them. */
export interface BulkReaders {
  readonly items: ItemReader;
  readonly text: TextReader;
}

/** How much one request may bring. */
export interface BulkLimits extends ItemLimits {
  /** Bytes of a body that is not a stream of lines. */
  readonly maxBodyBytes: number;
  /** Messages in an array. */
  readonly maxMessages: number;
}

/** The body of one `POST /v1/messages`: turned into messages as it comes, up to the first that is malformed. */
export class BulkBody {
  readonly #request: IncomingMessage;
  readonly #limits: BulkLimits;
  readonly #readers: BulkReaders;
  readonly #receiving: ReceivingBudget;
  readonly #onProgress: () => void;
  readonly #kind: BodyKind;
  readonly #decoding: Decoding | undefined;
  #held = 0;

  /**
   * @param receiving - what may be held of unfinished bodies in all
   * @param onProgress - told each time a part of a long body has come
   * @throws AppError `request.unsupported_media_type`
   */
  constructor(
    request: IncomingMessage,
    limits: BulkLimits,
    readers: BulkReaders,
    receiving: ReceivingBudget,
    onProgress: () => void,
  ) {
    this.#request = request;
    this.#limits = limits;
    this.#readers = readers;
    this.#receiving = receiving;
    this.#onProgress = onProgress;
    this.#kind = bodyKindOf(request.headers);
    this.#decoding = decodingOf(request.headers);
  }

  /**
   * Sends all messages on their way, and resolves when they are durable. Lines in front of a malformed one are stored; an
   * array is stored as a whole or not at all.
   *
   * @throws AppError `message.malformed`, `request.…`, what storing fails with
   */
  async sendTo(stream: BulkStream): Promise<void> {
    try {
      if (this.#kind === 'json') await this.#sendArray(stream);
      else if (this.#isShort()) await this.#sendRun(stream, await this.#readWhole(), 0);
      else await this.#sendLines(stream);
      await stream.finish();
    } finally {
      this.#receiving.release(this.#held);
      this.#held = 0;
    }
  }

  async #sendArray(stream: BulkStream): Promise<void> {
    const body = await this.#readWhole();
    if (!isUtf8(body)) throw malformed(1, 'is not valid UTF-8');
    const reader = this.#readers.items;
    reader.open(body);
    const problem = reader.readAll(this.#limits.maxMessages);
    if (problem !== undefined) throw malformed(problem.item, problem.reason);
    await stream.add(reader.take());
  }

  async #sendLines(stream: BulkStream): Promise<void> {
    let lines = 0;
    for await (const run of lineRuns(this.#chunks(), this.#maxLineBytes, this.#receiving))
      lines += await this.#sendRun(stream, run, lines);
  }

  // Answers how many lines there were.
  async #sendRun(stream: BulkStream, run: Buffer, before: number): Promise<number> {
    if (run.length > this.#maxLineBytes && !run.includes(LINE_FEED))
      throw malformed(before + 1, `is longer than ${String(this.#maxLineBytes)} bytes`);
    let lines = before;
    for (let begin = 0; begin < run.length;) {
      const read = readLines(this.#reader, run, begin);
      await stream.add(read.messages);
      lines += read.lines;
      if (read.problem !== undefined) {
        await stream.finish();
        throw malformed(lines + 1, read.problem);
      }
      begin = read.end;
    }
    return lines - before;
  }

  // A whole body counts as received until it is stored: others may be waiting for the disk too.
  async #readWhole(): Promise<Buffer> {
    const { maxBodyBytes } = this.#limits;
    if (this.#decoding === undefined) {
      const body = await readBody(this.#request, maxBodyBytes, this.#receiving);
      this.#hold(body.length);
      return body;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of bodyChunks(this.#request, this.#decoding)) {
      this.#hold(chunk.length);
      if (this.#held > maxBodyBytes) throw tooLarge(maxBodyBytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  #hold(bytes: number): void {
    if (!this.#receiving.take(bytes)) throw new AppError('request.busy');
    this.#held += bytes;
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    for await (const chunk of bodyChunks(this.#request, this.#decoding)) {
      this.#onProgress();
      yield chunk;
    }
  }

  // What is announced to be short is read as a whole, which is cheaper and comes to the same.
  #isShort(): boolean {
    const announced = Number(this.#request.headers['content-length'] ?? Number.NaN);
    return this.#decoding === undefined && announced <= Math.min(SHORT_BYTES, this.#limits.maxBodyBytes);
  }

  get #reader(): LineReader {
    return this.#kind === 'text' ? this.#readers.text : this.#readers.items;
  }

  get #maxLineBytes(): number {
    return ESCAPE_BYTES * this.#limits.maxMessageBytes + MOST_BYTES_BESIDE_MESSAGE;
  }
}

function malformed(line: number, reason: string): AppError {
  return new AppError('message.malformed', { details: { line, reason } });
}
