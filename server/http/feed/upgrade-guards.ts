import type { IncomingMessage } from 'node:http';
import { FEED_PATH, FEED_PROTOCOL, TICKET_PROTOCOL_PREFIX } from '../../../protocol/feed.js';
import { AppError } from '../../errors/app-error.js';
import { asksForWebSocket } from '../connections/upgrade-listener.js';
import { assertMethod } from '../request-guards.js';
import { requestPath } from '../request-path.js';

/** 16 bytes as Base64, RFC 6455 section 4.1. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;
const VERSION = '13';

/**
 * Makes sure that the feed is asked for as a WebSocket, in a way that can be answered.
 *
 * @throws AppError `request.not_found`, `request.method_not_allowed`, `request.upgrade_required`
 */
export function assertHandshake(request: IncomingMessage): void {
  const { url = '', headers } = request;
  if (requestPath(url) !== FEED_PATH) throw new AppError('request.not_found');
  assertMethod(request, 'GET');
  const isKnown = asksForWebSocket(request) && headers['sec-websocket-version'] === VERSION;
  if (!isKnown || !KEY.test(headers['sec-websocket-key'] ?? ''))
    throw new AppError('request.upgrade_required');
}

/**
 * Refuses a client that wants to speak something else. One that asks for no subprotocol is spoken to all the same.
 *
 * @throws AppError `request.invalid_header`
 */
export function assertSubprotocol(request: IncomingMessage): void {
  const protocols = protocolsOf(request);
  if (protocols.length === 0 || protocols.includes(FEED_PROTOCOL)) return;
  const details = { header: 'Sec-WebSocket-Protocol', reason: `only ${FEED_PROTOCOL} is spoken here` };
  throw new AppError('request.invalid_header', { details });
}

function protocolsOf({ headers: { 'sec-websocket-protocol': header } }: IncomingMessage): string[] {
  return header === undefined ? [] : header.split(',').map((protocol) => protocol.trim());
}

/** The ticket among the subprotocols that are asked for, if there is one. */
export function ticketIn(request: IncomingMessage): string | undefined {
  return protocolsOf(request)
    .find((protocol) => protocol.startsWith(TICKET_PROTOCOL_PREFIX))
    ?.slice(TICKET_PROTOCOL_PREFIX.length);
}

/** The subprotocol to be spoken, of those that are asked for: never the one that is a ticket. */
export function chosenProtocol(protocols: ReadonlySet<string>): string | false {
  return protocols.has(FEED_PROTOCOL) && FEED_PROTOCOL;
}
