import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TrustedProxies } from '../config/setting-kinds.js';
import { createAddressOf } from './client-address.js';

// A request as Node hands it over, from a connection with this address.
function requestFrom(address: string, forwardedFor?: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  const request = new IncomingMessage(socket);
  if (forwardedFor !== undefined) request.headers['x-forwarded-for'] = forwardedFor;
  return request;
}

function addressOf(proxies: TrustedProxies, address: string, forwardedFor?: string): string {
  return createAddressOf(proxies)(requestFrom(address, forwardedFor));
}

describe('without a proxy', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
  ])('a connection from %s is the endpoint %s', (address, endpoint) => {
    expect(addressOf(false, address)).toBe(endpoint);
  });

  test('X-Forwarded-For means nothing', () => {
    expect(addressOf(false, '192.0.2.1', '198.51.100.7')).toBe('192.0.2.1');
  });
});

describe('behind a number of proxies', () => {
  test.each<[number, string, string]>([
    [0, '198.51.100.7', '192.0.2.1'],
    [1, '198.51.100.7', '198.51.100.7'],
    [1, '203.0.113.9, 198.51.100.7', '198.51.100.7'],
    [2, '203.0.113.9, 198.51.100.7', '203.0.113.9'],
    [2, '1.1.1.1, 203.0.113.9, 198.51.100.7', '203.0.113.9'],
    [1, '::ffff:198.51.100.7', '198.51.100.7'],
    [1, '2001:DB8::7', '2001:db8::7'],
  ])('%i of them, "%s" comes from %s', (hops, forwardedFor, endpoint) => {
    expect(addressOf(hops, '192.0.2.1', forwardedFor)).toBe(endpoint);
  });

  test.each([undefined, '', 'junk', 'unknown', '1.2.3.4:5678', '999.1.1.1', '010.1.1.1', '1', '<script>'])(
    'what is no address (%s) leaves the proxy’s own',
    (forwardedFor) => {
      expect(addressOf(1, '::ffff:192.0.2.1', forwardedFor)).toBe('192.0.2.1');
    },
  );

  test('nothing that a client puts on the left moves it', () => {
    fc.assert(
      fc.property(fc.string(), (claimed) => {
        expect(addressOf(1, '192.0.2.1', `${claimed}, 198.51.100.7`)).toBe('198.51.100.7');
      }),
    );
  });
});

describe('behind proxies with known addresses', () => {
  const proxies = ['10.0.0.0/8', '::1'];

  test.each([
    ['10.1.2.3', '198.51.100.7', '198.51.100.7'],
    ['10.1.2.3', '1.1.1.1, 198.51.100.7, 10.9.9.9', '198.51.100.7'],
    ['::ffff:10.1.2.3', '198.51.100.7', '198.51.100.7'],
    ['192.0.2.1', '198.51.100.7', '192.0.2.1'],
    ['10.1.2.3', '198.51.100.7, junk', '10.1.2.3'],
  ])('from %s, "%s" comes from %s', (address, forwardedFor, endpoint) => {
    expect(addressOf(proxies, address, forwardedFor)).toBe(endpoint);
  });
});
