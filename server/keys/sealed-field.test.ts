import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldPlace } from './field-cipher.js';
import { keyIdOf, openField, sealedPrefix, sealField } from './sealed-field.js';

const KEY = randomBytes(32);
const ID = 'fields-1';
const PLACE: FieldPlace = { table: 'User', column: 'email', row: '4f1c' };

/** Any UTF-16, lone surrogates included. */
const text = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
});
const anyText = fc.oneof(text, fc.string({ unit: 'binary' }), fc.constant(''), fc.constant('\ud800'));
const place = fc.record({ table: anyText, column: anyText, row: anyText });

function seal(content: string, where = PLACE): string {
  return sealField(KEY, ID, where, content);
}

function open(sealed: string, where = PLACE, key = KEY): string | undefined {
  return openField(key, ID, where, sealed);
}

test('what is opened is exactly what was sealed, whatever it is and wherever it stands', () => {
  fc.assert(
    fc.property(anyText, place, (content, where) => {
      expect(open(seal(content, where), where)).toBe(content);
    }),
  );
});

test('a sealed text is of plain characters, names its key, and is never the same twice', () => {
  const sealed = seal('dale@example.com');
  expect(sealed).toMatch(/^v1\.fields-1\.[\w-]+$/);
  expect(keyIdOf(sealed)).toBe(ID);
  expect(sealed.startsWith(sealedPrefix(ID))).toBe(true);
  expect(seal('dale@example.com')).not.toBe(sealed);
});

test.each([
  '',
  'dale@example.com',
  'v1',
  'v1.fields-1',
  'v2.fields-1.AAAA',
  'v1.fields-1.',
  'v1.fields_1.AA',
  'v1.fields-1.AA\n',
])('what is no sealed text names no key: %j', (other) => {
  expect(keyIdOf(other)).toBeUndefined();
});

describe('a sealed text does not open', () => {
  test('in another place, not even where both places read the same one after the other', () => {
    const sealed = seal('dale@example.com', { table: 'User', column: 'email', row: '1' });
    expect(open(sealed, { table: 'User', column: 'emai', row: 'l1' })).toBeUndefined();
    expect(open(sealed, { table: 'Use', column: 'remail', row: '1' })).toBeUndefined();
    fc.assert(
      fc.property(place, place, anyText, (one, other, content) => {
        const isSame = one.table === other.table && one.column === other.column && one.row === other.row;
        expect(open(seal(content, one), other)).toBe(isSame ? content : undefined);
      }),
    );
  });

  test('under another key', () => {
    expect(open(seal('dale@example.com'), PLACE, randomBytes(32))).toBeUndefined();
  });

  test('with any bit of it flipped', () => {
    const sealed = seal('dale@example.com');
    const bytes = Buffer.from(sealed, 'latin1');
    const start = sealedPrefix(ID).length;
    for (let bit = start * 8; bit < bytes.length * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(open(damaged.toString('latin1'))).toBeUndefined();
    }
  });

  test('cut short, or with something behind it', () => {
    const sealed = seal('dale@example.com');
    for (let end = sealedPrefix(ID).length; end < sealed.length; end += 1)
      expect(open(sealed.slice(0, end))).toBeUndefined();
    for (const more of ['A', 'AA', '=', '.', ' ', '\n']) expect(open(sealed + more)).toBeUndefined();
  });
});
