import * as z from 'zod';
import type { JsonValue } from './json-value.js';
import { momentIn, TIME_RULE } from './moment.js';

/** How many records a page of `GET /v1/messages` has at most, and where nobody says how many. */
export const MAX_PAGE_RECORDS = 1000;
const DEFAULT_PAGE_RECORDS = 100;

/** Longer ones take engines a time that grows with both the text and what is looked for in it. */
const MAX_CONTAINS_BYTES = 250;
const MAX_USER_CHARACTERS = 128;
const MAX_CURSOR_CHARACTERS = 512;

/** A place in the dump: behind or before a record's number, or a time. */
export type Bound =
  | { readonly seq: number }
  | {
      /** Milliseconds since 1970; with a half where the time was finer than that. */
      readonly at: number;
    };

const BOUND_RULE = `must be a number of a record, or ${TIME_RULE}`;

/** `after` and `before`: digits are a record's number, else it is a time of RFC 3339. */
export const bound = z
  .string()
  .describe('A record’s number, or a time of RFC 3339. Exclusive.')
  .transform((text, context): Bound => {
    const parsed = parseBound(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: BOUND_RULE });
    return z.NEVER;
  });

function parseBound(text: string): Bound | undefined {
  if (/^\d{1,16}$/.test(text)) {
    const seq = Number(text);
    return Number.isSafeInteger(seq) ? { seq } : undefined;
  }
  const at = momentIn(text);
  return at === undefined ? undefined : { at };
}

/** 1 to 64 of `A-Za-z0-9._-`. */
export const topic = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, { error: 'must be 1 to 64 letters, digits or . _ -' })
  .describe('Only records of this topic.');

/** A user's name as it is stored. */
export const storedUser = text(MAX_USER_CHARACTERS);

const user = storedUser.describe(
  'Only records of this user, by the name as it is stored. Without it, and without the permission messages:read, the caller.',
);

const CONTAINS_RULE = `must be 1 to ${String(MAX_CONTAINS_BYTES)} bytes of UTF-8`;

/** What a message has to have in it. */
export const contains = z
  .string()
  .min(1, { error: CONTAINS_RULE })
  .max(MAX_CONTAINS_BYTES, { error: CONTAINS_RULE })
  .refine((text) => new TextEncoder().encode(text).length <= MAX_CONTAINS_BYTES, { error: CONTAINS_RULE })
  .describe(
    'Only records whose message has this text, or whose compact JSON text has it where the message is no string.',
  );

/** `newest` or `oldest` first. */
const order = z.enum(['newest', 'oldest'], { error: 'must be newest or oldest' });

const LIMIT_RULE = `must be a number from 1 to ${String(MAX_PAGE_RECORDS)}`;

const limit = z
  .string()
  .regex(/^(?:[1-9]\d{0,2}|1000)$/, { error: LIMIT_RULE })
  .describe('The most records on a page.')
  .default(String(DEFAULT_PAGE_RECORDS))
  .transform(Number);

/** The parameters of `GET /v1/messages`, each at most once; others are refused. */
export const storedMessagesQuery = z.strictObject({
  after: bound.optional(),
  before: bound.optional(),
  user: user.optional(),
  topic: topic.optional(),
  contains: contains.optional(),
  limit,
  order: order.default('newest'),
  cursor: z
    .string()
    .max(MAX_CURSOR_CHARACTERS, { error: 'is not one of this query' })
    .describe('From `next` of the page before, with the same other parameters.')
    .optional(),
});
export type StoredMessagesQuery = z.infer<typeof storedMessagesQuery>;

/** A record of the dump on the wire. Keys that are not known here may follow and are kept. */
export const storedRecord = z
  .looseObject({
    seq: z.number().int().min(1).describe('Its place in the dump.'),
    at: z.string().describe('When it was written, by the server’s clock: UTC with milliseconds.'),
    user: z.string(),
    endpoint: z.string().describe('The address it came from.'),
    // Anything that has come through a JSON parser is one.
    message: (z.unknown() as z.ZodType<JsonValue>).describe('Any JSON.'),
    topic: z.string().optional(),
    time: z.string().optional().describe('The sender’s own clock, RFC 3339.'),
    producer: z.string().optional().describe('The numbered stream that it belongs to, a UUID.'),
    number: z.number().int().min(1).optional().describe('Its number in that stream.'),
  })
  .describe('A message as it stands in the dump.');
export type StoredRecord = z.infer<typeof storedRecord>;

/** A message as a text: its JSON where it is none. */
export function messageText(message: JsonValue): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/** The answer of `GET /v1/messages` as JSON. As NDJSON it is a record a line, with `next` in the header below. */
export const storedMessagesPage = z.object({
  messages: z.array(storedRecord),
  next: z
    .string()
    .nullable()
    .describe('The cursor of the next page; null at the end. A page may be short and have a next.'),
});
export type StoredMessagesPage = z.infer<typeof storedMessagesPage>;

/** Has the next page's cursor where a page is NDJSON; absent at the end. */
export const NEXT_HEADER = 'Gather-Next';

/** A producer's id in `GET /v1/producers/{id}`, in lower case from here on. */
export const producerId = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, { error: 'must be a UUID' })
  .transform((id) => id.toLowerCase());

/** The answer of `GET /v1/producers/{id}`: its last number that is stored, 0 where there is none. */
export const producerState = z.object({
  producer: z.string(),
  last: z.number().int().min(0),
});
export type ProducerState = z.infer<typeof producerState>;

function text(max: number) {
  const error = `must be 1 to ${String(max)} characters`;
  return z.string().min(1, { error }).max(max, { error });
}
