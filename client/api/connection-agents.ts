import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

// Shorter than any server's own limit, so that a request does not meet a connection which the server is just closing:
// its outcome would be unknown.
const IDLE_CONNECTION_MS = 1_500;
const KEEP_ALIVE = { keepAlive: true, timeout: IDLE_CONNECTION_MS } as const;

/**
 * Keep-alive connections that know which failures happened before a connection stood.
 *
 * This is what tells a request that was certainly not taken from one whose outcome is unknown. An error's code cannot:
 * ETIMEDOUT and EHOSTUNREACH also end connections that have already carried bytes.
 */
export class ConnectionAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  readonly #connectTimeoutMs: number;
  readonly #failedToConnect = new WeakSet<object>();

  /** @param connectTimeoutMs how long a connection, with its TLS handshake, may take to come about. */
  constructor(connectTimeoutMs: number) {
    this.#connectTimeoutMs = connectTimeoutMs;
    this.http = new WatchedHttpAgent((socket) => {
      this.#watch(socket, 'connect');
    });
    this.https = new WatchedHttpsAgent((socket) => {
      this.#watch(socket, 'secureConnect');
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
  }

  #watch(socket: Duplex, readyEvent: 'connect' | 'secureConnect'): void {
    const remember = (error: Error): void => {
      this.#failedToConnect.add(error);
    };
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' }));
    }, this.#connectTimeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      socket.off('error', remember);
    };
    socket.once('error', remember);
    socket.once(readyEvent, settle);
    socket.once('close', settle);
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

class WatchedHttpsAgent extends HttpsAgent {
  readonly #watch: Watch;

  constructor(watch: Watch) {
    super(KEEP_ALIVE);
    this.#watch = watch;
  }

  override createConnection(
    ...args: Parameters<HttpsAgent['createConnection']>
  ): ReturnType<HttpsAgent['createConnection']> {
    const socket = super.createConnection(...args);
    if (socket) this.#watch(socket);
    return socket;
  }
}
