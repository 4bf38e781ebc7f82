import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * Whether only this machine is at an address: that of a peer, or one to listen on, which may be `localhost` too.
 *
 * By Node's own reading: ipaddr.js takes 127.1 for an IPv4 address too. And ipaddr.js throws at zones such as eth0.1.
 */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return isIP(host) !== 0 && ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}
