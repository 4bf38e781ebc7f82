import * as z from 'zod';
import {
  authenticateRequest,
  gatherAnswer,
  identifyRequest,
  messageRequest,
} from '../../../protocol/gather-messages.js';
import type { NamedSchema } from './operation.js';

const USER_NAME = 'Letters, digits and marks of any script and `. _ - @ +`, 1 to 32 characters.';

const username = identifyRequest.shape.username.meta({ description: USER_NAME });

/** A message as JSON Schema can say it; the schema that checks requests stops at the first wrong element. */
export const gatherMessageText = z
  .union([z.string(), z.array(z.string()).min(1)])
  .meta({ description: 'The message, or several of which all are stored or none.' });

/** The three messages, as their clients send them. */
export const GATHER_REQUESTS = {
  identify: {
    name: 'IdentifyRequest',
    type: z.object({ message_type: z.literal('IDENTIFY'), username }),
  },
  authenticate: {
    name: 'AuthenticateRequest',
    type: z.object({
      message_type: z.literal('AUTHENTICATE'),
      username,
      password: authenticateRequest.shape.password.meta({ description: '1 to 128 characters.' }),
    }),
  },
  message: {
    name: 'MessageRequest',
    type: z.object({
      message_type: z.literal('MESSAGE'),
      ...messageRequest.shape,
      token: messageRequest.shape.token.meta({ description: 'From the answer to AUTHENTICATE.' }),
      message: gatherMessageText,
    }),
  },
} as const satisfies Record<string, NamedSchema>;

/** Any of them, by `message_type`. */
export const ANY_REQUEST: NamedSchema = {
  name: 'GatherRequest',
  type: z.discriminatedUnion('message_type', [
    GATHER_REQUESTS.identify.type,
    GATHER_REQUESTS.authenticate.type,
    GATHER_REQUESTS.message.type,
  ]),
};

/** Every answer of contract 1. */
export const GATHER_ANSWER: NamedSchema = {
  name: 'GatherAnswer',
  type: z
    .object(gatherAnswer.shape)
    .meta({ description: 'An answer of contract 1; `status_code` is the HTTP status too.' }),
};

/** An answer to AUTHENTICATE. */
export const AUTHENTICATE_ANSWER: NamedSchema = {
  name: 'AuthenticateAnswer',
  type: z
    .object({ ...gatherAnswer.shape, token: z.string().meta({ description: 'Empty where there is none.' }) })
    .meta({ description: 'An answer to AUTHENTICATE.' }),
};
