import { expect, test } from 'vitest';
import { spaceOf } from './space.js';

const GIB = 2 ** 30;

test.each([
  [50 * GIB, 50 * GIB, { percentTaken: 50, isLow: false }],
  [0, GIB, { percentTaken: 0, isLow: false }],
  [0, GIB - 1, { isLow: true }],
  [91 * GIB, 9 * GIB, { percentTaken: 91, isLow: true }],
  [0, 0, { percentTaken: 100, isLow: true }],
])('a dump of %d bytes with %d free', (bytes, free_bytes, expected) => {
  expect(spaceOf({ last_seq: 0, segments: 1, queued_bytes: 0, bytes, free_bytes })).toMatchObject(expected);
});

test('what is not known is not judged', () => {
  expect(spaceOf({ last_seq: 0, segments: 1, queued_bytes: 0, bytes: 1, free_bytes: null })).toBeUndefined();
});
