import { expect, test } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { addressText, assertLoopback, cannotListen } from './gateway.js';

test('an address beyond loopback is refused by name', () => {
  expect(() => {
    assertLoopback('GATHERD_CREDENTIALS', { host: '0.0.0.0', port: 1 });
  }).toThrow("GATHERD_CREDENTIALS: '0.0.0.0' is not loopback");
});

test('why an address cannot be listened on is said in words', () => {
  const at = { host: '::1', port: 5 };
  expect(addressText(at)).toBe('[::1]:5');
  const error = cannotListen('GATHERD_ZMQ', at, Object.assign(new Error(), { code: 'EADDRINUSE' }));
  expect(error).toBeInstanceOf(AppError);
  expect(error.message).toBe('GATHERD_ZMQ: [::1]:5 is in use by another program');
  expect(cannotListen('GATHERD_ZMQ', at, new Error()).message).toContain('(unknown error)');
});
