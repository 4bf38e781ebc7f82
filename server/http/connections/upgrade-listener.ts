import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UnansweredRequests } from './unanswered-requests.js';

/**
 * Takes a request for a WebSocket, whose socket is nobody else's from then on.
 *
 * @param head - what has been read behind the request
 */
export type Upgrade = (request: IncomingMessage, head: Buffer) => void;

/** Headers that are about one connection and what it might become, RFC 9110 section 7.8, RFC 7540 section 3.2. */
const UPGRADING: ReadonlySet<string> = new Set(['connection', 'upgrade', 'http2-settings']);
const CLOSES = /(?:^|,)\s*close\s*(?:,|$)/i;

/** Whether a request asks for a WebSocket. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Makes the listener of `upgrade`, which a request's turn comes to when what was asked before it on its connection is answered.
 *
 * Other protocols than WebSocket are not asked for in earnest: some clients offer HTTP/2 with every request, and are answered as
 * if they had not. Where there is a listener Node hands over their sockets all the same.
 */
export function createUpgradeListener(
  server: Server,
  unanswered: UnansweredRequests,
  upgrade: Upgrade,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  return (request, _socket, head) => {
    const { socket } = request;
    socket.on('error', ignore);
    const takeTurn = () => {
      if (socket.destroyed) return;
      if (asksForWebSocket(request)) upgrade(request, head);
      else readAgain(server, request, head);
    };
    const last = unanswered.lastOn(socket);
    if (last === undefined) takeTurn();
    else last.once('close', takeTurn);
  };
}

// A broken connection is closed too, and that is seen.
function ignore(): void {
  return undefined;
}

// The server takes the socket for a new connection, on which the request comes again without what asked for the upgrade.
function readAgain(server: Server, request: IncomingMessage, head: Buffer): void {
  const { socket } = request;
  socket.off('error', ignore);
  socket.unshift(Buffer.concat([Buffer.from(headOf(request), 'latin1'), head]));
  server.emit('connection', socket);
}

function headOf({ method, url, httpVersion, rawHeaders, headers }: IncomingMessage): string {
  const lines = [`${method ?? ''} ${url ?? ''} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!UPGRADING.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[index + 1] ?? ''}`);
  }
  if (CLOSES.test(headers.connection ?? '')) lines.push('Connection: close');
  return [...lines, '', ''].join('\r\n');
}
