import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { TrustedProxies } from '../../config/setting-kinds.js';
import { createTrust } from '../client-address.js';

/** Tells whether a request came over TLS. */
export type IsSecure = (request: IncomingMessage) => boolean;

/** Makes what tells it: by the connection itself, or by the X-Forwarded-Proto of a proxy that is trusted. */
export function createIsSecure(proxies: TrustedProxies): IsSecure {
  const trust = createTrust(proxies);
  return ({ socket, headers }) =>
    socket instanceof TLSSocket ||
    (trust(socket.remoteAddress ?? '', 0) && isHttps(headers['x-forwarded-proto']));
}

// Where several proxies have written, the first one is what the client spoke, as Express has it.
function isHttps(protocols: string | readonly string[] = ''): boolean {
  const [first = ''] = String(protocols).split(',', 1);
  return first.trim().toLowerCase() === 'https';
}
