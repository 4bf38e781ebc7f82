import { connect } from 'node:net';
import { GatherError } from '../../api/gather-error.js';

/** The port where a credentials service is given without one. Contract 4. */
export const DEFAULT_CREDENTIALS_PORT = 12_345;

// A reply is one short sentence; whatever is longer comes from something else.
const MAX_REPLY_BYTES = 4096;

/** Where a credentials service listens. */
export interface CredentialsAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Makes one request of contract 4 over a connection of its own: sends lines and gives back the reply, which ends with the
 * connection. Never sent again.
 *
 * @param timeoutMs how long connection and reply may take.
 * @throws GatherError where no connection came about, or no reply.
 */
export function askCredentials(
  { host, port }: CredentialsAddress,
  lines: readonly string[],
  timeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const chunks: Buffer[] = [];
    let size = 0;
    let hasConnected = false;
    const timer = setTimeout(() => {
      socket.destroy(new Error('no answer in time'));
    }, timeoutMs);
    socket.on('connect', () => {
      hasConnected = true;
      socket.write(lines.map((line) => `${line}\n`).join(''));
    });
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_REPLY_BYTES)
        socket.destroy(new Error('the answer is no reply of a credentials service'));
    });
    socket.on('error', (error) => {
      reject(failure(`${host}:${String(port)}`, hasConnected, error));
    });
    socket.on('close', () => {
      clearTimeout(timer);
      if (size > 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(failure(`${host}:${String(port)}`, hasConnected, new Error('the connection was closed')));
    });
  });
}

function failure(address: string, hasConnected: boolean, cause: Error): GatherError {
  return hasConnected
    ? new GatherError('unknown_outcome', `No reply from ${address}: ${cause.message}`, { cause })
    : new GatherError('unreachable', `Cannot reach ${address}: ${cause.message}`, { cause });
}
