import { hostname } from 'node:os';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

const LABELS =
  /^(?:\*\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const MOST_CHARACTERS = 253;

/**
 * A name that a server can be reached by, as certificates have it: a host name, also with `*.` before it, or an IP address.
 *
 * @returns undefined where it is none
 */
export function serverNameOf(text: string): string | undefined {
  const bare = /^\[.*\]$/.test(text) ? text.slice(1, -1) : text;
  // An address of one link means nothing to others.
  if (isIP(bare) === 4) return bare;
  if (isIP(bare) === 6)
    return bare.includes('%') ? undefined : new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const wildcard = text.startsWith('*.') ? '*.' : '';
  const name = `${wildcard}${domainToASCII(text.slice(wildcard.length))}`;
  // What is all digits and dots and is no address is a mistake.
  if (/^[\d.]+$/.test(name) || name.length > MOST_CHARACTERS) return undefined;
  return LABELS.test(name) ? name : undefined;
}

/** The names that this machine surely has. */
export function ownNames(): readonly [string, ...string[]] {
  const own = serverNameOf(hostname());
  const others = own === undefined || own === 'localhost' ? [] : [own];
  return ['localhost', '127.0.0.1', '::1', ...others];
}
