import * as z from 'zod';
import {
  CHAT_PATH,
  chatReceipt,
  chatRequest,
  connection,
  FEED_PATH,
  FEED_PROTOCOL,
  feedAnswer,
  feedEnd,
  feedEvent,
  feedQuery,
  feedRequest,
  feedTicket,
  PRESENCE_PATH,
  presenceList,
  TICKET_PROTOCOL_PREFIX,
  TICKETS_PATH,
  unrecordedMessage,
} from '../../../protocol/feed.js';
import type { ErrorCode } from '../../errors/error-table.js';
import type { Content, NamedSchema, Operation } from '../openapi/operation.js';
import { STORAGE_REFUSALS } from '../openapi/refusals.js';
import { json, JSON_BODY } from './answer-parts.js';

const CONNECTION: NamedSchema = { name: 'FeedConnection', type: connection };

const EXAMPLE_CONNECTION = {
  id: '5b0a3c1e-6f5d-4f0c-9a3e-2f1d0c9b8a76',
  user: 'dale',
  endpoint: '127.0.0.1',
  door: 'websocket',
  since: '2026-11-21T02:44:57.123Z',
};

const RECORD =
  '{"seq":1235,"at":"2026-11-21T02:44:58.001Z","user":"dale","endpoint":"127.0.0.1","message":"Hail!"}';

const STREAM: readonly Content[] = [
  {
    mediaType: 'text/event-stream',
    parts: [
      { name: 'FeedEvent', type: feedEvent },
      { name: 'FeedEnd', type: feedEnd },
      { name: 'FeedRequest', type: feedRequest },
      { name: 'FeedAnswer', type: feedAnswer },
      { name: 'UnrecordedMessage', type: unrecordedMessage },
      CONNECTION,
    ],
    examples: {
      events: [
        'id: 1234',
        'event: hello',
        `data: ${JSON.stringify({ seq: 1234, connection: { ...EXAMPLE_CONNECTION, door: 'sse' } })}`,
        '',
        'id: 1235',
        `data: ${RECORD}`,
        '',
        'event: end',
        'data: {"code":"feed.closing","detail":"The server is stopping","retryable":true}',
        '',
        '',
      ].join('\n'),
    },
  },
];

const FEED_DESCRIPTION = `Every record, in order, once it is on the disk. First \`hello\`, which says from where on; then records, and with \
\`presence=true\` who comes and goes. \`gap\` says what is not to be had any more. A \`position\` says that everything up to a record \
has been looked at; one comes after 15 seconds of silence.

Whoever may only \`chat\` gets the topic \`chat\`.

**Server-Sent Events.** The event's name is the \`type\` of \`FeedEvent\`, that of a record is the default one; its data is the \
rest, of a record the record. Records, \`hello\` and positions have the record's number for an id, so that an EventSource comes \
back where it was. Before the end comes an event \`end\`, a \`FeedEnd\`.

**WebSocket.** The same path, asked for as a WebSocket (RFC 6455) with the subprotocol \`${FEED_PROTOCOL}\`: each \`FeedEvent\` is a text \
message, and a client may send: a \`FeedRequest\` is answered by a \`FeedAnswer\` of the same id, an \`ack\` when it is on the disk. \
The topic \`chat\` needs the permission \`chat\`, everything else \`messages:write\`. No more of them a second than the setting says \
are read. Who offers no subprotocol is let in without one; who offers others only is refused.

What is refused before the connection opens, a ticket that is of no use or one connection too many for example, is answered over HTTP \
as below; a browser tells its page no more of it than the closing code 1006: ask for a new ticket. Later it is closed: 1001 the server is \
stopping, 1003 no text, 1007 no UTF-8, 1009 a frame larger than six times the largest message and 1 KiB, 4401 the session has ended, \
4403 it may not any more, 4408 what was sent is not read, 4503 the dump cannot be read; the reason is the error's code and text, and \
empty for 1002, 1007 and 1009, which the protocol itself makes.

The token stands in the header \`Authorization\`. A page that cannot set one asks for a ticket (\`POST ${TICKETS_PATH}\`) and for the \
subprotocol \`${TICKET_PROTOCOL_PREFIX}\` with the ticket behind it, beside the other one. A cookie opens no WebSocket.`;

const FEED_REFUSALS: readonly ErrorCode[] = [
  'request.invalid_field',
  'request.invalid_header',
  'request.method_not_allowed',
  'request.foreign_origin',
  'request.upgrade_required',
  'ticket.invalid',
  'feed.too_many',
  'feed.too_many_of_user',
  'feed.closing',
];

const CHAT_REFUSALS: readonly ErrorCode[] = [...JSON_BODY, 'chat.rate_limited', ...STORAGE_REFUSALS];

/** The live feed, who is connected to it, and the chat. */
export const FEED_OPERATIONS: readonly Operation[] = [
  {
    method: 'GET',
    path: FEED_PATH,
    id: 'followFeed',
    tag: 'Feed',
    summary: 'Follows what is stored, live: as Server-Sent Events or as a WebSocket',
    description: FEED_DESCRIPTION,
    access: ['feed:read', 'chat'],
    parameters: {
      query: feedQuery,
      header: z.object({
        'Last-Event-ID': z.string().optional().meta({
          description: 'The number of the last record that was seen: goes before `after`.',
        }),
      }),
    },
    answers: { 200: { description: 'The feed, without an end.', content: STREAM } },
    refusals: FEED_REFUSALS,
    refusalForm: 'problem',
  },
  {
    method: 'POST',
    path: TICKETS_PATH,
    id: 'createFeedTicket',
    tag: 'Feed',
    summary: 'Makes a ticket for the WebSocket of the feed',
    description:
      'For pages, which cannot set a header there. It is good once, within half a minute, from the address that asked for it.',
    access: ['feed:read', 'chat'],
    answers: {
      201: {
        description: 'The ticket.',
        content: json('FeedTicket', feedTicket, {
          ticket: { ticket: 'kJ2Vw0mWJ0v1o7mWc9m2nq2m1b0yV8mYc3mXo1nq7aQ', expires_in: 30 },
        }),
      },
    },
    refusals: [],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: PRESENCE_PATH,
    id: 'listPresence',
    tag: 'Feed',
    summary: 'Lists who is connected to the feed and the chat',
    access: ['feed:read', 'chat'],
    answers: {
      200: {
        description: 'The connections, those first who were there first.',
        content: json('PresenceList', presenceList, { one: { connections: [EXAMPLE_CONNECTION] } }, [
          CONNECTION,
        ]),
      },
    },
    refusals: [],
    refusalForm: 'problem',
  },
  {
    method: 'POST',
    path: CHAT_PATH,
    id: 'sayInChat',
    tag: 'Feed',
    summary: 'Says something in the chat',
    description:
      'It is a message with the topic `chat`, and goes out on the feed. Where the chat is not recorded, that is all. A user says no ' +
      'more a minute than 60 times what one connection may a second (`GATHERD_CHAT_RATE`).',
    access: 'chat',
    body: json('ChatRequest', chatRequest, { hello: { message: 'Hello, everybody!' } }),
    answers: {
      201: {
        description: 'It is said.',
        content: json('ChatReceipt', chatReceipt, { recorded: { seq: 1234 }, unrecorded: { seq: null } }),
      },
    },
    refusals: CHAT_REFUSALS,
    refusalForm: 'problem',
  },
];
