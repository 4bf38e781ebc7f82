import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineReader, NO_UTF8, OVER_LONG, type Line } from './line-reader.js';

const MAX_BYTES = 8;

/** All lines of some pieces, the unfinished one last. */
function linesOf(pieces: readonly Buffer[]): Line[] {
  const reader = new LineReader(MAX_BYTES);
  return [...pieces.flatMap((piece) => [...reader.push(piece)]), reader.rest()];
}

test('lines end with LF or CRLF, and the last one may lack its end', () => {
  expect(linesOf([Buffer.from('one\ntwo\r\n\nlast')])).toEqual(['one', 'two', '', 'last']);
  expect(linesOf([Buffer.from('last\r')])).toEqual(['last']);
  expect(linesOf([])).toEqual(['']);
});

test('white space, a BOM and a CR within a line stay', () => {
  expect(linesOf([Buffer.from(' a\rb \n\ufeffc')])).toEqual([' a\rb ', '\ufeffc']);
});

test('a line of the limit is one, and a longer one is none, with whatever end', () => {
  for (const end of ['\n', '\r\n', ''])
    expect(linesOf([Buffer.from(`12345678${end}`)])[0], JSON.stringify(end)).toBe('12345678');
  for (const end of ['\n', '\r\n', ''])
    expect(linesOf([Buffer.from(`123456789${end}`)])[0], JSON.stringify(end)).toBe(OVER_LONG);
});

test('what is no UTF-8 is no line, and the next one is', () => {
  expect(linesOf([Buffer.from([0xff, 0x0a, 0xc3, 0xa9, 0x0a, 0xed, 0xa0, 0x80])])).toEqual([
    NO_UTF8,
    'é',
    NO_UTF8,
  ]);
});

test('of a line without an end no more is kept than its limit', () => {
  const reader = new LineReader(MAX_BYTES);
  for (let count = 0; count < 100; count += 1) expect([...reader.push(Buffer.alloc(1000, 'x'))]).toEqual([]);
  expect(reader.isOverLong).toBe(true);
  expect([...reader.push(Buffer.from('\nnext\n'))]).toEqual([OVER_LONG, 'next']);
});

test('however it is cut into pieces, the lines are the same', () => {
  const bytes = fc.array(fc.constantFrom(...Buffer.from('ab\r\n'), 0xc3, 0xa9, 0xff), { maxLength: 60 });
  fc.assert(
    fc.property(bytes, fc.array(fc.nat(60)), (content, cuts) => {
      const whole = Buffer.from(content);
      const places = [0, ...cuts.filter((at) => at < whole.length).sort((a, b) => a - b), whole.length];
      const pieces = places.slice(1).map((end, index) => whole.subarray(places[index], end));
      expect(linesOf(pieces)).toEqual(linesOf([whole]));
    }),
  );
});
