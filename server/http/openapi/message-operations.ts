import { z } from 'zod';
import {
  bulkAcknowledgement,
  bulkAnswer,
  bulkBody,
  bulkMessage,
  PRODUCER_HEADER,
  producerId,
  producerNumber,
  SEQUENCE_HEADER,
} from '../../../protocol/bulk-messages.js';
import type { ErrorCode } from '../../errors/error-table.js';
import type { Content, Operation } from './operation.js';
import { STORAGE_REFUSALS } from './refusals.js';

const NDJSON = 'application/x-ndjson';

const numbering = z.object({
  [PRODUCER_HEADER]: producerId.optional().meta({
    description: `The numbered stream that the messages belong to. Only together with \`${SEQUENCE_HEADER}\`.`,
  }),
  [SEQUENCE_HEADER]: producerNumber.optional().meta({
    description: "The number of the request's first message; the others follow by one. A stream begins at 1.",
  }),
});

const SESSION: readonly ErrorCode[] = ['token.missing', 'token.invalid', 'session.not_identified'];

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
    security: 'session',
    parameters: { header: numbering },
    body: BODY,
    answers: { 200: { description: 'Stored, on the disk.', content: STORED } },
    refusals: [
      ...SESSION,
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
];
