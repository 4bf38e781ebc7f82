import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors/app-error.js';
import type { Session, SessionService } from '../features/sessions/session-service.js';
import type { AddressOf } from './client-address.js';

/** Whose request it is, and where it comes from. */
export interface Caller {
  readonly session: Session;
  readonly endpoint: string;
}

/** Tells whose request it is by its bearer token. @throws AppError `token.missing`, `token.invalid`, `session.not_identified` */
export type CallerOf = (request: IncomingMessage) => Caller;

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** Makes the guard of everything under `/v1`: RFC 6750, in the header only. */
export function createCallerOf(sessions: SessionService, addressOf: AddressOf): CallerOf {
  return (request) => {
    const token = bearerToken(request);
    if (token === undefined) throw new AppError('token.missing');
    const endpoint = addressOf(request);
    return { session: sessions.authorize(token, endpoint), endpoint };
  };
}

function bearerToken({ headers }: IncomingMessage): string | undefined {
  return BEARER.exec(headers.authorization ?? '')?.[1];
}
