import type { GatherError } from '../gather-error.js';
import { openTlsSocket } from './open-tls-socket.js';
import { SYSTEM_TRUST } from './server-tls.js';
import { speaksTlsFailure } from './tls-failure.js';

const MAX_PROBE_MS = 2_000;

/**
 * Looks whether a request in plain HTTP went without an answer because the server speaks TLS, which nothing else but a
 * handshake shows. Nothing is sent in it.
 *
 * @param server a base URL
 * @returns the failure that says so; else the one that there was
 */
export async function explainedByTls(
  error: GatherError,
  server: string,
  timeoutMs: number,
): Promise<GatherError> {
  if (!server.startsWith('http://') || error.status !== undefined || !isBrokenOff(error.cause)) return error;
  return (await speaksTls(server, Math.min(timeoutMs, MAX_PROBE_MS)))
    ? speaksTlsFailure(server, error.cause)
    : error;
}

// Without a word, or with one that is no HTTP.
function isBrokenOff(cause: unknown): boolean {
  if (!(cause instanceof Error) || !('code' in cause)) return false;
  return cause.code === 'ECONNRESET' || cause.code === 'EPIPE' || String(cause.code).startsWith('HPE_');
}

function speaksTls(server: string, timeoutMs: number): Promise<boolean> {
  const { hostname, port } = new URL(server);
  const target = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) };
  return new Promise((resolve) => {
    openTlsSocket(target, { ...SYSTEM_TRUST, isInsecure: true }, timeoutMs, (error, socket) => {
      socket.destroy();
      resolve(error === null);
    });
  });
}
