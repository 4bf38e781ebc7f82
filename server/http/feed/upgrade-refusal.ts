import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_TYPE } from '../../../protocol/problem.js';
import type { AppError } from '../../errors/app-error.js';
import { problemHeaders, problemOf } from '../problem-details.js';
import { DATA_HEADERS, type Headers } from '../security-headers.js';
import { CUT_AFTER_MS } from './feed-limits.js';

/** Answers a request for a WebSocket that is refused, as other requests are: with problem details. Its connection is closed. */
export function refuseUpgrade(error: AppError, requestId: string, socket: Socket): void {
  const { status } = error.kind;
  const body = JSON.stringify(problemOf(error));
  const headers: Headers = {
    ...DATA_HEADERS,
    'Content-Type': PROBLEM_TYPE,
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    'X-Request-Id': requestId,
    ...problemHeaders(error),
    Connection: 'close',
    // RFC 9110 section 15.5.22, RFC 6455 section 4.4
    ...(error.code === 'request.upgrade_required'
      ? { Connection: 'Upgrade, close', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
      : {}),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n'));
  cutOffLater(socket);
}

// What the client still sends is read and thrown away: it would see a reset in place of its answer.
function cutOffLater(socket: Socket): void {
  socket.resume();
  const timer = setTimeout(() => {
    socket.destroy();
  }, CUT_AFTER_MS);
  socket.on('close', () => {
    clearTimeout(timer);
  });
}
