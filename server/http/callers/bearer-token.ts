import type { IncomingMessage } from 'node:http';

/** Tells the token that a request comes with; undefined where there is none. */
export type TokenOf = (request: IncomingMessage) => string | undefined;

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;
const BEARER_SCHEME = /^Bearer(?: |$)/i;

/** The token of the header `Authorization`, RFC 6750; undefined where there is none that can be one. */
export function bearerToken({ headers }: IncomingMessage): string | undefined {
  return BEARER.exec(headers.authorization ?? '')?.[1];
}

/** Whether a request wants to be known by a bearer token, whatever it is. A proxy's `Basic` is another matter. */
export function hasBearer({ headers }: IncomingMessage): boolean {
  return BEARER_SCHEME.test(headers.authorization ?? '');
}
