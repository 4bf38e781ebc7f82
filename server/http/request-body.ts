import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors/app-error.js';

const DRAIN_MS = 1000;

/**
 * Reads a body.
 *
 * @param limit - bytes
 * @throws AppError `request.body_too_large`; `request.malformed` when the client goes away
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced <= limit) {
    const body = await collect(request, limit);
    if (body !== undefined) return body;
  }
  await drain(request);
  throw new AppError('request.body_too_large', { details: { limit } });
}

function collect(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      resolve(undefined);
    });
    request.once('end', () => {
      const [first] = chunks;
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
    });
    // A request that has ended is closed too; making an error each time would cost more than the rest of this.
    request.once('close', () => {
      if (!request.complete) reject(new AppError('request.malformed'));
    });
    request.once('error', (cause) => {
      reject(new AppError('request.malformed', { cause }));
    });
  });
}

// A client that is still sending does not read an answer, and would see a reset instead: give it a moment.
function drain(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
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
