import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { AppError } from '../errors/app-error.js';
import type { IsSecure } from './callers/secure-requests.js';

/** Refuses a request whose Host is not served. */
export type HostGuard = (request: IncomingMessage) => void;

/**
 * Makes the guard against DNS rebinding: a page of another site can make a browser send requests to a server on
 * loopback or in a private network, but only under that site's own name.
 *
 * @param names - Host names that are served beside localhost and IP addresses
 * @param isNamed - whether another is, too: one of the certificate that is shown, for example
 * @returns a function that throws AppError `request.unexpected_host`; `request.malformed` where there is none
 */
export function createHostGuard(
  names: readonly string[],
  isNamed: (host: string) => boolean = () => false,
): HostGuard {
  const served = new Set(['localhost', ...names.map((name) => name.toLowerCase())]);
  return (request) => {
    if (request.headers.host === undefined) throw new AppError('request.malformed');
    const host = hostName(request.headers.host);
    if (served.has(host) || isIP(host) !== 0 || isNamed(host)) return;
    throw new AppError('request.unexpected_host', { details: { host } });
  };
}

function hostName(header: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(header);
  if (bracketed?.[1] !== undefined) return bracketed[1];
  return header.replace(/:\d*$/, '').toLowerCase();
}

/** Refuses every method but one. @throws AppError `request.method_not_allowed` */
export function assertMethod(request: IncomingMessage, method: string): void {
  if (request.method !== method) throw notAllowed(method);
}

/**
 * Makes the handler of what is left once the methods of a path have been routed: it refuses them all, as {@link assertMethod} does.
 *
 * @param methods - those that are routed, in the order of the alphabet, as `GET, POST`
 */
export function refuseOtherMethods(methods: string): () => never {
  return () => {
    throw notAllowed(methods);
  };
}

function notAllowed(allow: string): AppError {
  return new AppError('request.method_not_allowed', { details: { allow } });
}

const JSON_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;

/**
 * Refuses a body that is not plain JSON in UTF-8. A page of another site cannot send this type without asking, which
 * this server does not allow.
 *
 * @throws AppError `request.unsupported_media_type`
 */
export function assertJson(request: IncomingMessage): void {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers;
  if (!JSON_TYPE.test(type)) throw unsupported('application/json in UTF-8');
  if (encoding.toLowerCase() !== 'identity') throw unsupported('a body without a Content-Encoding');
}

function unsupported(supported: string): AppError {
  return new AppError('request.unsupported_media_type', { details: { supported } });
}

const MOST_ORIGIN_CHARACTERS = 200;

/** Refuses a page of another origin, where a browser says in the header `Origin` which page asks. */
export type OriginGuard = (request: IncomingMessage) => void;

/**
 * Makes the guard. What came over TLS is asked by pages of `https:` only. What seems to come over HTTP can have come over TLS to a
 * proxy that is not trusted, so there the scheme says nothing; the host has to be passed on.
 *
 * @returns a function that throws AppError `request.foreign_origin`
 */
export function createOriginGuard(isSecure: IsSecure): OriginGuard {
  return (request) => {
    const { origin, host = '' } = request.headers;
    if (origin === undefined) return;
    if (isOf(host, origin) && (!isSecure(request) || new URL(origin).protocol === 'https:')) return;
    throw new AppError('request.foreign_origin', {
      details: { origin: origin.slice(0, MOST_ORIGIN_CHARACTERS) },
    });
  };
}

// With the port of the origin's scheme where there is none.
function isOf(host: string, origin: string): boolean {
  const [scheme = ''] = origin.split('//', 1);
  const own = `${scheme}//${host}`;
  return URL.canParse(origin) && URL.canParse(own) && new URL(origin).host === new URL(own).host;
}
