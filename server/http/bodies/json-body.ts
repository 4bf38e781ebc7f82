import type { IncomingMessage } from 'node:http';
import type * as z from 'zod';
import type { ReceivingBudget } from '../connections/receiving-budget.js';
import { assertJson } from '../request-guards.js';
import { parseFields } from './parse-fields.js';
import { keptBody } from './read-ahead.js';
import { parseJsonObject, readBody } from './request-body.js';

/**
 * Reads a body and answers what a schema makes of it.
 *
 * @throws AppError `request.unsupported_media_type`, `request.missing_field`, `request.invalid_field`, and as
 *   `readBody` and `parseJsonObject` do
 */
export type ReadJson = <Schema extends z.ZodType>(
  request: IncomingMessage,
  schema: Schema,
) => Promise<z.infer<Schema>>;

/** Makes the reader of bodies that are one small JSON object. */
export function createReadJson(options: {
  readonly maxBodyBytes: number;
  readonly maxJsonDepth: number;
  readonly receiving: ReceivingBudget;
}): ReadJson {
  const { maxBodyBytes, maxJsonDepth, receiving } = options;
  return async (request, schema) => {
    assertJson(request);
    const bytes = keptBody(request) ?? (await readBody(request, maxBodyBytes, receiving));
    return parseFields(schema, parseJsonObject(bytes, maxJsonDepth));
  };
}
