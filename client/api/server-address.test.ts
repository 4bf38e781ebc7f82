import { expect, test } from 'vitest';
import { parseServerAddress } from './server-address.js';

test.each([
  ['localhost:6174', 'http://localhost:6174'],
  ['localhost', 'http://localhost:6174'],
  [' host.example:80 ', 'http://host.example'],
  ['10.0.0.7:7000', 'http://10.0.0.7:7000'],
  ['[::1]:6174', 'http://[::1]:6174'],
  ['[::1]', 'http://[::1]:6174'],
  ['http://host.example', 'http://host.example'],
  ['HTTPS://Host.Example:8443/', 'https://host.example:8443'],
  ['https://host.example/gather/', 'https://host.example/gather'],
])('%s is %s', (text, url) => {
  expect(parseServerAddress(text)).toBe(url);
});

test.each([
  '',
  ' ',
  '::1',
  ':6174',
  'host:',
  'host:0',
  'host:65536',
  'host:port',
  'a b',
  'host/path',
  'user@host',
  'http://user:pass@host',
  'http://host?x',
  'http://host#x',
  'http://',
  'ftp://host',
])('%j is no address', (text) => {
  expect(parseServerAddress(text)).toBeUndefined();
});
