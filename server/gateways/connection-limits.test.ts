import { expect, test } from 'vitest';
import { ConnectionLimits } from './connection-limits.js';

test('an address has its share, and there is a limit for all', () => {
  const limits = new ConnectionLimits(3, 2);
  const leave = [limits.admit('192.0.2.1'), limits.admit('192.0.2.1')];
  expect(limits.admit('192.0.2.1')).toBeUndefined();
  expect(limits.admit('192.0.2.2')).toBeDefined();
  expect(limits.admit('192.0.2.3')).toBeUndefined();
  leave[0]?.();
  expect(limits.open).toBe(2);
  expect(limits.admit('192.0.2.1')).toBeDefined();
});

test('addresses of one IPv6 /64 are one', () => {
  const limits = new ConnectionLimits(10, 1);
  expect(limits.admit('2001:db8::1')).toBeDefined();
  expect(limits.admit('2001:db8::2')).toBeUndefined();
  expect(limits.admit('2001:db8:0:1::1')).toBeDefined();
});
