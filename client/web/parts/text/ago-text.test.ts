import { expect, test } from 'vitest';
import { agoText } from './ago-text.js';

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });

test.each([
  [-500, 0, 'second'],
  [59_999, -59, 'second'],
  [60_000, -1, 'minute'],
  [3_599_999, -59, 'minute'],
  [86_400_000, -1, 'day'],
  [31 * 86_400_000, -1, 'month'],
] as const)('%d ms ago', (ms, value, unit) => {
  expect(agoText(ms)).toBe(relative.format(value, unit));
});
