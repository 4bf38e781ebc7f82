import { expect, test } from 'vitest';
import type { JsonValue } from '../../../../protocol/json-value.js';
import { indentedText } from './indented-text.js';

const nested = (depth: number, inside = '') => '['.repeat(depth) + inside + ']'.repeat(depth);

test.each([
  [{ a: [1, 'x'] }, '{\n  "a": [\n    1,\n    "x"\n  ]\n}'],
  [' {"a":1}', '{\n  "a": 1\n}'],
  ['[]', '[]'],
  [5, '5'],
  [null, 'null'],
])('%j is put on lines', (message, expected) => {
  expect(indentedText(message)).toBe(expected);
});

test.each(['', 'hello', '5', '"x"', '[1, 2', '{a}'])('%j is no JSON of an object or an array', (text) => {
  expect(indentedText(text)).toBeUndefined();
});

test('what is nested deeply stays as it is', () => {
  expect(indentedText(nested(32))).toContain('\n');
  for (const depth of [33, 6_000, 100_000]) expect(indentedText(nested(depth))).toBeUndefined();
});

test('what is too deep is not written to find that out', () => {
  let isWritten = false;
  const toJSON = () => (isWritten = true);
  const inside = { toJSON } as unknown as JsonValue;
  const within = (depth: number): JsonValue => (depth === 0 ? inside : [within(depth - 1)]);
  expect(indentedText(within(40))).toBeUndefined();
  expect(isWritten).toBe(false);
  expect(indentedText(within(20))).toContain('true');
});

test('what would get long stays as it is', () => {
  expect(indentedText(nested(1_000, `1${',1'.repeat(120_000)}`))).toBeUndefined();
  expect(indentedText(nested(31, `1${',1'.repeat(120_000)}`))).toBeUndefined();
  expect(indentedText(JSON.stringify(['x'.repeat(300_000)]))).toBeUndefined();
});
