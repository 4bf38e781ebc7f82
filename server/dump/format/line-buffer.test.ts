import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteSource, LineBuffer } from './line-buffer.js';

// Any bytes, the greatest among them.
const anyText = fc
  .array(
    fc.constantFrom('\0', '~', '\u007f', '}\n', '\u0080', '\uffff', '\u{10ffff}', '\u{c0000}', 'é', 'ð', 'a'),
    {
      maxLength: 40,
    },
  )
  .map((parts) => parts.join(''));

test('what was put in is what is written, whatever the lengths of its pieces and wherever they stand', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyText, fc.nat(20), fc.nat(20))), (pieces) => {
      const buffer = new LineBuffer(8);
      const expected: Uint8Array[] = [];
      for (const [text, before, behind] of pieces) {
        const bytes = Buffer.from(text);
        const begin = Math.min(before, bytes.length);
        const end = Math.max(begin, bytes.length - behind);
        buffer.reserve(end - begin);
        buffer.copy(byteSource(bytes), begin, end);
        expected.push(bytes.subarray(begin, end));
      }
      expect(buffer.length).toBe(Buffer.concat(expected).length);
      expect(buffer.written.equals(Buffer.concat(expected))).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test('a piece of each length is copied, and nothing behind it is touched', () => {
  const source = byteSource(
    Buffer.from('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.repeat(20)),
  );
  const buffer = new LineBuffer(4000);
  for (let length = 0; length <= 1100; length += 1) {
    buffer.clear(4000);
    buffer.text('.'.repeat(1200));
    buffer.clear(4000);
    buffer.copy(source, length % 9, (length % 9) + length);
    expect(buffer.written.equals(source.bytes.subarray(length % 9, (length % 9) + length))).toBe(true);
    const behind = Buffer.from(buffer.written.buffer, length, 1);
    expect(behind.toString()).toBe('.');
  }
});

test('it grows as much as is needed, keeps what it holds, and begins anew as small as it was', () => {
  const buffer = new LineBuffer(4);
  buffer.text('héllo');
  buffer.reserve(10_001);
  buffer.copy(byteSource(Buffer.alloc(10_000, 'x')), 0, 10_000);
  buffer.byte(0x0a);
  expect(buffer.written.equals(Buffer.from(`héllo${'x'.repeat(10_000)}\n`))).toBe(true);
  buffer.clear(4);
  expect([buffer.length, buffer.written.buffer.byteLength]).toEqual([0, 4]);
});
