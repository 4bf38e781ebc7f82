import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type OnTlsSocket, openTlsSocket } from '../tls/open-tls-socket.js';
import { type ServerTls, SYSTEM_TRUST } from '../tls/server-tls.js';

// Shorter than any server's own limit, so that a request does not meet a connection which the server is just closing:
// its outcome would be unknown.
const IDLE_CONNECTION_MS = 1_500;
const KEEP_ALIVE = { keepAlive: true, timeout: IDLE_CONNECTION_MS } as const;
const HTTP_PROTOCOLS = ['http/1.1'] as const;

export interface ConnectionAgentsOptions {
  /** How long a connection, with its TLS handshake, may take to come about. */
  readonly connectTimeoutMs: number;
  /** What the server is trusted by, where it speaks TLS. */
  readonly tls?: ServerTls | undefined;
}

/**
 * Keep-alive connections that know which failures happened before a connection stood. One over TLS stands when the server has
 * proved to be the right one: no request gets it before.
 *
 * This is what tells a request that was certainly not taken from one whose outcome is unknown. An error's code cannot:
 * ETIMEDOUT and EHOSTUNREACH also end connections that have already carried bytes.
 */
export class ConnectionAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  readonly #options: ConnectionAgentsOptions;
  readonly #failedToConnect = new WeakSet<object>();
  readonly #beginning = new Set<TLSSocket>();

  constructor(options: ConnectionAgentsOptions) {
    this.#options = options;
    this.http = new WatchedHttpAgent((socket) => {
      this.#watch(socket);
    });
    this.https = new SecureAgent((host, port, done) => {
      this.#secure(host, port, done);
    });
  }

  /** Whether this very error ended an attempt to connect, so that no byte of a request has left. */
  hasFailedToConnect(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.#failedToConnect.has(error);
  }

  /** Closes the connections that are left. */
  close(): void {
    this.http.destroy();
    this.https.destroy();
    for (const socket of this.#beginning) socket.destroy();
  }

  #watch(socket: Duplex): void {
    const remember = (error: Error): void => {
      this.#failedToConnect.add(error);
    };
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }));
    }, this.#options.connectTimeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('error', remember);
    };
    socket.once('error', remember);
    socket.once('connect', settle);
    socket.once('close', settle);
  }

  #secure(host: string, port: number, done: OnTlsSocket): void {
    const { tls = SYSTEM_TRUST, connectTimeoutMs } = this.#options;
    const target = { host, port, protocols: HTTP_PROTOCOLS };
    const beginning = openTlsSocket(target, tls, connectTimeoutMs, (error, socket) => {
      this.#beginning.delete(socket);
      if (error !== null) this.#failedToConnect.add(error);
      done(error, socket);
    });
    this.#beginning.add(beginning);
  }
}

type Watch = (socket: Duplex) => void;

class WatchedHttpAgent extends HttpAgent {
  readonly #watch: Watch;

  constructor(watch: Watch) {
    super(KEEP_ALIVE);
    this.#watch = watch;
  }

  override createConnection(
    ...args: Parameters<HttpAgent['createConnection']>
  ): ReturnType<HttpAgent['createConnection']> {
    const socket = super.createConnection(...args);
    if (socket) this.#watch(socket);
    return socket;
  }
}

type Secure = (host: string, port: number, done: OnTlsSocket) => void;
type CreateConnection = Parameters<HttpsAgent['createConnection']>;

class SecureAgent extends HttpsAgent {
  readonly #secure: Secure;

  constructor(secure: Secure) {
    super(KEEP_ALIVE);
    this.#secure = secure;
  }

  // Returns nothing: the connection is handed to the callback, once it stands.
  override createConnection({ host, port }: CreateConnection[0], callback: CreateConnection[1]): undefined {
    this.#secure(host ?? 'localhost', Number(port ?? 443), (error, socket) => {
      callback?.(error, socket);
    });
    return undefined;
  }
}
