import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../../errors/app-error.js';
import type { ReceivingBudget } from '../connections/receiving-budget.js';

/** What a request emits, with an AppError, when the rest of it will not come. */
export const REFUSED = Symbol('refused');

const DRAIN_MS = 1000;

/** What a chunk takes beside its bytes: a body can come in chunks of one byte. */
const CHUNK_BYTES = 256;

/**
 * Reads a body.
 *
 * @param limit - bytes
 * @param receiving - what may be held of unfinished bodies in all
 * @throws AppError `request.body_too_large`; `request.busy`; `request.malformed` when the client goes away; what the
 *   request emits as {@link REFUSED}
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  receiving: ReceivingBudget,
): Promise<Buffer> {
  const header = request.headers['content-length'];
  const announced = header === undefined ? undefined : Number(header);
  const isTooLarge = announced !== undefined && announced > limit;
  const body = isTooLarge ? tooLarge(limit) : await collect(request, { limit, announced, receiving });
  if (!(body instanceof AppError)) return body;
  await drain(request);
  throw body;
}

interface Bounds {
  readonly limit: number;
  readonly announced: number | undefined;
  readonly receiving: ReceivingBudget;
}

/** The body, or why it is not taken although the client goes on sending it. */
function collect(request: IncomingMessage, bounds: Bounds): Promise<Buffer | AppError> {
  return new Promise((resolve, reject) => {
    const parts = new BodyParts(bounds);
    request.on('data', (chunk: Buffer) => {
      const refusal = parts.add(chunk);
      if (refusal !== undefined) resolve(refusal);
    });
    request.on('end', () => {
      resolve(parts.take());
    });
    const fail = (error: AppError) => {
      parts.take();
      reject(error);
    };
    // A request that has ended is closed too; making an error each time would cost more than the rest of this.
    request.on('close', () => {
      if (!request.complete) fail(new AppError('request.malformed'));
    });
    request.on('error', (cause) => {
      fail(new AppError('request.malformed', { cause }));
    });
    request.on(REFUSED, fail);
  });
}

/** What has come of a body. Its bytes count while more is to come: the one that completes it waits for nobody. */
class BodyParts {
  readonly #bounds: Bounds;
  #chunks: Buffer[] = [];
  #size = 0;
  #held = 0;
  #isRefused = false;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  /** Keeps a chunk, or answers why the body is not taken. */
  add(chunk: Buffer): AppError | undefined {
    if (this.#isRefused) return undefined;
    const { limit, announced, receiving } = this.#bounds;
    this.#size += chunk.length;
    if (this.#size > limit) return this.#refuse(tooLarge(limit));
    if (this.#size !== announced) {
      const bytes = chunk.length + CHUNK_BYTES;
      if (!receiving.take(bytes)) return this.#refuse(new AppError('request.busy'));
      this.#held += bytes;
    }
    this.#chunks.push(chunk);
    return undefined;
  }

  /** Everything that has come, which is not held here any more. */
  take(): Buffer {
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bounds.receiving.release(this.#held);
    this.#held = 0;
    const [first] = chunks;
    return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
  }

  #refuse(error: AppError): AppError {
    this.#isRefused = true;
    this.take();
    return error;
  }
}

/** The error of a body that is too large. @param limit - bytes */
export function tooLarge(limit: number): AppError {
  return new AppError('request.body_too_large', { details: { limit } });
}

/** Reads on for a moment: a client that is still sending does not read an answer, and would see a reset instead. */
export function drain(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (request.complete || request.destroyed) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, DRAIN_MS);
    request.resume();
    request.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    request.once('end', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * The JSON object in a body.
 *
 * @param maxDepth - levels of nesting, the object itself being the first
 * @throws AppError `request.invalid_json`, `request.not_an_object`, `request.too_deep`
 */
export function parseJsonObject(body: Buffer, maxDepth: number): Readonly<Record<string, unknown>> {
  const value = parseJson(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AppError('request.not_an_object');
  }
  if (isDeeper(value, maxDepth)) throw new AppError('request.too_deep', { details: { limit: maxDepth } });
  return value as Readonly<Record<string, unknown>>;
}

function parseJson(body: Buffer): unknown {
  // Decoding would put a replacement character where bytes are wrong: not the message that was sent.
  if (!isUtf8(body)) throw new AppError('request.invalid_json');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new AppError('request.invalid_json', { cause });
  }
}

// Looks at each value where it is: lists of them would be larger than the body, for anybody who asks.
function isDeeper(value: object, maxDepth: number): boolean {
  if (maxDepth === 0) return true;
  if (Array.isArray(value)) return value.some((each) => isObject(each) && isDeeper(each, maxDepth - 1));
  for (const key in value) {
    const each = (value as Readonly<Record<string, unknown>>)[key];
    if (isObject(each) && isDeeper(each, maxDepth - 1)) return true;
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
