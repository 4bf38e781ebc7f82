import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fieldText } from './field-text.js';

const DEPTH = 32;

test('a field is what stands there, digits and white space and all', () => {
  const object = Buffer.from(
    ' { "a" : "\\"m\\u0022", "m" : [ 12345678901234567890.10, 1e400 ] , "b":{"m":2}}\n',
  );
  expect(fieldText(object, 'm', DEPTH)).toBe('[ 12345678901234567890.10, 1e400 ]');
  expect(fieldText(object, 'c', DEPTH)).toBeUndefined();
  expect(fieldText(Buffer.from(' { } '), 'm', DEPTH)).toBeUndefined();
});

test('a name may be written with escapes, and the last one counts', () => {
  expect(fieldText(Buffer.from('{"m":1,"\\u006d":2}'), 'm', DEPTH)).toBe('2');
  expect(fieldText(Buffer.from('{"m":1,"\\u006e":2}'), 'm', DEPTH)).toBe('1');
});

test('it is what JSON.parse finds', () => {
  const object = fc.dictionary(fc.constantFrom('m', 'n', '"', 'ü'), fc.jsonValue({ maxDepth: 5 }));
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 1, '\t'), (fields, space) => {
      const json = JSON.stringify(fields, null, space);
      const { m } = JSON.parse(json) as { m?: unknown };
      const text = fieldText(Buffer.from(json), 'm', DEPTH);
      expect(text === undefined ? undefined : JSON.parse(text)).toEqual(m);
    }),
  );
});
