import { on } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError } from '../../errors/app-error.js';
import { REFUSED } from './request-body.js';

/** How a body is taken out of its Content-Encoding. */
export interface Decoding {
  readonly name: string;
  readonly createDecoder: () => Duplex;
}

// Chunks that have come and were not taken yet: from here on the socket is not read.
const MOST_CHUNKS_WAITING = 2;

/**
 * The bytes of a body as they come, decoded, and no faster than they are taken. Whoever stops taking them leaves the request
 * as it is, so that it can still be answered.
 *
 * @throws AppError `request.malformed` when the client goes away, `request.invalid_encoding`; what the request emits as
 *   {@link REFUSED}
 */
export async function* bodyChunks(
  request: IncomingMessage,
  decoding: Decoding | undefined,
): AsyncGenerator<Buffer> {
  const failure = new AbortController();
  const fail = (cause: unknown) => {
    failure.abort(cause instanceof AppError ? cause : new AppError('request.malformed', { cause }));
  };
  const failIfCut = () => {
    if (!request.complete) fail(undefined);
  };
  request.once(REFUSED, fail).once('error', fail).once('close', failIfCut);
  const decoder = decoding?.createDecoder();
  const chunks = on(decoder === undefined ? request : request.pipe(decoder), 'data', {
    close: ['end'],
    signal: failure.signal,
    highWaterMark: MOST_CHUNKS_WAITING,
    lowWaterMark: 1,
  });
  try {
    for await (const [chunk] of chunks) yield chunk as Buffer;
  } catch (cause) {
    if (failure.signal.aborted) throw failure.signal.reason;
    throw new AppError('request.invalid_encoding', { details: { encoding: decoding?.name ?? '' }, cause });
  } finally {
    request.off(REFUSED, fail).off('error', fail).off('close', failIfCut);
    if (decoder !== undefined) request.unpipe(decoder);
    decoder?.destroy();
  }
}
