import { isIP } from 'node:net';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { judgeServer } from './judge-server.js';
import { UntrustedServer } from './untrusted-server.js';
import type { ServerTls } from './server-tls.js';
import { isOldTls } from './tls-failure.js';

const NEEDS_TLS_13 =
  'it does not speak TLS 1.3, and with an older one the client certificate (--cert) is shown before it is known to whom';

/** Where a TLS connection goes. */
export interface TlsTarget {
  readonly host: string;
  readonly port: number;
  /** The protocols that may be spoken in it (ALPN). */
  readonly protocols?: readonly string[];
}

/** Told once how it came out: why there is no connection, of which `socket` is what is left; or that it is one to the right server. */
export type OnTlsSocket = (error: Error | null, socket: TLSSocket) => void;

/**
 * Opens a TLS connection. Nobody gets it before the server's certificate is found to be the right one, so that nothing is
 * written to another server.
 *
 * @param timeoutMs how long it may take, with its handshake
 * @returns the connection as it comes about, to be destroyed where it is given up
 */
export function openTlsSocket(
  target: TlsTarget,
  tls: ServerTls,
  timeoutMs: number,
  done: OnTlsSocket,
): TLSSocket {
  const minVersion = leastVersion(tls);
  const socket = begin(target, tls, minVersion);
  const timer = setTimeout(() => {
    socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }));
  }, timeoutMs);
  let failure: Error | undefined;
  let isOver = false;
  const settle = (error: Error | null): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    done(error, socket);
  };
  // Stays: between this and the listener of whoever gets the connection, an error must not go unheard.
  socket.on('error', (error: Error) => {
    failure ??= minVersion === 'TLSv1.3' && isOldTls(error) ? new UntrustedServer(NEEDS_TLS_13) : error;
  });
  socket.once('close', () => {
    settle(failure ?? Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
  });
  socket.once('secureConnect', () => {
    const refusal = judgeServer(socket, tls, target.host);
    if (refusal === undefined) settle(null);
    else socket.destroy(refusal);
  });
  return socket;
}

// In TLS 1.2 the client shows its certificate before anybody can look at the server's; in TLS 1.3 its part of the handshake waits for
// `judgeServer`.
function leastVersion({ cert, isInsecure }: ServerTls): SecureVersion {
  return cert === undefined || isInsecure ? 'TLSv1.2' : 'TLSv1.3';
}

function begin(
  { host, port, protocols }: TlsTarget,
  { ca, cert, key }: ServerTls,
  minVersion: SecureVersion,
): TLSSocket {
  const socket = connect({
    host,
    port,
    servername: isIP(host) === 0 ? host : '',
    minVersion,
    ...(protocols === undefined ? {} : { ALPNProtocols: [...protocols] }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    // `judgeServer` decides, which can say what is wrong.
    rejectUnauthorized: false,
  });
  socket.setNoDelay(true);
  return socket;
}
