import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CliError } from '../cli-error.js';
import { encodedLength } from './encoded-length.js';
import { type Line, LineSplitter } from './line-splitter.js';
import { MAX_MESSAGE_BYTES } from './message-limits.js';

/** Everything that comes out of the splitter, and the error that ends it. */
function split(chunks: readonly Uint8Array[]): { lines: Line[]; error: CliError | undefined } {
  const splitter = new LineSplitter();
  const lines: Line[] = [];
  try {
    for (const chunk of chunks) for (const line of splitter.push(chunk)) lines.push(line);
    for (const line of splitter.end()) lines.push(line);
    return { lines, error: undefined };
  } catch (error) {
    if (error instanceof CliError) return { lines, error };
    throw error;
  }
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let rest = bytes;
  for (const size of sizes) {
    chunks.push(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  return [...chunks, rest];
}

const anyLine = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replace(/[\n\r]/g, ''));
const anySizes = fc.array(fc.nat(30), { maxLength: 60 });

test('every line comes out, in order and unchanged, whatever the chunks', () => {
  fc.assert(
    fc.property(fc.array(anyLine), anySizes, fc.boolean(), fc.boolean(), (texts, sizes, isCrLf, hasEnd) => {
      const end = isCrLf ? '\r\n' : '\n';
      const input = Buffer.from(texts.join(end) + (hasEnd && texts.length > 0 ? end : ''));
      const { lines, error } = split(cut(input, sizes));
      const expected = hasEnd || texts.at(-1) !== '' ? texts : texts.slice(0, -1);
      expect(error).toBeUndefined();
      expect(lines.map(({ text }) => text)).toEqual(expected);
      expect(lines.map(({ number }) => number)).toEqual(expected.map((_text, index) => index + 1));
    }),
  );
});

test('the length in JSON is exact for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(encodedLength(Buffer.from(text))).toBe(Buffer.byteLength(JSON.stringify(text)));
    }),
  );
});

test('bytes that are not UTF-8 are never changed: they come out as they were, or not at all', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), anySizes, (bytes, sizes) => {
      const { lines, error } = split(cut(bytes, sizes));
      const joined = Buffer.from(lines.map(({ text }) => text).join('\n'));
      const known = Buffer.from(Buffer.from(bytes).toString('latin1').replace(/\r\n/g, '\n'), 'latin1');
      if (error === undefined) expect(joined).toEqual(known.at(-1) === 0x0a ? known.subarray(0, -1) : known);
      else expect(joined).toEqual(known.subarray(0, joined.length));
    }),
  );
});

describe('a line', () => {
  test('that ends with CR LF loses the CR, and only that one', () => {
    expect(split([Buffer.from('a\r\r\nb\rc\nd\r')]).lines.map(({ text }) => text)).toEqual([
      'a\r',
      'b\rc',
      'd\r',
    ]);
  });

  test('keeps a byte order mark and a NUL', () => {
    expect(split([Buffer.from('\ufeffa\0\n')]).lines.map(({ text }) => text)).toEqual(['\ufeffa\0']);
  });

  test.each(['\n', '\r\n', ''])('may be as long as the limit, before %j', (end) => {
    const text = 'x'.repeat(MAX_MESSAGE_BYTES);
    expect(split([Buffer.from(text + end)]).lines.map((line) => line.text === text)).toEqual([true]);
  });

  test.each(['\n', '\r\n', ''])('over the limit is an error that names it, before %j', (end) => {
    const { lines, error } = split([Buffer.from(`a\nb\n${'é'.repeat(MAX_MESSAGE_BYTES / 2)}x${end}`)]);
    expect(lines).toHaveLength(2);
    expect(error?.message).toBe('Line 3 is longer than 262144 bytes');
    expect(error?.fields).toEqual({ line: 3 });
  });

  test('without an end is an error as soon as it is too long', () => {
    const splitter = new LineSplitter();
    const chunk = Buffer.alloc(64 * 1024, 'x');
    for (let held = 0; held < MAX_MESSAGE_BYTES; held += chunk.length) Array.from(splitter.push(chunk));
    expect(() => [...splitter.push(chunk)]).toThrow('Line 1 is longer');
  });

  test('that is not UTF-8 is an error that names it', () => {
    const { lines, error } = split([Buffer.from([0x61, 0x0a, 0xff, 0x0a])]);
    expect(lines.map(({ text }) => text)).toEqual(['a']);
    expect(error?.message).toBe('Line 2 is not valid UTF-8');
  });

  test('of so many control characters that it would not fit into a request is an error', () => {
    expect(split([Buffer.alloc(MAX_MESSAGE_BYTES, 1)]).error?.message).toContain('too long once encoded');
  });
});
