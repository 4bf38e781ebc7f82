import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TrustedProxies } from '../../config/setting-kinds.js';
import { createIsSecure } from './secure-requests.js';
import { createSessionCookies } from './session-cookies.js';

const TOKEN = `gds_${'A'.repeat(43)}`;

// A request as Node hands it over.
function requestWith(headers: Readonly<Record<string, string>>, socket = new Socket()): IncomingMessage {
  const request = new IncomingMessage(socket);
  Object.assign(request.headers, { 'gather-console': '1', host: 'localhost:6174', ...headers });
  return request;
}

const tokenOf = (headers: Readonly<Record<string, string>>, isSecure = false) =>
  createSessionCookies(() => isSecure).tokenOf(requestWith(headers));

describe('the name of the cookie', () => {
  test.each([
    ['localhost:6174', 'gatherd-6174'],
    ['localhost', 'gatherd'],
    ['gatherd.example:', 'gatherd'],
    ['[::1]:6174', 'gatherd-6174'],
    ['[::1]', 'gatherd'],
    ['[fe80::6174]', 'gatherd'],
    ['localhost:00443', 'gatherd-00443'],
    ['localhost:616161', 'gatherd'],
    ['localhost:6174;x', 'gatherd'],
    ['localhost:-1', 'gatherd'],
  ])('at %s is %s', (host, name) => {
    expect(tokenOf({ host, cookie: `${name}=${TOKEN}` })).toBe(TOKEN);
    expect(tokenOf({ host, cookie: `__Host-${name}=${TOKEN}` })).toBeUndefined();
    expect(tokenOf({ host, cookie: `__Host-${name}=${TOKEN}` }, true)).toBe(TOKEN);
    expect(tokenOf({ host, cookie: `${name}=${TOKEN}` }, true)).toBeUndefined();
  });
});

describe('whatever the header Cookie says', () => {
  const noise = fc.array(
    fc.oneof(
      fc.string({ unit: 'binary-ascii' }),
      fc.string(),
      fc.constantFrom('gatherd-6174', 'gatherd-6174=', ';', '=', '"', '%', '%E0%A4%A', '__proto__=', TOKEN),
    ),
  );

  test('it never fails, and no token comes of it but one that is there, whole', () => {
    fc.assert(
      fc.property(noise, (parts) => {
        const cookie = parts.join('');
        const token = tokenOf({ cookie });
        expect(token === undefined || cookie.includes(`=${token}`) || cookie.includes('%')).toBe(true);
        if (!cookie.includes('gatherd-6174')) expect(token).toBeUndefined();
      }),
    );
  });

  test('a cookie among others is found, and twice it is none', () => {
    // No page can set one with a semicolon in it, and a browser puts `; ` between them.
    const other = noise.map((parts) => parts.join('').replace(/;|gatherd-6174/g, ''));
    fc.assert(
      fc.property(fc.array(other), fc.array(other), (before, behind) => {
        const own = `gatherd-6174=${TOKEN}`;
        expect(tokenOf({ cookie: [...before, own, ...behind].join('; ') })).toBe(TOKEN);
        expect(tokenOf({ cookie: [own, ...before, own, ...behind].join('; ') })).toBeUndefined();
      }),
    );
  });
});

describe('a request is over TLS', () => {
  function isSecure(proxies: TrustedProxies, headers: Readonly<Record<string, string>>, address: string) {
    const socket = new Socket();
    Object.defineProperty(socket, 'remoteAddress', { value: address });
    return createIsSecure(proxies)(requestWith(headers, socket));
  }

  test('where its own connection is, whatever anybody says', () => {
    const tls = new TLSSocket(new Socket());
    expect(createIsSecure(false)(requestWith({}, tls))).toBe(true);
    expect(createIsSecure(1)(requestWith({ 'x-forwarded-proto': 'http' }, tls))).toBe(true);
    tls.destroy();
  });

  test.each<[TrustedProxies, string, string, boolean]>([
    [false, 'https', '127.0.0.1', false],
    [0, 'https', '127.0.0.1', false],
    [1, 'https', '127.0.0.1', true],
    [1, 'HTTPS, http', '127.0.0.1', true],
    [1, 'http, https', '127.0.0.1', false],
    [1, 'httpsx', '127.0.0.1', false],
    [1, '', '127.0.0.1', false],
    [['loopback'], 'https', '127.0.0.1', true],
    [['loopback'], 'https', '192.0.2.1', false],
  ])('by proxies %j that say "%s" at %s: %j', (proxies, protocol, address, expected) => {
    expect(isSecure(proxies, { 'x-forwarded-proto': protocol }, address)).toBe(expected);
    expect(isSecure(proxies, {}, address)).toBe(false);
  });
});
