import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import type { PemPair } from '../../../server/tls/authority/certificate-authority.js';

/** A TLS server that answers every request alike, and knows what was said to it. */
export interface TlsServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** What came in each connection, when it was deciphered. */
  readonly heard: readonly string[];
  /** How many connections there were. */
  readonly connections: () => number;
}

/** What is answered to what has been said so far; undefined while that is not all. */
export type Reply = (heard: string) => string | undefined;

/** Starts it on a free port of 127.0.0.1. Dispose of it to close it with its connections. */
export async function startTlsServer(
  { certPem, keyPem }: PemPair,
  reply: Reply,
  options: TlsOptions = {},
): Promise<TlsServer> {
  const heard: string[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer({ cert: certPem, key: keyPem, ...options }, (socket) => {
    const index = heard.push('') - 1;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      const said = `${heard[index] ?? ''}${chunk.toString()}`;
      heard[index] = said;
      const answer = reply(said);
      if (answer !== undefined) socket.end(answer);
    });
  });
  server.on('connection', (socket: Socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `https://127.0.0.1:${String(port)}`,
    heard,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers each request of HTTP with a status and JSON, and closes. */
export function httpReply(
  answer: (route: string) => { readonly status: number; readonly body: object },
): Reply {
  return (heard) => {
    const [head = '', ...rest] = heard.split('\r\n\r\n');
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (rest.length === 0 || Buffer.byteLength(rest.join('\r\n\r\n')) < length) return undefined;
    const { status, body } = answer(/^\w+ \S+/.exec(head)?.[0] ?? '');
    const type = status >= 400 && !('status_code' in body) ? 'application/problem+json' : 'application/json';
    const text = JSON.stringify(body);
    return `HTTP/1.1 ${String(status)} X\r\nContent-Type: ${type}\r\nContent-Length: ${String(Buffer.byteLength(text))}\r\nConnection: close\r\n\r\n${text}`;
  };
}
