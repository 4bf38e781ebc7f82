import * as z from 'zod';
import { password, userName } from './credentials.js';
import { PRODUCER_ID } from './message-fields.js';

/** The three messages of contract 1, by the value of their `message_type`. */
export const MESSAGE_TYPES = ['IDENTIFY', 'AUTHENTICATE', 'MESSAGE'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

const PRODUCER_RULE = 'must be a UUID';
const NUMBER_RULE = 'must be the number of the first message, from 1';
const MESSAGE_SHAPE = 'must be a string, or an array of at least one string';

/**
 * The request bodies of contract 1. Keys that are not listed are ignored and not even looked at: the original's clients
 * send some, and nothing but these fields decides who a caller is.
 *
 * Whoever sends a body has not shown a token yet, so a wrong one must cost no more than a right one: the first element
 * that is no text ends the check of a message, where an array of zod would note every one of them.
 */
export const identifyRequest = z.object({ username: userName, invite: z.string().max(128).optional() });
export const authenticateRequest = z.object({ username: userName, password });
export const messageRequest = z.object({
  token: z.string({ error: 'must be a string' }),
  message: z.custom<string | readonly string[]>(isMessage, { error: MESSAGE_SHAPE }),
  producer: z.string({ error: PRODUCER_RULE }).regex(PRODUCER_ID, { error: PRODUCER_RULE }).optional(),
  number: z.int({ error: NUMBER_RULE }).min(1, { error: NUMBER_RULE }).optional(),
});

function isMessage(value: unknown): boolean {
  if (!Array.isArray(value)) return typeof value === 'string';
  return value.length > 0 && value.every((each) => typeof each === 'string');
}

/** Every answer of contract 1; `token` stands in each answer to AUTHENTICATE, empty where there is none. */
export const gatherAnswer = z.looseObject({
  status_code: z.number().int(),
  status_message: z.string(),
  status_description: z.string(),
  token: z.string().optional(),
});
export type GatherAnswer = z.infer<typeof gatherAnswer>;
