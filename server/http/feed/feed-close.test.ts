import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import type { ErrorCode } from '../../errors/error-table.js';
import { closeOf } from './feed-close.js';

test.each<[ErrorCode, number]>([
  ['feed.closing', 1001],
  ['server.internal', 1011],
  ['session.invalid', 4401],
  ['session.not_identified', 4401],
  ['token.invalid', 4401],
  ['permission.missing', 4403],
  ['account.password_change_needed', 4403],
  ['feed.too_slow', 4408],
  ['feed.idle', 4408],
  ['feed.too_many_of_user', 4429],
  ['feed.too_many', 4503],
  ['request.invalid_field', 1008],
])('%s closes with %i', (code, closeCode) => {
  expect(closeOf(new AppError(code)).code).toBe(closeCode);
});

test('a code that is given goes before', () => {
  expect(closeOf(new AppError('request.unsupported_media_type'), 1003).code).toBe(1003);
});

test('the reason fits into a frame, and ends at a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (origin) => {
      const error = new AppError('request.foreign_origin', { details: { origin } });
      const whole = `${error.code}: ${error.message}`;
      const { reason } = closeOf(error);
      expect(whole.startsWith(reason)).toBe(true);
      expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
      if (reason !== whole) expect(Buffer.byteLength(reason)).toBeGreaterThan(119);
    }),
  );
});
