import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRetryAfter } from './requests/retry-after.js';
import { delayBeforeRetry } from './retry-policy.js';

const policy = { budgetMs: 10_000, firstDelayMs: 200, maxDelayMs: 5_000 };
const failed = { tries: 1, elapsedMs: 0, retryAfterSeconds: undefined, random: 0 };

test('pauses double up to the longest, half of each left to chance', () => {
  expect(delayBeforeRetry(policy, failed)).toBe(100);
  expect(delayBeforeRetry(policy, { ...failed, tries: 3 })).toBe(400);
  expect(delayBeforeRetry(policy, { ...failed, tries: 50, random: 1 })).toBe(5_000);
});

test('a pause is never shorter than what the server asks for, and never ends outside the budget', () => {
  const anyFailure = fc.record({
    tries: fc.integer({ min: 1, max: 2_000 }),
    elapsedMs: fc.integer({ min: 0, max: 20_000 }),
    retryAfterSeconds: fc.option(fc.nat(30), { nil: undefined }),
    random: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(anyFailure, (one) => {
      const delay = delayBeforeRetry(policy, one);
      if (delay === undefined) return;
      expect(delay).toBeGreaterThanOrEqual((one.retryAfterSeconds ?? 0) * 1000);
      expect(one.elapsedMs + delay).toBeLessThanOrEqual(policy.budgetMs);
    }),
  );
});

test('a budget of nothing means a single try', () => {
  expect(delayBeforeRetry({ ...policy, budgetMs: 0 }, failed)).toBeUndefined();
});

const NOW = Date.parse('2026-11-21T00:00:00Z');

test.each([
  ['0', 0],
  [' 120 ', 120],
  ['Sat, 21 Nov 2026 00:00:30 GMT', 30],
  ['Fri, 20 Nov 2026 00:00:00 GMT', 0],
  ['-5', undefined],
  ['1.5', undefined],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %j means %s seconds', (header, seconds) => {
  expect(parseRetryAfter(header, NOW)).toBe(seconds);
});
