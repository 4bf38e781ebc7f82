import type { IncomingMessage } from 'node:http';
import { WebSocketServer } from 'ws';
import { AppError } from '../../errors/app-error.js';
import type { ChatService } from '../../features/chat/chat-service.js';
import type { FeedService } from '../../features/feed/feed-service.js';
import type { FeedTickets } from '../../features/feed/feed-tickets.js';
import type { MessageService } from '../../features/messages/message-service.js';
import type { Caller } from '../../features/sessions/session-service.js';
import { LoopTurns } from '../../net/loop-turns.js';
import type { Paces } from '../../net/paces.js';
import { onConnection, type CallerOf } from '../callers/request-callers.js';
import type { AddressOf } from '../client-address.js';
import type { CertificateOf } from '../client-certificates.js';
import type { ReceivingBudget } from '../connections/receiving-budget.js';
import type { Upgrade } from '../connections/upgrade-listener.js';
import type { RefusalLog } from '../refusal-log.js';
import type { HostGuard, OriginGuard } from '../request-guards.js';
import type { FeedEnds } from './feed-ends.js';
import { CUT_SLOW_AFTER_MS } from './feed-limits.js';
import { feedWanted } from './feed-wanted.js';
import { FeedWebSocket } from './feed-websocket.js';
import { Heartbeat } from './heartbeat.js';
import { assertHandshake, assertSubprotocol, chosenProtocol, ticketIn } from './upgrade-guards.js';
import { refuseUpgrade } from './upgrade-refusal.js';
import { websocketWire } from './websocket-wire.js';

/** The same as those of a body: what is sent is the same, whatever the way. */
export interface FeedUpgradeLimits {
  readonly maxMessageBytes: number;
  readonly maxBodyBytes: number;
  readonly maxJsonDepth: number;
  /** Seconds for a message to come. */
  readonly requestTimeout: number;
}

/** What is behind the WebSocket, and what limits it. */
export interface FeedUpgradeOptions {
  readonly feed: FeedService;
  readonly chat: ChatService;
  readonly messages: Pick<MessageService, 'send'>;
  readonly tickets: FeedTickets;
  /** By a bearer token: no cookie counts here, since a page cannot send the header with it that would prove whose it is. */
  readonly callerOf: CallerOf;
  readonly assertHost: HostGuard;
  readonly assertOrigin: OriginGuard;
  readonly addressOf: AddressOf;
  readonly certificateOf: CertificateOf;
  readonly logRefusal: RefusalLog;
  readonly newRequestId: () => string;
  readonly receiving: ReceivingBudget;
  readonly limits: FeedUpgradeLimits;
  readonly paces: Paces;
  readonly ends: FeedEnds;
  readonly heartbeat?: Heartbeat;
}

/** The longest escape that JSON has for a byte: `\u0000`. */
const BYTES_PER_ESCAPED = 6;
/** What of a request is not its message. */
const FRAME_BYTES = 1024;
/** The types do not know it. Most are cut off before. */
const CLOSING = { closeTimeout: CUT_SLOW_AFTER_MS };

/** Makes the door to the live feed as a WebSocket, RFC 6455. */
export function createFeedUpgrade(options: FeedUpgradeOptions): Upgrade {
  const { logRefusal, newRequestId, addressOf, heartbeat = new Heartbeat() } = options;
  const server = createWebSocketServer(options.limits);
  const turns = new LoopTurns();
  return (request, head) => {
    const { socket } = request;
    socket.setTimeout(0);
    try {
      open(options, { server, heartbeat, turns, request, head });
    } catch (error) {
      const requestId = newRequestId();
      refuseUpgrade(logRefusal(error, request, requestId, addressOf(request)), requestId, socket);
    }
  };
}

function createWebSocketServer({ maxMessageBytes, maxBodyBytes }: FeedUpgradeLimits): WebSocketServer {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: Math.min(maxMessageBytes * BYTES_PER_ESCAPED + FRAME_BYTES, maxBodyBytes),
    handleProtocols: chosenProtocol,
    ...CLOSING,
  });
  // Refusals are answered here, in one form.
  server.on('wsClientError', () => undefined);
  return server;
}

interface Asked {
  readonly server: WebSocketServer;
  readonly heartbeat: Heartbeat;
  readonly turns: LoopTurns;
  readonly request: IncomingMessage;
  readonly head: Buffer;
}

function open(options: FeedUpgradeOptions, { server, heartbeat, turns, request, head }: Asked): void {
  options.assertHost(request);
  assertHandshake(request);
  // A browser opens a WebSocket for whatever page asks, and says only here which one it is.
  options.assertOrigin(request);
  assertSubprotocol(request);
  const wanted = feedWanted(request);
  const caller = callerOf(request, options);
  // The request itself, with all its headers, would else be kept as long as the connection.
  const { socket, method, url } = request;
  const { chat, messages, paces, receiving, limits, ends } = options;
  const unfinished = { receiving, withinMs: limits.requestTimeout * 1000 };
  const sink = new FeedWebSocket(socket, { heartbeat, ends, unfinished });
  const subscription = options.feed.subscribe(caller, wanted, {
    ...{ door: 'websocket', wire: websocketWire, sink, canResume: true, hearsItself: true },
  });
  const handshake = { isDone: false };
  server.handleUpgrade(request, socket, head, (websocket) => {
    handshake.isDone = true;
    sink.open(websocket, subscription, {
      ...{ caller, chat, messages, turns, limits },
      pace: paces.of(caller.session.userId),
      refuse: (error) => options.logRefusal(error, { method, url }, options.newRequestId(), caller.endpoint),
    });
  });
  if (handshake.isDone) return;
  subscription[Symbol.dispose]();
  throw new AppError('request.malformed');
}

function callerOf(request: IncomingMessage, options: FeedUpgradeOptions): Caller {
  const { tickets, callerOf, addressOf, certificateOf } = options;
  const ticket = ticketIn(request);
  if (ticket === undefined) return callerOf(request);
  return onConnection(tickets.redeem(ticket, addressOf(request)), certificateOf(request));
}
