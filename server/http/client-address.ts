import type { IncomingMessage } from 'node:http';
import proxyAddr from 'proxy-addr';
import type { TrustedProxies } from '../config/setting-kinds.js';
import { canonicalAddress } from '../net/canonical-address.js';

/** Tells the address that a request comes from, in one canonical form. */
export type AddressOf = (request: IncomingMessage) => string;

/**
 * Makes the function that tells a client's address: the connection's own, unless that is a trusted proxy; then the
 * rightmost address of X-Forwarded-For that is none. A v4-mapped IPv6 address equals its IPv4 form.
 */
export function createAddressOf(proxies: TrustedProxies): AddressOf {
  if (proxies === false) return (request) => canonicalAddress(request.socket.remoteAddress);
  const trust = typeof proxies === 'number' ? trustHops(proxies) : proxyAddr.compile([...proxies]);
  return (request) => {
    const connection = request.socket.remoteAddress;
    return connection === undefined ? '' : canonicalAddress(proxyAddr(request, trust), connection);
  };
}

function trustHops(hops: number) {
  return (_address: string, index: number) => index < hops;
}
