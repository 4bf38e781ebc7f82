import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cellOfJson, cellOfText } from './csv-record.js';
import { lineSafeJson, printable } from './line-safe.js';

const DIRECTION = ['\u202a', '\u202e', '\u2066', '\u2069'];
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '"', ';', '|', '=', '{', '\u2028', '\u0085', ...DIRECTION) }),
  fc.string({ unit: 'binary' }),
);

test('a JSON text that is made safe for lines means the same, and has nothing that ends one', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), text, (value, name) => {
      const json = JSON.stringify({ [name]: value, name });
      const safe = lineSafeJson(json);
      expect(JSON.parse(safe)).toEqual(JSON.parse(json));
      expect(safe).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
    }),
  );
});

test('what is printable has nothing that a terminal obeys, and ordinary text stays as it is', () => {
  fc.assert(
    fc.property(text, (any) => {
      expect(printable(any)).not.toMatch(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u);
    }),
  );
  expect(printable('Zoë 李 🐢')).toBe('Zoë 李 🐢');
  expect(printable('\u001b[2J\u202e\u200f\u061c')).toBe('\\u001b[2J\\u202e\\u200f\\u061c');
});

test('a cell is told apart from plain text by its first character, and reads back', () => {
  fc.assert(
    fc.property(text, (any) => {
      const cell = cellOfText(any);
      if (cell.startsWith('"')) expect(JSON.parse(cell)).toBe(any);
      else expect(cell).toBe(any);
      expect(cell.startsWith('{')).toBe(false);
    }),
  );
});

test('the separator of another spreadsheet stands in no cell with what it could execute', () => {
  expect(cellOfText('a;=1')).toBe('"a\\u003b=1"');
  expect(cellOfJson('"a|b"')).toBe('{"message":"a\\u007cb"}');
});
