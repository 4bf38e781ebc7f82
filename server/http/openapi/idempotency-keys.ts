import * as z from 'zod';
import { IDEMPOTENCY_HEADER, IDEMPOTENCY_KEY } from '../../../protocol/idempotency.js';
import type { ErrorCode } from '../../errors/error-table.js';
import { BULK_PATH } from '../bulk/bulk-door.js';
import type { Operation } from './operation.js';

const KEY = {
  [IDEMPOTENCY_HEADER]: z
    .string()
    .regex(IDEMPOTENCY_KEY)
    .optional()
    .describe(
      'Of the client’s choice, another for each request: with the same key the request is carried out once, however often it is ' +
        'sent within five minutes, and each time gets the answer of the first, unless that was 429 or 5xx.',
    ),
};
/** How a request with a key is refused, and one whose body is read ahead. */
const REFUSALS: readonly ErrorCode[] = [
  'request.invalid_header',
  'request.key_reused',
  'request.busy',
  'request.body_too_large',
];

/** An operation with the key that it takes, if it takes one: a POST under `/v1`, unless its messages are numbered. */
export function takingKeys(operation: Operation): Operation {
  const { method, path, parameters, refusals } = operation;
  if (method !== 'POST' || !path.startsWith('/v1/') || path === BULK_PATH) return operation;
  const header = parameters?.header?.extend(KEY) ?? z.object(KEY);
  return {
    ...operation,
    parameters: { ...parameters, header },
    refusals: [...new Set([...refusals, ...REFUSALS])],
  };
}
