import { expect, test } from 'vitest';
import { networkOf } from './network-of.js';

test('an IPv4 address is counted by itself', () => {
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1');
  expect(networkOf('192.0.2.1')).not.toBe(networkOf('192.0.2.2'));
});

test('IPv6 addresses are counted by their /64', () => {
  const network = networkOf('2001:db8:1:2::1');
  expect(networkOf('2001:db8:1:2:ffff:ffff:ffff:ffff')).toBe(network);
  expect(networkOf('2001:db8:1:3::1')).not.toBe(network);
  expect(networkOf('2001:db8:1:12::1')).not.toBe(network);
});
