import type { Socket } from 'node:net';
import { AppError } from '../errors/app-error.js';
import { LineReader } from '../gateways/line-reader.js';
import { controlRequest, MOST_REQUEST_BYTES, type ControlRequest } from './control-protocol.js';

/**
 * Reads the one line that a client says.
 *
 * @param withinMs - milliseconds
 * @returns undefined where the signal was aborted first
 * @throws AppError `request.timed_out`, `request.body_too_large`, `request.invalid_json`, `request.malformed`
 */
export async function readControlRequest(
  socket: Socket,
  withinMs: number,
  signal: AbortSignal,
): Promise<ControlRequest | undefined> {
  const line = await readLine(socket, withinMs, signal);
  if (signal.aborted) return undefined;
  if (line === undefined) throw new AppError('request.invalid_json');
  const request = controlRequest.safeParse(parsed(line));
  if (!request.success) throw new AppError('request.malformed');
  return request.data;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new AppError('request.invalid_json', { cause });
  }
}

async function readLine(socket: Socket, withinMs: number, signal: AbortSignal): Promise<string | undefined> {
  const reader = new LineReader(MOST_REQUEST_BYTES);
  const done = new AbortController();
  let received = 0;
  try {
    return await new Promise<string | undefined>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new AppError('request.timed_out'));
      }, withinMs);
      done.signal.addEventListener('abort', () => {
        clearTimeout(timer);
      });
      const giveUp = () => {
        resolve(undefined);
      };
      if (signal.aborted) giveUp();
      signal.addEventListener('abort', giveUp, { signal: done.signal });
      // What comes behind the line is let go.
      socket.on('data', (piece: Buffer) => {
        if (done.signal.aborted) return;
        received += piece.length;
        if (received > MOST_REQUEST_BYTES)
          reject(new AppError('request.body_too_large', { details: { limit: MOST_REQUEST_BYTES } }));
        for (const line of reader.push(piece)) resolve(typeof line === 'string' ? line : undefined);
      });
    });
  } finally {
    done.abort();
  }
}
