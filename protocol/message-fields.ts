import * as z from 'zod';

/** What a message is about, in one word. */
export const TOPIC = /^[A-Za-z0-9._-]{1,64}$/;

/** A time as RFC 3339 has it: a date, a time with at least its minutes, and an offset; at most 64 characters. */
export const TIME = new RegExp(`^(?=.{1,64}$)(?:${z.regexes.datetime({ offset: true }).source})`);

/** What the fields of an item beside `message` have to be. */
export const FIELD_RULES = {
  topic: 'must be 1 to 64 of A-Za-z0-9._-',
  time: 'must be a time as in RFC 3339, like 2026-11-21T02:44:57Z',
} as const;

/** The same as sentences, which name the field. */
export const MESSAGE_FIELD_RULES = {
  topic: `'topic' ${FIELD_RULES.topic}`,
  time: `'time' ${FIELD_RULES.time}`,
} as const;

/** A client's numbered stream of messages: a UUID. */
export const PRODUCER_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
