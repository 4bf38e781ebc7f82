import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { ERROR_TABLE } from '../errors/error-table.js';
import type { Logger } from '../observability/logger.js';
import { answered } from './gather-answers.js';

/** How long and how much one client may occupy the server. Times in milliseconds. */
export interface HttpLimits {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly idleTimeout: number;
  readonly maxConnections: number;
}

const MAX_HEADER_BYTES = 16 * 1024;
const CHECK_TIMEOUTS_EVERY_MS = 1000;

const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Makes an HTTP server with every limit set: Node's own defaults are an hour of slow clients without number. */
export function createHttpServer(listener: RequestListener, limits: HttpLimits, logger: Logger): Server {
  const server = createServer(
    {
      headersTimeout: limits.headersTimeout,
      requestTimeout: Math.max(limits.requestTimeout, limits.headersTimeout),
      keepAliveTimeout: limits.idleTimeout,
      connectionsCheckingInterval: CHECK_TIMEOUTS_EVERY_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      noDelay: true,
    },
    listener,
  );
  server.maxConnections = limits.maxConnections;
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    answerMalformed(error, socket, logger);
  });
  server.on('drop', () => {
    logger.warn(
      { limit: limits.maxConnections },
      'A connection was dropped: the limit of open ones is reached.',
    );
  });
  return server;
}

function answerMalformed(error: NodeJS.ErrnoException, socket: Socket, logger: Logger): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = CLIENT_ERRORS[error.code ?? ''] ?? 400;
  logger.info(
    { status, reason: error.code, endpoint: socket.remoteAddress },
    'A malformed request was refused.',
  );
  socket.end(malformedAnswer(status));
}

function malformedAnswer(status: number): string {
  const { body } = answered(status, ERROR_TABLE['request.malformed'].text);
  const text = JSON.stringify(body);
  return [
    `HTTP/1.1 ${String(status)} ${body.status_description}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${String(Buffer.byteLength(text))}`,
    '',
    text,
  ].join('\r\n');
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
 */
export async function closeGracefully(server: Server, graceMs: number): Promise<void> {
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
  });
  clearTimeout(timer);
}
