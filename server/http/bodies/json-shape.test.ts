import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { assertShape } from './json-shape.js';

const LARGE = 1_000_000;

function refusalOf(text: string, maxDepth: number, maxBytes = LARGE): string | undefined {
  const tooLong = () => new AppError('message.malformed', { details: { line: 1, reason: '' } });
  try {
    assertShape(Buffer.from(text), { maxDepth, maxBytes, tooLong });
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

// As JSON, where an escape may be the character itself.
function leastOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

test('what is nested is refused just where it is deeper than it may be', () => {
  const json = fc.jsonValue({ maxDepth: 6, noUnicodeString: false });
  const hard = fc.oneof(json, fc.dictionary(fc.constantFrom('[', '"{', '\\', '\\"['), json));
  fc.assert(
    fc.property(hard, fc.constantFrom(undefined, 1), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      const depth = depthOf(value);
      expect(refusalOf(text, depth)).toBeUndefined();
      if (depth > 0) expect(refusalOf(text, depth - 1)).toBe('request.too_deep');
      expect(refusalOf(text, depth, leastOf(value))).toBeUndefined();
    }),
  );
});

test('what takes more bytes than it may however it is written is refused', () => {
  const escaped = `"${'\\u00fc'.repeat(98)}"`;
  expect(refusalOf(escaped, 1, 100)).toBeUndefined();
  expect(refusalOf(`{${escaped}:1}`, 1, 102)).toBe('message.malformed');
  expect(refusalOf(`[${'1,'.repeat(99)}1]`, 1, 101)).toBeUndefined();
  expect(refusalOf(`[${'1,'.repeat(100)}1]`, 1, 101)).toBe('message.malformed');
  expect(refusalOf(`[${'[],'.repeat(40)}[]]`, 2, 100)).toBe('message.malformed');
});

test('what is no JSON is looked at to its end, and no further', () => {
  for (const text of ['', '"', '"\\', ']]]', '[', 'x'.repeat(100)])
    expect(refusalOf(text, 5)).toBeUndefined();
  expect(refusalOf('['.repeat(780_000), 32)).toBe('request.too_deep');
});
