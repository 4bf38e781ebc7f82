import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextPieces } from './text-pieces.js';

/** All texts of some pieces, with what is left at the end. */
function textsOf(pieces: readonly Buffer[], maxBytes: number): string[] {
  const reader = new TextPieces(maxBytes);
  return [...pieces.flatMap((piece) => [...reader.take(piece)]), ...reader.rest()];
}

function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((one, other) => one - other)];
  return places.map((begin, index) => bytes.subarray(begin, places[index + 1] ?? bytes.length));
}

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const cuts = fc.array(fc.nat(), { maxLength: 8 });

test('text that is cut anywhere is whole again, and no text is over the limit or empty', () => {
  fc.assert(
    fc.property(text, cuts, fc.integer({ min: 4, max: 64 }), (whole, places, maxBytes) => {
      const texts = textsOf(cutAt(Buffer.from(whole), places), maxBytes);
      expect(texts.join('')).toBe(whole);
      for (const each of texts) {
        expect(each).not.toBe('');
        expect(Buffer.byteLength(each)).toBeLessThanOrEqual(maxBytes);
      }
    }),
  );
});

test('any bytes become text, of which no more waits than a character that can still be one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 4, max: 16 }), (bytes, maxBytes) => {
      const reader = new TextPieces(maxBytes);
      const texts = [...reader.take(Buffer.from(bytes))];
      for (const each of texts) expect(Buffer.byteLength(each)).toBeLessThanOrEqual(maxBytes);
      const rest = [...reader.rest()].join('');
      expect(texts.join('') + rest).toBe(Buffer.from(bytes).toString('utf8'));
      expect(rest.length).toBeLessThanOrEqual(3);
      expect(reader.hasBegun).toBe(false);
    }),
  );
});

test('a character waits for its rest, and is not waited for where it cannot be one', () => {
  const reader = new TextPieces(100);
  expect([...reader.take(Buffer.from([0x61, 0xf0, 0x9f]))]).toEqual(['a']);
  expect(reader.hasBegun).toBe(true);
  expect([...reader.take(Buffer.from([0xa5, 0xa7]))]).toEqual(['🥧']);
  expect(reader.hasBegun).toBe(false);
  for (const byte of [0x80, 0xc1, 0xf5, 0xff]) {
    expect([...reader.take(Buffer.from([byte]))]).toEqual(['\ufffd']);
    expect(reader.hasBegun).toBe(false);
  }
});

test('a character is never cut, though it is over the limit', () => {
  expect(textsOf([Buffer.from('a🥧b')], 2)).toEqual(['a', '🥧', 'b']);
});
