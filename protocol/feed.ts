import * as z from 'zod';
import type { JsonValue } from './json-value.js';
import { FIELD_RULES, TIME, TOPIC } from './message-fields.js';
import { bound, contains, type StoredRecord, storedRecord, storedUser, topic } from './stored-messages.js';

/** The live feed, as Server-Sent Events and, upgraded, as a WebSocket. */
export const FEED_PATH = '/v1/feed';

/** Where a ticket for the WebSocket is to be had, by POST. */
export const TICKETS_PATH = '/v1/feed/tickets';

/** Who is connected to the feed. */
export const PRESENCE_PATH = '/v1/presence';

/** Where something is said in the chat, by POST. */
export const CHAT_PATH = '/v1/chat';

/** The subprotocol that a WebSocket client asks for. */
export const FEED_PROTOCOL = 'gatherd.feed.v1';

/** Before a ticket in the list of subprotocols: the one place where a browser can put a secret that is in no URL. */
export const TICKET_PROTOCOL_PREFIX = 'gatherd.ticket.';

/** The topic of chat messages. */
export const CHAT_TOPIC = 'chat';

/** The user that messages of the open chat are from. No account has this name. */
export const ANONYMOUS = 'anonymous';

/** The parameters of `GET /v1/feed`, each at most once; others are refused. */
export const feedQuery = z.strictObject({
  after: bound
    .optional()
    .describe(
      'A record’s number, or a time of RFC 3339: first everything behind it, then what comes. Without it, what comes. ' +
        'The header `Last-Event-ID` goes before it.',
    ),
  user: storedUser.optional().describe('Only records of this user, by the name as it is stored.'),
  topic: topic.optional(),
  contains: contains.optional(),
  presence: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((text) => text === 'true')
    .describe('Whether `join` and `leave` come too.'),
});
export type FeedQuery = z.infer<typeof feedQuery>;

/** By which way somebody is connected to the feed. */
export const FEED_DOORS = ['sse', 'websocket', 'chat'] as const;
export type FeedDoor = (typeof FEED_DOORS)[number];

/** Somebody who is connected to the feed. */
export const connection = z.object({
  id: z.string().describe('Of this connection, and of no other.'),
  user: z.string(),
  endpoint: z.string().describe('From where.'),
  door: z.enum(FEED_DOORS),
  since: z.string().describe('UTC with milliseconds.'),
});
export type Connection = z.infer<typeof connection>;

/** The answer of `GET /v1/presence`, those first who were there first. */
export const presenceList = z.object({ connections: z.array(connection) });
export type PresenceList = z.infer<typeof presenceList>;

/** The answer of `POST /v1/feed/tickets`. */
export const feedTicket = z.object({
  ticket: z.string().describe('Good once, for the caller, from the caller’s address.'),
  expires_in: z.number().int().describe('Seconds.'),
});
export type FeedTicket = z.infer<typeof feedTicket>;

const message = z.unknown() as z.ZodType<JsonValue>;

/** A chat message that is not recorded: it has no number. */
export const unrecordedMessage = storedRecord.omit({ seq: true, producer: true, number: true });
export type UnrecordedMessage = z.infer<typeof unrecordedMessage>;

/** A message as it comes over the feed. */
export type FeedMessage = StoredRecord | UnrecordedMessage;

const seq = z.number().int().min(0);

/**
 * What comes over the feed. Over a WebSocket each is a text frame; as Server-Sent Events, `type` is the event's name, that of a
 * record is the default one, and its data is the rest: of a record the record.
 */
export const feedEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), seq: seq.describe('From here on.'), connection }),
  z.object({ type: z.literal('record'), record: storedRecord }),
  z.object({ type: z.literal('unrecorded'), record: unrecordedMessage }),
  z.object({ type: z.literal('join'), connection }),
  z.object({ type: z.literal('leave'), connection }),
  z.object({
    type: z.literal('gap'),
    after: seq,
    before: seq.describe(
      'Records between these two, and what was not recorded meanwhile, are not to be had any more.',
    ),
  }),
  z.object({
    type: z.literal('position'),
    seq: seq.describe('Everything up to this record has been looked at.'),
  }),
]);
export type FeedEvent = z.infer<typeof feedEvent>;

const ID_RULE = 'must be 1 to 64 characters';

/** What a client says over the WebSocket: to be answered by an `ack` or a `refused` with the same id. */
export const feedRequest = z.strictObject({
  type: z.literal('send', { error: 'must be send' }),
  id: z.string({ error: ID_RULE }).min(1, { error: ID_RULE }).max(64, { error: ID_RULE }),
  message: message.describe('Any JSON.'),
  topic: z.string({ error: FIELD_RULES.topic }).regex(TOPIC, { error: FIELD_RULES.topic }).optional(),
  time: z.string({ error: FIELD_RULES.time }).regex(TIME, { error: FIELD_RULES.time }).optional(),
});
export type FeedRequest = z.infer<typeof feedRequest>;

/** What answers a {@link feedRequest}. */
export const feedAnswer = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ack'),
    id: z.string(),
    seq: z
      .number()
      .int()
      .min(1)
      .nullable()
      .describe('Where it stands in the dump, durably; null where it is not recorded.'),
  }),
  z.object({
    type: z.literal('refused'),
    id: z.string().nullable(),
    code: z.string(),
    detail: z.string(),
    retryable: z.boolean(),
  }),
]);
export type FeedAnswer = z.infer<typeof feedAnswer>;

/** Why the feed has ended: the data of the event `end`, and of a WebSocket the reason of its closing, as `code: detail`. */
export const feedEnd = z.object({ code: z.string(), detail: z.string(), retryable: z.boolean() });
export type FeedEnd = z.infer<typeof feedEnd>;

/** The body of `POST /v1/chat`. */
export const chatRequest = z.strictObject({
  message: z.string({ error: 'must be a string' }).min(1, { error: 'must not be empty' }),
});

/** Its answer. */
export const chatReceipt = z.object({
  seq: z
    .number()
    .int()
    .min(1)
    .nullable()
    .describe('Where it stands in the dump, durably; null where it is not recorded.'),
});
export type ChatReceipt = z.infer<typeof chatReceipt>;
