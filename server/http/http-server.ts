import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { ErrorCode } from '../errors/error-table.js';
import { createDropLog } from '../observability/drop-log.js';
import type { Logger } from '../observability/logger.js';
import type { HttpsDoor } from '../tls/tls-identity.js';
import { REFUSED } from './bodies/request-body.js';
import { createEarlyRefusals } from './connections/early-refusals.js';
import { createUpgradeListener, type Upgrade } from './connections/upgrade-listener.js';
import { shakeHandsFirst } from './connections/shake-hands-first.js';
import type { UnansweredRequests } from './connections/unanswered-requests.js';
import { createRefusalLog } from './refusal-log.js';

/** How long and how much one client may occupy the server. Times in milliseconds. */
export interface HttpLimits {
  readonly headersTimeout: number;
  /**
   * To send a whole request, or in a stream of lines the next part of it; also how long an answer may stay unread without any
   * progress.
   */
  readonly requestTimeout: number;
  readonly idleTimeout: number;
  readonly maxConnections: number;
}

const MAX_HEADER_BYTES = 16 * 1024;
const CHECK_TIMEOUTS_EVERY_MS = 1000;
/** How long a client may go on sending when it has its answer. */
const TRAILING_MS = 1000;

/** What the server tells what it sees. */
export interface HttpObservers {
  readonly logger: Logger;
  readonly unanswered: UnansweredRequests;
  /** Told of each request that is refused before it gets to a door. */
  readonly onRefusal: (code: ErrorCode) => void;
}

/** What the server hands requests on to. */
export interface HttpDoors {
  readonly listener: RequestListener;
  /** Takes what asks for a WebSocket; others that ask for an upgrade are answered as if they had not. */
  readonly upgrade: Upgrade;
}

/**
 * Makes an HTTP server with every limit set: Node's own defaults are an hour of slow clients without number.
 *
 * @param https - undefined, it speaks plain HTTP
 */
export function createHttpServer(
  { listener, upgrade }: HttpDoors,
  limits: HttpLimits,
  { logger, unanswered, onRefusal }: HttpObservers,
  https?: HttpsDoor,
): Server {
  const refusals = createEarlyRefusals(unanswered, createRefusalLog(logger, onRefusal));
  const server = createServer(
    {
      headersTimeout: limits.headersTimeout,
      // Node's own would also end a long stream of lines that is coming all the time.
      requestTimeout: 0,
      keepAliveTimeout: limits.idleTimeout,
      connectionsCheckingInterval: CHECK_TIMEOUTS_EVERY_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
      // The doors refuse it, with an answer that says so.
      requireHostHeader: false,
    },
    (request, response) => {
      unanswered.add(response);
      listener(request, response);
    },
  );
  if (https !== undefined) shakeHandsFirst(server, https.secure);
  server.on('upgrade', createUpgradeListener(server, unanswered, upgrade));
  server.maxConnections = limits.maxConnections;
  server.setTimeout(limits.requestTimeout, (socket) => {
    // A request that is being worked on has nothing to be read yet, and one that is arriving has timeouts of its own.
    const isUnread = socket.writableLength > 0 || socket.writableEnded;
    if (isUnread || unanswered.isIdle(socket)) socket.destroy();
  });
  server.on('clientError', refusals.onClientError);
  server.on('checkExpectation', (request, response) => {
    unanswered.add(response);
    refusals.onExpectation(request, response);
  });
  const timer = setInterval(() => {
    for (const response of unanswered.stalled(limits.requestTimeout)) {
      const { socket } = response.req;
      if (isBeingSent(response)) socket.destroy();
      else refusals.onClientError(timedOut(), socket);
    }
    for (const socket of unanswered.trailing(TRAILING_MS)) socket.destroy();
  }, CHECK_TIMEOUTS_EVERY_MS).unref();
  server.on('close', () => {
    clearInterval(timer);
  });
  server.on('drop', createDropLog(logger, limits.maxConnections));
  return server;
}

// Whether an answer is on its way that no longer depends on the rest of its request, and has its turn.
function isBeingSent({ headersSent, socket, req }: ServerResponse): boolean {
  return headersSent && socket !== null && req.listenerCount(REFUSED) === 0;
}

// As Node says it of a request that takes too long.
function timedOut(): NodeJS.ErrnoException {
  return Object.assign(new Error('The request did not arrive in time'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
}

/** Starts listening; resolves with the port. Rejects with Node's error, `EADDRINUSE` for one. */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 4096 }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/**
 * Stops accepting, lets requests that have arrived be answered, and resolves when all connections are closed.
 *
 * @param graceMs - after this, what is still open is cut off
 * @param https - as the server was made with it
 */
export async function closeGracefully(
  server: Server,
  unanswered: UnansweredRequests,
  graceMs: number,
  https?: HttpsDoor,
): Promise<void> {
  unanswered.closeWhenAnswered();
  const timer = setTimeout(() => {
    server.closeAllConnections();
  }, graceMs);
  // A connection that is kept alive would otherwise go on sending.
  server.prependListener('request', (_request: IncomingMessage, response) => {
    response.setHeader('Connection', 'close');
  });
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeIdleConnections();
    // Nothing has been asked on these.
    https?.cutHandshakes();
  });
  clearTimeout(timer);
}
