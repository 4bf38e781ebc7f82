import { expect, test } from 'vitest';
import { isLoopback } from './is-loopback.js';

test.each([
  ['localhost', true],
  ['127.0.0.0', true],
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['127.255.255.255', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['::FFFF:7f00:1', true],
  ['126.255.255.255', false],
  ['128.0.0.0', false],
  ['192.168.1.1', false],
  ['0.0.0.0', false],
  ['::', false],
  ['::2', false],
  ['::ffff:0.0.0.0', false],
  ['::ffff:192.0.2.1', false],
  ['fe80::1%eth0', false],
  ['fe80::1%eth0.1', false],
  ['localhost.example.org', false],
  ['127.0.0.1.example.org', false],
  ['127.1', false],
  ['0177.0.0.1', false],
  ['2130706433', false],
  ['127.0.0.1:80', false],
  ['[::1]', false],
  [' 127.0.0.1', false],
  ['*', false],
  ['', false],
])('"%s" is on loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
