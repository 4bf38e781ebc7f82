import type { IncomingMessage } from 'node:http';
import type { CallerOf } from '../callers/request-callers.js';
import type { AddressOf } from '../client-address.js';
import type { CertificateOf } from '../client-certificates.js';
import type { Operation } from '../openapi/operation.js';
import { createRouteOf } from '../openapi/route-of.js';

/**
 * Tells who asks, as far as a key of a request is concerned: nobody gets an answer by somebody else's key.
 *
 * @throws AppError as `CallerOf` does, where only a session would be let in
 */
export type AskerOf = (request: IncomingMessage, url: string) => string;

/**
 * Makes what tells it: a session, and where anybody may ask, an address with its certificate.
 *
 * @param options - `newcomerOf`: admits those too who have to change their password first
 */
export function createAskerOf(options: {
  readonly operations: readonly Operation[];
  readonly newcomerOf: CallerOf;
  readonly addressOf: AddressOf;
  readonly certificateOf: CertificateOf;
}): AskerOf {
  const { operations, newcomerOf, addressOf, certificateOf } = options;
  const routeOf = createRouteOf(operations);
  const isOpen = new Set(
    operations.filter(({ access }) => access === 'public').map(({ method, path }) => `${method} ${path}`),
  );
  return (request, url) => {
    if (!isOpen.has(routeOf({ method: request.method, url })))
      return `session ${newcomerOf(request).session.id}`;
    return `address ${addressOf(request)} ${certificateOf(request)?.fingerprint ?? ''}`;
  };
}
