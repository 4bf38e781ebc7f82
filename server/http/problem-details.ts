import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler } from 'express';
import { AppError } from '../errors/app-error.js';
import type { AddressOf } from './client-address.js';
import type { ErrorCode } from '../errors/error-table.js';
import { CLOSING } from './gather-answers.js';
import type { RefusalLog } from './refusal-log.js';
import type { Headers } from './security-headers.js';

/** An answer that says what went wrong, RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly [member: string]: string | number;
}

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
    response.set({ ...problemHeaders(refusal), 'X-Request-Id': requestId });
    response.status(refusal.kind.status).type('application/problem+json');
    response.send(JSON.stringify(problemOf(refusal)));
  };
}

/** An error as problem details, RFC 9457, with its code and with the values in its text as members of their own. */
export function problemOf({ kind: { status }, message, code, details }: AppError): Problem {
  const title = STATUS_CODES[status] ?? 'Unknown';
  return { type: 'about:blank', title, status, detail: message, code, ...details };
}

/** What an error has in the head of its answer. */
export function problemHeaders({ code, details, kind, retryAfterSeconds }: AppError): Headers {
  return {
    ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
    ...(code === 'request.method_not_allowed' ? { Allow: String(details['allow']) } : {}),
    ...(CLOSING.has(code) ? { Connection: 'close' } : {}),
    ...(kind.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
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
