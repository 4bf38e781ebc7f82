import { expect, test } from 'vitest';
import { ConnectionLimits } from './connection-limits.js';

test('an address has its share, and there is a limit for all', () => {
  const limits = new ConnectionLimits(3, 2);
  const leave = limits.admit('192.0.2.1');
  expect(limits.admit('192.0.2.1')).toBeTypeOf('function');
  expect(limits.admit('192.0.2.1')).toBe('address');
  expect(limits.admit('192.0.2.2')).toBeTypeOf('function');
  expect(limits.admit('192.0.2.3')).toBe('all');
  if (typeof leave === 'function') leave();
  expect(limits.open).toBe(2);
  expect(limits.admit('192.0.2.1')).toBeTypeOf('function');
});

test('addresses of one IPv6 /64 are one', () => {
  const limits = new ConnectionLimits(10, 1);
  expect(limits.admit('2001:db8::1')).toBeTypeOf('function');
  expect(limits.admit('2001:db8::2')).toBe('address');
  expect(limits.admit('2001:db8:0:1::1')).toBeTypeOf('function');
});
