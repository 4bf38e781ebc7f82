import * as z from 'zod';
import {
  bulkAcknowledgement,
  bulkAnswer,
  bulkBody,
  bulkMessage,
  PRODUCER_HEADER,
  producerNumber,
  SEQUENCE_HEADER,
} from '../../../protocol/bulk-messages.js';
import {
  NEXT_HEADER,
  producerId,
  producerState,
  storedMessagesPage,
  storedMessagesQuery,
  storedRecord,
} from '../../../protocol/stored-messages.js';
import type { Content, NamedSchema, Operation } from '../openapi/operation.js';
import { STORAGE_REFUSALS } from '../openapi/refusals.js';

const NDJSON = 'application/x-ndjson';

const numbering = z.object({
  [PRODUCER_HEADER]: producerId.optional().meta({
    description: `The numbered stream that the messages belong to. Only together with \`${SEQUENCE_HEADER}\`.`,
  }),
  [SEQUENCE_HEADER]: producerNumber.optional().meta({
    description: "The number of the request's first message; the others follow by one. A stream begins at 1.",
  }),
});

const BODY: readonly Content[] = [
  {
    mediaType: 'application/json',
    schema: { name: 'BulkBody', type: bulkBody },
    examples: {
      one: { message: 'Hail Dale!' },
      several: [
        { message: { disk: '/dev/sda1', used: 0.93 }, topic: 'disk', time: '2026-11-21T02:44:57+01:00' },
        { message: 'done', topic: 'backup' },
      ],
    },
  },
  {
    mediaType: NDJSON,
    schema: { name: 'BulkMessage', type: bulkMessage },
    examples: { lines: '{"message":"first"}\n{"message":"second","topic":"backup"}\n' },
  },
  { mediaType: 'text/plain', examples: { lines: 'first\nsecond\n' } },
];

const STORED: readonly Content[] = [
  {
    mediaType: 'application/json',
    schema: { name: 'BulkAnswer', type: bulkAnswer },
    examples: { stored: { accepted: 3, duplicates: 0, last: 1234 } },
  },
  {
    mediaType: NDJSON,
    schema: { name: 'BulkAcknowledgement', type: bulkAcknowledgement },
    examples: {
      lines:
        '{"accepted":2000,"duplicates":0,"last":3234}\n{"accepted":2500,"duplicates":0,"last":3734,"done":true}\n',
    },
  },
];

const EXAMPLE_RECORD = {
  seq: 1234,
  at: '2026-11-21T02:44:57.123Z',
  user: 'dale',
  endpoint: '127.0.0.1',
  message: 'Hail Dale!',
  topic: 'app',
};

const RECORD: NamedSchema = { name: 'StoredRecord', type: storedRecord };

const PAGE: readonly Content[] = [
  {
    mediaType: 'application/json',
    schema: { name: 'StoredMessagesPage', type: storedMessagesPage },
    parts: [RECORD],
    examples: { page: { messages: [EXAMPLE_RECORD], next: 'b2xkZXI' } },
  },
  { mediaType: NDJSON, schema: RECORD, examples: { lines: `${JSON.stringify(EXAMPLE_RECORD)}\n` } },
];

const EXAMPLE_PRODUCER = { producer: '0b2c7f2e-5f0c-4a1e-9b4e-3c0d6e1f2a3b', last: 41 };

/** Messages without a limit to their number. */
export const MESSAGE_OPERATIONS: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/messages',
    id: 'storeMessages',
    tag: 'Messages',
    summary: 'Stores messages: one, several, or a stream of any length',
    description: `JSON is stored all or none. \`${NDJSON}\` (a message a line) and \`text/plain\` (each line is a message, \
also an empty one) are stored while they arrive; a slow disk slows them down. A body may have \`Content-Encoding: gzip\`, \
and \`zstd\` where the server's Node has it.

With \`Accept: ${NDJSON}\` acknowledgements come back while the request is still being sent, a line after each commit. \
The last one has \`"done":true\`; where the rest was refused it is a problem, also with the status 200.

With \`${PRODUCER_HEADER}\` and \`${SEQUENCE_HEADER}\` each message is stored exactly once, however often it is sent: \
the next number is stored, a lower one is a duplicate, a higher one is a gap and refused.`,
    access: 'messages:write',
    parameters: { header: numbering },
    body: BODY,
    answers: { 200: { description: 'Stored, on the disk.', content: STORED } },
    refusals: [
      'message.malformed',
      'request.busy',
      'request.body_too_large',
      'request.invalid_encoding',
      'request.invalid_header',
      'request.invalid_json',
      'request.too_deep',
      'request.unsupported_media_type',
      'producer.gap',
      'producer.too_many',
      ...STORAGE_REFUSALS,
    ],
    refusalForm: 'bulk',
  },
  {
    method: 'GET',
    path: '/v1/messages',
    id: 'queryMessages',
    tag: 'Messages',
    summary: 'Reads stored messages, a page at a time',
    description:
      'A user reads its own messages, and with the permission `messages:read` everybody’s. A page looks at a bounded part of the dump: it may be short or empty and still have ' +
      `a next one. With \`Accept: ${NDJSON}\` it is a record a line, with the cursor in \`${NEXT_HEADER}\`.`,
    access: ['messages:write', 'messages:read'],
    parameters: { query: storedMessagesQuery },
    answers: {
      200: {
        description: 'A page of records.',
        content: PAGE,
        headers: {
          [NEXT_HEADER]: 'The cursor of the next page, where the answer is NDJSON; absent at the end.',
        },
      },
    },
    refusals: ['request.invalid_field'],
    refusalForm: 'problem',
  },
  {
    method: 'GET',
    path: '/v1/producers/{id}',
    id: 'producer',
    tag: 'Messages',
    summary: "A numbered stream's last number that is stored",
    description: "0 where nothing is known of it. Only the caller's own streams are looked at.",
    access: 'messages:write',
    parameters: { path: z.object({ id: producerId.meta({ description: "The stream's id, a UUID." }) }) },
    answers: {
      200: {
        description: 'The last number.',
        content: [
          {
            mediaType: 'application/json',
            schema: { name: 'ProducerState', type: producerState },
            examples: { known: EXAMPLE_PRODUCER, unknown: { ...EXAMPLE_PRODUCER, last: 0 } },
          },
        ],
      },
    },
    refusals: ['request.invalid_field'],
    refusalForm: 'problem',
  },
];
