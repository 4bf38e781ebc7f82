import type { IncomingMessage } from 'node:http';
import { parse } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import { CONSOLE_HEADER } from '../../../protocol/console.js';
import { SESSION_TOKEN_PREFIX, type LoginAnswer } from '../../../protocol/sessions.js';
import { AppError } from '../../errors/app-error.js';
import { createOriginGuard, type OriginGuard } from '../request-guards.js';
import { bearerToken, hasBearer, type TokenOf } from './bearer-token.js';
import type { IsSecure } from './secure-requests.js';

const HEADER = CONSOLE_HEADER.toLowerCase();
const WANTED = '1';
const PORT = /:(\d{1,5})$/;

/** The sessions that browsers keep in a cookie, which no script can read. */
export interface SessionCookies {
  /**
   * The token of a request's cookie; undefined where there is none, or where the request does not say that it is the console's.
   *
   * @throws AppError `request.foreign_origin` where it says so, and is of another origin's page
   */
  readonly tokenOf: TokenOf;
  /**
   * Refuses what is not of the console: no page of another origin may log a browser in, either.
   *
   * @throws AppError `request.invalid_header`, `request.foreign_origin`
   */
  assertConsole(request: IncomingMessage): void;
  /** Gives a session to the browser, until it ends. */
  keep(request: Request, response: Response, session: Pick<LoginAnswer, 'token' | 'expires_at'>): void;
  /** Has the browser forget the session of a request that was answered, if it came by the cookie. */
  forget(request: Request, response: Response): void;
}

/** Makes the keeper of cookies. Behind a proxy that is not trusted they are those of HTTP without TLS. */
export function createSessionCookies(isSecure: IsSecure): SessionCookies {
  const attributesOf = (request: Request): CookieOptions => ({
    ...{ httpOnly: true, sameSite: 'strict', path: '/', secure: isSecure(request) },
  });
  const assertOrigin = createOriginGuard(isSecure);
  const nameOf = (request: IncomingMessage) => cookieName(request, isSecure(request));
  return {
    tokenOf: (request) => {
      if (!isOfConsole(request)) return undefined;
      assertOwnPage(request, assertOrigin);
      return tokenIn(request.headers.cookie, nameOf(request));
    },
    assertConsole: (request) => {
      if (!isOfConsole(request)) throw headerNeeded();
      assertOwnPage(request, assertOrigin);
    },
    keep: (request, response, { token, expires_at: expiresAt }) => {
      response.cookie(nameOf(request), token, { ...attributesOf(request), expires: new Date(expiresAt) });
    },
    forget: (request, response) => {
      if (!hasBearer(request)) response.clearCookie(nameOf(request), attributesOf(request));
    },
  };
}

/** Makes what tells the token of a request: a bearer token goes before a cookie, whether it is good or not. */
export function createTokenOf(cookies: Pick<SessionCookies, 'tokenOf'>): TokenOf {
  return (request) => bearerToken(request) ?? (hasBearer(request) ? undefined : cookies.tokenOf(request));
}

function isOfConsole({ headers }: IncomingMessage): boolean {
  return headers[HEADER] === WANTED;
}

function headerNeeded(): AppError {
  return new AppError('request.invalid_header', {
    details: { header: CONSOLE_HEADER, reason: `must be ${WANTED}` },
  });
}

// What a browser says of the page that asks. One that says nothing is too old to, or is no browser.
function assertOwnPage(request: IncomingMessage, assertOrigin: OriginGuard): void {
  assertOrigin(request);
  const site = request.headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin') return;
  throw new AppError('request.foreign_origin', { details: { origin: 'another site or port' } });
}

// All ports of a host share their cookies, so the name holds the port. A browser takes one of `__Host-` over TLS only, from this
// very host only.
function cookieName({ headers: { host = '' } }: IncomingMessage, isSecure: boolean): string {
  const port = PORT.exec(host)?.[1];
  return `${isSecure ? '__Host-' : ''}gatherd${port === undefined ? '' : `-${port}`}`;
}

// Two of a name: one of them was put there by somebody else, and nobody can say which.
function tokenIn(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '').split(';').flatMap((pair) => parse(pair)[name] ?? []);
  const [token, ...others] = values;
  return others.length === 0 && token?.startsWith(SESSION_TOKEN_PREFIX) === true ? token : undefined;
}
