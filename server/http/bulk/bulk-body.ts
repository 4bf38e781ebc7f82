import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../errors/app-error.js';
import { bodyChunks, type Decoding } from '../bodies/body-chunks.js';
import type { ItemLimits, ItemReader } from '../bodies/item-reader.js';
import { readRun, type LineReader } from '../bodies/line-reader.js';
import { lineRuns, shortRuns } from '../bodies/line-runs.js';
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

/** What lines are read with. Each run is read in one go, so that all requests share them. */
export interface BulkReaders {
  readonly items: ItemReader;
  readonly text: TextReader;
}

/** How much one request may bring. */
export interface BulkLimits extends ItemLimits {
  /** Bytes of a body that is not a stream of lines, and of the largest one that is read as a whole. */
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
    if (this.#kind === 'json') await this.#sendArray(stream);
    else if (this.#isShort()) await this.#sendLines(stream, shortRuns(await this.#readWhole()));
    else await this.#sendLines(stream, lineRuns(this.#chunks(), this.#maxLineBytes, this.#receiving));
    await stream.finish();
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

  async #sendLines(stream: BulkStream, runs: Iterable<Buffer> | AsyncIterable<Buffer>): Promise<void> {
    let lines = 0;
    for await (const run of runs) lines += await this.#sendRun(stream, run, lines);
  }

  // Answers how many lines there were.
  async #sendRun(stream: BulkStream, run: Buffer, before: number): Promise<number> {
    if (run.length > this.#maxLineBytes && !run.includes(LINE_FEED))
      throw malformed(before + 1, `is longer than ${String(this.#maxLineBytes)} bytes`);
    const { messages, lines, problem } = readRun(this.#reader, run);
    await stream.add(messages);
    if (problem === undefined) return lines;
    await stream.finish();
    throw malformed(before + lines + 1, problem);
  }

  async #readWhole(): Promise<Buffer> {
    const { maxBodyBytes } = this.#limits;
    if (this.#decoding === undefined) return readBody(this.#request, maxBodyBytes, this.#receiving);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of this.#chunks()) {
      bytes += chunk.length;
      if (bytes > maxBodyBytes) throw tooLarge(maxBodyBytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
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
    return this.#decoding === undefined && announced <= this.#limits.maxBodyBytes;
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
