import { connect, type Socket } from 'node:net';
import { GatherError } from '../../api/gather-error.js';
import { openTlsSocket } from '../../api/tls/open-tls-socket.js';
import type { ServerTls } from '../../api/tls/server-tls.js';
import { tlsFailure } from '../../api/tls/tls-failure.js';

/** The port where a credentials service is given without one. Contract 4. */
export const DEFAULT_CREDENTIALS_PORT = 12_345;

// A reply is one short sentence; whatever is longer comes from something else.
const MAX_REPLY_BYTES = 4096;
/** What an alert of TLS begins with, RFC 8446, 5.1; no text does. */
const TLS_ALERT = 0x15;

class BrokenOff extends Error {}

/** Where a credentials service listens. */
export interface CredentialsAddress {
  readonly host: string;
  readonly port: number;
  /** What it is trusted by; undefined where it is asked without TLS. */
  readonly tls?: ServerTls | undefined;
}

/**
 * Makes one request of contract 4 over a connection of its own: sends lines and gives back the reply, which ends with the
 * connection. Never sent again.
 *
 * @param timeoutMs how long connection and reply may take.
 * @throws GatherError where no connection came about, or no reply.
 */
export async function askCredentials(
  address: CredentialsAddress,
  lines: readonly string[],
  timeoutMs: number,
): Promise<string> {
  const endsAt = performance.now() + timeoutMs;
  const shown = `${address.host}:${String(address.port)}`;
  const socket = await connected(address, timeoutMs).catch((error: unknown) => {
    throw notConnected(shown, error instanceof Error ? error : new Error(String(error)));
  });
  return replyOn(socket, lines, Math.max(1, endsAt - performance.now())).catch((error: unknown) => {
    throw noReply(shown, error instanceof Error ? error : new Error(String(error)), address.tls);
  });
}

function connected({ host, port, tls }: CredentialsAddress, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (tls !== undefined) {
      openTlsSocket({ host, port }, tls, timeoutMs, (error, socket) => {
        if (error === null) resolve(socket);
        else reject(error);
      });
      return;
    }
    const socket = connect({ host, port });
    const timer = setTimeout(() => {
      socket.destroy(new Error('no answer in time'));
    }, timeoutMs);
    socket.on('error', reject);
    socket.once('close', () => {
      clearTimeout(timer);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

function replyOn(socket: Socket, lines: readonly string[], timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => {
      socket.destroy(new Error('no answer in time'));
    }, timeoutMs);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_REPLY_BYTES)
        socket.destroy(new Error('the answer is no reply of a credentials service'));
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      if (chunks[0]?.[0] === TLS_ALERT)
        reject(new BrokenOff('it does not speak as a credentials service does'));
      else if (size > 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(new BrokenOff('the connection was closed'));
    });
    socket.write(lines.map((line) => `${line}\n`).join(''));
  });
}

function notConnected(address: string, cause: Error): GatherError {
  const text = `Cannot reach ${address}: ${cause.message}`;
  return tlsFailure(address, cause) ?? new GatherError('unreachable', text, { cause });
}

// What speaks TLS closes on whoever does not, or says so in its own way.
function noReply(address: string, cause: Error, tls: ServerTls | undefined): GatherError {
  const isBrokenOff = cause instanceof BrokenOff || ('code' in cause && cause.code === 'ECONNRESET');
  const hint = tls === undefined && isBrokenOff ? '. If it speaks TLS, give --ca or --pin' : '';
  const text = `No reply from ${address}: ${cause.message}${hint}`;
  return tlsFailure(address, cause) ?? new GatherError('unknown_outcome', text, { cause });
}
