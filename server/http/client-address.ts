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
  const trust = createTrust(proxies);
  return (request) => {
    const connection = request.socket.remoteAddress;
    return connection === undefined ? '' : canonicalAddress(proxyAddr(request, trust), connection);
  };
}

/** Whether an address is a trusted proxy's. @param index - how many hops it is away from here */
export type Trust = (address: string, index: number) => boolean;

/** Makes what tells which proxies are believed. */
export function createTrust(proxies: TrustedProxies): Trust {
  if (proxies === false) return () => false;
  return typeof proxies === 'number' ? (_address, index) => index < proxies : proxyAddr.compile([...proxies]);
}
