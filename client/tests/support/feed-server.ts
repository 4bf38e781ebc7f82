import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { WebSocketServer, type WebSocket } from 'ws';
import { FEED_PROTOCOL, type FeedEvent, type FeedRequest } from '../../../protocol/feed.js';

/** One connection to the feed, as it was asked for. */
export interface FeedPeer {
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly socket: WebSocket;
  /** What the client has said so far. */
  readonly said: readonly FeedRequest[];
  /** Tells events. */
  readonly tell: (...events: readonly FeedEvent[]) => void;
  /** Answers what the client has said last. */
  readonly answer: (fields: Readonly<Record<string, unknown>>) => void;
}

export interface FeedScript {
  /** What happens with the n-th connection, from 1. */
  readonly onPeer: (peer: FeedPeer, count: number) => void;
  /** Called with each thing that a client says. */
  readonly onSaid?: (peer: FeedPeer, request: FeedRequest) => void;
  /** How the n-th request for a WebSocket is refused, or not answered; undefined where it is taken. */
  readonly refuse?: (
    count: number,
    request: IncomingMessage,
  ) => { status: number; code: string; detail: string } | 'nothing' | undefined;
  /** Answers all other requests. */
  readonly onRequest?: (request: IncomingMessage, response: ServerResponse, body: string) => void;
}

/** A bare server of the feed that does exactly what it is told to. */
export interface FeedServer extends AsyncDisposable {
  readonly url: string;
  readonly peers: readonly FeedPeer[];
}

/** Starts it on a free port. Dispose of it to close it with its connections. */
export async function startFeedServer(script: FeedScript): Promise<FeedServer> {
  const peers: FeedPeer[] = [];
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => FEED_PROTOCOL });
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (script.onRequest !== undefined) script.onRequest(request, response, body);
      else response.writeHead(404).end();
    });
  });
  const open = new Set<Duplex>();
  let asked = 0;
  server.on('upgrade', (request, socket, head) => {
    open.add(socket);
    asked += 1;
    const refusal = script.refuse?.(asked, request);
    if (refusal === 'nothing') return;
    if (refusal !== undefined) {
      socket.end(problemAnswer(refusal));
      return;
    }
    sockets.handleUpgrade(request, socket, head, (websocket) => {
      const peer = peerOf(websocket, request, script);
      peers.push(peer);
      script.onPeer(peer, peers.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    peers,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The `hello` of a feed. */
export function hello(seq: number, user = 'dale'): FeedEvent {
  return { type: 'hello', seq, connection: connectionOf('self', user) };
}

/** Somebody who is connected. */
export function connectionOf(id: string, user: string) {
  return {
    id,
    user,
    endpoint: '127.0.0.1',
    door: 'websocket' as const,
    since: '2026-11-21T02:44:57.123Z',
  };
}

/** A record on the feed. */
export function recordEvent(
  seq: number,
  message: string,
  more: { user?: string; topic?: string } = {},
): FeedEvent {
  return {
    type: 'record',
    record: { seq, at: '2026-11-21T02:44:57.123Z', user: 'bob', endpoint: '127.0.0.1', message, ...more },
  };
}

function peerOf(socket: WebSocket, request: IncomingMessage, script: FeedScript): FeedPeer {
  const said: FeedRequest[] = [];
  const send = (value: object): void => {
    socket.send(JSON.stringify(value));
  };
  const peer: FeedPeer = {
    query: new URL(request.url ?? '', 'http://x').searchParams,
    headers: request.headers,
    socket,
    said,
    tell: (...events) => {
      events.forEach(send);
    },
    answer: (fields) => {
      send({ id: said.at(-1)?.id ?? null, ...fields });
    },
  };
  socket.on('message', (data: Buffer) => {
    const asked = JSON.parse(data.toString()) as FeedRequest;
    said.push(asked);
    script.onSaid?.(peer, asked);
  });
  socket.on('error', () => undefined);
  return peer;
}

function problemAnswer({ status, code, detail }: { status: number; code: string; detail: string }): string {
  const body = JSON.stringify({ type: 'about:blank', title: 'x', status, code, detail });
  return [
    `HTTP/1.1 ${String(status)} Refused`,
    'Content-Type: application/problem+json',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
