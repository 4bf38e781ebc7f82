import { expect, test } from 'vitest';
import { securityHeaders } from './security-headers.js';

test('answers tell browsers to trust nothing and to guess nothing', () => {
  const headers = Object.fromEntries(
    Object.entries(securityHeaders()).map(([name, value]) => [name.toLowerCase(), value]),
  );
  expect(headers['content-security-policy']).toContain("default-src 'self'");
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });
  expect(headers).not.toHaveProperty('strict-transport-security');
});
