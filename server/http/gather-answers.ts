import { STATUS_CODES } from 'node:http';
import type { GatherAnswer } from '../../protocol/gather-messages.js';
import type { AppError } from '../errors/app-error.js';
import type { Headers } from './security-headers.js';

/** An answer of contract 1, ready to be sent. */
export interface HttpAnswer {
  readonly body: GatherAnswer;
  readonly headers: Headers;
}

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
  if (error.code === 'request.body_too_large') headers['Connection'] = 'close';
  return { body: bodyOf(status, error.message, hasToken ? '' : undefined), headers };
}

function bodyOf(status: number, message: string, token: string | undefined): GatherAnswer {
  const body = {
    status_code: status,
    status_message: message,
    status_description: STATUS_CODES[status] ?? 'Unknown',
  };
  return token === undefined ? body : { ...body, token };
}
