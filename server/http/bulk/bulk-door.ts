import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../errors/app-error.js';
import type { MessageService } from '../../features/messages/message-service.js';
import type { CallerOf } from '../bearer-sessions.js';
import { bodyChunks, type Decoding } from '../bodies/body-chunks.js';
import { ItemReader, type ItemLimits } from '../bodies/item-reader.js';
import { readRun, type LineReader } from '../bodies/line-reader.js';
import { lineRuns, shortRuns } from '../bodies/line-runs.js';
import { readBody, tooLarge } from '../bodies/request-body.js';
import { TextReader } from '../bodies/text-reader.js';
import type { ReceivingBudget } from '../connections/receiving-budget.js';
import type { Door } from '../gather-door.js';
import type { RefusalLog } from '../refusal-log.js';
import type { HostGuard } from '../request-guards.js';
import type { Headers } from '../security-headers.js';
import type { AddressOf } from '../client-address.js';
import { BulkAnswer } from './bulk-answer.js';
import { bodyKindOf, decodingOf, producerOf, type BodyKind } from './bulk-headers.js';
import { BulkStream } from './bulk-stream.js';

const LINE_FEED = 0x0a;
/** How many bytes of a request a byte of a message takes at most, as an escape. */
const ESCAPE_BYTES = 6;
/** What a line has beside its message: keys, topic, time, white space. */
const MOST_BYTES_BESIDE_MESSAGE = 4096;

/** The path that this door is for. */
export const BULK_PATH = '/v1/messages';

/** Whether a request is for this door; what is not exactly so finds it behind Express. */
export function isBulk({ method, url }: IncomingMessage): boolean {
  return method === 'POST' && url === BULK_PATH;
}

/** What the door of `POST /v1/messages` works with. */
export interface BulkDoorOptions extends ItemLimits {
  readonly messages: MessageService;
  readonly callerOf: CallerOf;
  readonly assertHost: HostGuard;
  readonly addressOf: AddressOf;
  readonly logRefusal: RefusalLog;
  readonly newRequestId: () => string;
  readonly headers: Headers;
  /** Bytes of a body that is not a stream of lines, and of the largest one that is read as a whole. */
  readonly maxBodyBytes: number;
  /** Messages in an array. */
  readonly maxMessages: number;
  readonly receiving: ReceivingBudget;
  /** Told each time a part of a long body has come. */
  readonly onProgress: (response: ServerResponse) => void;
}

/**
 * Makes the door of `POST /v1/messages`. Like that of contract 1 it needs nothing of Express.
 *
 * Lines are parsed and stored as they come, in constant memory, and a slow disk slows their sender down.
 */
export function createBulkDoor(options: BulkDoorOptions): Door {
  const { maxMessageBytes, maxMessages, maxBodyBytes, receiving } = options;
  const maxLineBytes = ESCAPE_BYTES * maxMessageBytes + MOST_BYTES_BESIDE_MESSAGE;

  return async function bulkDoor(request, response) {
    const answer = new BulkAnswer(request, response, options.headers, options.newRequestId());
    try {
      await take(request, response, answer);
    } catch (error) {
      const refusal = options.logRefusal(error, request, answer.requestId, options.addressOf(request));
      await answer.refuse(refusal);
    }
  };

  async function take(request: IncomingMessage, response: ServerResponse, answer: BulkAnswer) {
    options.assertHost(request);
    const { session, endpoint } = options.callerOf(request);
    const { headers } = request;
    const kind = bodyKindOf(headers);
    const decoding = decodingOf(headers);
    const sink = options.messages.openStream(session, endpoint);
    const stream = new BulkStream(sink, producerOf(headers), () => {
      answer.acknowledge();
    });
    answer.watch(stream);
    if (kind === 'json') await takeArray(request, decoding, stream);
    else if (isShort(request, decoding)) await takeWhole(request, kind, stream);
    else await takeLines(request, response, decoding, readerOf(kind), stream);
    answer.succeed();
  }

  async function takeArray(request: IncomingMessage, decoding: Decoding | undefined, stream: BulkStream) {
    const body =
      decoding === undefined
        ? await readBody(request, maxBodyBytes, receiving)
        : await readDecoded(request, decoding);
    if (!isUtf8(body)) throw malformed(1, 'is not valid UTF-8');
    const reader = new ItemReader(options);
    reader.open(body);
    const problem = reader.readAll(maxMessages);
    if (problem !== undefined) throw malformed(problem.item, problem.reason);
    await stream.add(reader.take());
    await stream.finish();
  }

  async function readDecoded(request: IncomingMessage, decoding: Decoding): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of bodyChunks(request, decoding)) {
      bytes += chunk.length;
      if (bytes > maxBodyBytes) throw tooLarge(maxBodyBytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  async function takeWhole(request: IncomingMessage, kind: BodyKind, stream: BulkStream) {
    const body = await readBody(request, maxBodyBytes, receiving);
    const reader = readerOf(kind);
    let lines = 0;
    for (const run of shortRuns(body)) lines += await takeRun(run, lines, reader, stream);
    await stream.finish();
  }

  async function takeLines(
    request: IncomingMessage,
    response: ServerResponse,
    decoding: Decoding | undefined,
    reader: LineReader,
    stream: BulkStream,
  ) {
    let lines = 0;
    const chunks = progressing(bodyChunks(request, decoding), () => {
      options.onProgress(response);
    });
    for await (const run of lineRuns(chunks, maxLineBytes, receiving)) {
      lines += await takeRun(run, lines, reader, stream);
    }
    await stream.finish();
  }

  // Answers how many lines there were.
  async function takeRun(run: Buffer, before: number, reader: LineReader, stream: BulkStream) {
    if (run.length > maxLineBytes && !run.includes(LINE_FEED))
      throw malformed(before + 1, `is longer than ${String(maxLineBytes)} bytes`);
    const { messages, lines, problem } = readRun(reader, run);
    await stream.add(messages);
    if (problem === undefined) return lines;
    await stream.finish();
    throw malformed(before + lines + 1, problem);
  }

  function readerOf(kind: BodyKind): LineReader {
    return kind === 'text' ? new TextReader(maxMessageBytes) : new ItemReader(options);
  }

  // What is announced to be short is read as a whole, which is cheaper and comes to the same.
  function isShort({ headers }: IncomingMessage, decoding: Decoding | undefined): boolean {
    return decoding === undefined && Number(headers['content-length'] ?? Number.NaN) <= maxBodyBytes;
  }
}

async function* progressing(chunks: AsyncIterable<Buffer>, onProgress: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onProgress();
    yield chunk;
  }
}

function malformed(line: number, reason: string): AppError {
  return new AppError('message.malformed', { details: { line, reason } });
}
