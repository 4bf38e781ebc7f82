import { STATUS_CODES } from 'node:http';
import type { GatherAnswer } from '../../protocol/gather-messages.js';
import type { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-table.js';
import { DATA_HEADERS, type Headers } from './security-headers.js';

/** An answer of contract 1, ready to be sent. */
export interface HttpAnswer {
  readonly body: GatherAnswer;
  readonly headers: Headers;
}

/** What leaves a connection in the middle of a request, or a client in the middle of sending one; or is so for all on a connection. */
export const CLOSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'certificate.refused',
  'request.body_too_large',
  'request.busy',
  'request.headers_too_large',
  'request.malformed',
  'request.timed_out',
]);

/** A success. @param token - present in every answer to AUTHENTICATE */
export function answered(status: number, message: string, token?: string): HttpAnswer {
  return { body: bodyOf(status, message, token), headers: {} };
}

/** An error. @param hasToken - whether the answer is one to AUTHENTICATE, which has an empty token then */
export function refused(error: AppError, hasToken: boolean): HttpAnswer {
  const { status } = error.kind;
  const headers: Record<string, string> = {};
  if (error.retryAfterSeconds !== undefined) headers['Retry-After'] = String(error.retryAfterSeconds);
  if (error.code === 'request.method_not_allowed') headers['Allow'] = String(error.details['allow']);
  if (CLOSING.has(error.code)) headers['Connection'] = 'close';
  return { body: bodyOf(status, error.message, hasToken ? '' : undefined), headers };
}

const COMMON_HEADERS: Headers = {
  ...DATA_HEADERS,
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store',
};

/** The whole head of an answer. @param body - the answer's, as it is sent */
export function headersOf(answer: HttpAnswer, requestId: string, body: string): Headers {
  return {
    ...COMMON_HEADERS,
    ...answer.headers,
    'X-Request-Id': requestId,
    'Content-Length': String(Buffer.byteLength(body)),
  };
}

const COMMON_FIELDS = Object.entries(COMMON_HEADERS).flat();

/** The same as names and values in turn, as `writeHead` takes them with the least effort. */
export function headerFieldsOf(answer: HttpAnswer, requestId: string, body: string): string[] {
  const fields = [
    ...COMMON_FIELDS,
    'X-Request-Id',
    requestId,
    'Content-Length',
    String(Buffer.byteLength(body)),
  ];
  for (const name in answer.headers) fields.push(name, answer.headers[name] ?? '');
  return fields;
}

function bodyOf(status: number, message: string, token: string | undefined): GatherAnswer {
  const body = {
    status_code: status,
    status_message: message,
    status_description: STATUS_CODES[status] ?? 'Unknown',
  };
  return token === undefined ? body : { ...body, token };
}
