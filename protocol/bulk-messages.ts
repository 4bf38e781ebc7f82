import * as z from 'zod';
import type { JsonValue } from './json-value.js';
import { MESSAGE_FIELD_RULES, TOPIC } from './message-fields.js';

/** The header that names a producer, a client's numbered stream of messages. */
export const PRODUCER_HEADER = 'Gather-Producer';
/** The header with the number of a request's first message; the others follow by one. */
export const SEQUENCE_HEADER = 'Gather-Sequence';

/** A topic of messages, chosen by their sender. */
export const topic = z
  .string({ error: MESSAGE_FIELD_RULES.topic })
  .regex(TOPIC, { error: MESSAGE_FIELD_RULES.topic })
  .meta({ description: 'What the message is about, in the words of its sender.', examples: ['backup'] });

/** When something happened by the sender's own clock: an RFC 3339 date-time with `Z` or an offset. */
export const messageTime = z.iso.datetime({ offset: true, error: MESSAGE_FIELD_RULES.time }).meta({
  description: "When it happened, by the sender's clock: RFC 3339 with `Z` or an offset.",
  examples: ['2026-11-21T02:44:57.5+01:00'],
});

/** One item of a bulk request. Other keys are refused: what is not stored must not look as if it were. */
export const bulkMessage = z
  .strictObject({
    message: z
      .custom<JsonValue>((value) => value !== undefined, { error: 'must be given' })
      .meta({ description: 'The message: any JSON value.' }),
    topic: topic.optional(),
    time: messageTime.optional(),
  })
  .meta({ description: 'A message to be stored. Other keys are refused.' });

/** The JSON body of a bulk request: one item, or several of which all or none are stored. */
export const bulkBody = z
  .union([bulkMessage, z.array(bulkMessage)])
  .meta({ description: 'One message, or an array of them: all are stored, or none.' });

/** The number of a message within its producer's stream. */
export const producerNumber = z
  .int({ error: 'must be a whole number from 1' })
  .min(1, { error: 'must be a whole number from 1' });

/** What a bulk request has come to, so far or in the end. */
export const bulkAnswer = z
  .object({
    accepted: z.int().min(0).meta({ description: 'How many messages this request stored.' }),
    duplicates: z
      .int()
      .min(0)
      .meta({ description: 'How many were stored before, by their numbers, and so not again.' }),
    last: z.int().min(1).nullable().meta({
      description: 'The `seq` of the last record that this request stored; null if it stored none.',
    }),
  })
  .meta({ description: 'What the request stored. All of it is on the disk.' });

/** A line of the stream of acknowledgements: cumulative, and the last one has `done`. */
export const bulkAcknowledgement = bulkAnswer
  .extend({
    done: z.literal(true).optional().meta({ description: 'On the last line only: all has been received.' }),
  })
  .meta({ description: 'What the request has stored so far. All of it is on the disk.' });
