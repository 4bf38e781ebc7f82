import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler } from 'express';
import { AppError } from '../errors/app-error.js';
import type { AddressOf } from './client-address.js';
import type { RefusalLog } from './refusal-log.js';

/** Makes the one place where errors behind Express become answers: problem details, RFC 9457. */
export function createProblemMapper(
  logRefusal: RefusalLog,
  addressOf: AddressOf,
  newRequestId: () => string,
): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const requestId = response.get('X-Request-Id') ?? newRequestId();
    const refusal = logRefusal(fromExpress(error), request, requestId, addressOf(request));
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { status } = refusal.kind;
    if (refusal.retryAfterSeconds !== undefined)
      response.set('Retry-After', String(refusal.retryAfterSeconds));
    if (refusal.code === 'request.method_not_allowed')
      response.set('Allow', String(refusal.details['allow']));
    response.set('X-Request-Id', requestId).status(status).type('application/problem+json');
    response.send(
      JSON.stringify({
        type: 'about:blank',
        title: STATUS_CODES[status],
        status,
        detail: refusal.message,
        code: refusal.code,
      }),
    );
  };
}

// Express throws errors with a status of its own, for a file that is not there for example.
function fromExpress(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { status } = error as Error & { status?: unknown };
  if (status === 404) return new AppError('request.not_found', { cause: error });
  const isClients = typeof status === 'number' && status >= 400 && status < 500;
  return isClients ? new AppError('request.malformed', { cause: error }) : error;
}
