import fc from 'fast-check';
import { expect, test } from 'vitest';
import { localText, timeTyped } from './local-time.js';

test('a time as a field has it names the same time, with no more digits than it needs', () => {
  // Between them no zone turns its clocks back.
  const times = fc.integer({ min: Date.UTC(2026, 11, 1), max: Date.UTC(2027, 0, 31) });
  fc.assert(fc.property(times, (time) => timeTyped(localText(time)) === time));
  expect(localText(new Date(2026, 10, 21, 2, 44, 57).getTime())).toBe('2026-11-21T02:44:57');
  expect(localText(new Date(2026, 10, 21, 2, 44, 57, 40).getTime())).toBe('2026-11-21T02:44:57.040');
  expect(timeTyped('2026-11-21T02:44Z')).toBe(Date.UTC(2026, 10, 21, 2, 44));
  expect(timeTyped('')).toBeUndefined();
});
