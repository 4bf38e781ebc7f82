import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { judgeServer } from './judge-server.js';
import type { ServerTls } from './server-tls.js';

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
  const socket = begin(target, tls);
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
  socket.on('error', (error) => {
    failure ??= error;
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

function begin({ host, port, protocols }: TlsTarget, { ca, cert, key }: ServerTls): TLSSocket {
  const socket = connect({
    host,
    port,
    servername: isIP(host) === 0 ? host : '',
    minVersion: 'TLSv1.2',
    ...(protocols === undefined ? {} : { ALPNProtocols: [...protocols] }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    // `judgeServer` decides, which can say what is wrong.
    rejectUnauthorized: false,
  });
  socket.setNoDelay(true);
  return socket;
}
