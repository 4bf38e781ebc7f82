import type * as z from 'zod';
import type { ErrorCode } from '../../errors/error-table.js';
import type { Answer, Content } from '../openapi/operation.js';

/** How a body that is one JSON object is refused. */
export const JSON_BODY: readonly ErrorCode[] = [
  'request.busy',
  'request.body_too_large',
  'request.invalid_json',
  'request.not_an_object',
  'request.too_deep',
  'request.missing_field',
  'request.invalid_field',
  'request.unsupported_media_type',
];

/** How the database refuses. */
export const DATABASE: readonly ErrorCode[] = ['database.unavailable', 'database.disk_full'];

/** How a new password is refused. */
export const NEW_PASSWORD: readonly ErrorCode[] = [
  'password.too_short',
  'password.too_common',
  'account.hashing_busy',
  'account.hashing_failed',
];

/** How guesses of a password are slowed down. */
export const GUESSING: readonly ErrorCode[] = [
  'request.rate_limited',
  'account.rate_limited',
  'account.throttled',
  'account.hashing_busy',
  'account.hashing_failed',
];

/** A body or an answer that is JSON. @param name - among the components of the document */
export function json(
  name: string,
  type: z.ZodType,
  examples: Content['examples'] = {},
  parts: Content['parts'] = [],
): readonly Content[] {
  return [{ mediaType: 'application/json', schema: { name, type }, examples, parts }];
}

/** The answer of something that has been done and has nothing to tell. */
export function done(description: string): Readonly<Record<number, Answer>> {
  return { 204: { description } };
}
