import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * An address in its one canonical form; what is none is replaced by `otherwise`. A v4-mapped IPv6 address equals its
 * IPv4 form.
 *
 * By Node's own reading: others take 1 and 010.1.1.1 for IPv4 addresses too.
 */
export function canonicalAddress(address = '', otherwise = ''): string {
  const version = isIP(address);
  if (version === 4) return address;
  // Node takes some scopes of link-local addresses that the parser does not.
  if (version === 6) return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
  return otherwise === '' ? address : canonicalAddress(otherwise);
}
