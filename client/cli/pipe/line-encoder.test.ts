import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CliError } from '../cli-error.js';
import { type Block, LineEncoder, type LineEncoderOptions } from './line-encoder.js';
import { MAX_MESSAGE_BYTES } from './message-limits.js';

interface Encoded {
  readonly blocks: readonly Block[];
  readonly error: unknown;
}

function encode(chunks: readonly Uint8Array[], options: LineEncoderOptions = {}): Encoded {
  const encoder = new LineEncoder(options);
  const blocks: Block[] = [];
  try {
    for (const chunk of chunks) for (const block of encoder.push(chunk)) blocks.push(block);
    for (const block of encoder.end()) blocks.push(block);
    return { blocks, error: undefined };
  } catch (error) {
    return { blocks, error };
  }
}

function itemsOf({ blocks }: Encoded): unknown[] {
  const text = blocks.map(({ bytes }) => Buffer.from(bytes).toString()).join('');
  const lines = text.split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line) as unknown);
}

function chunksOf(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

/** What the lines of a text are, done slowly. */
function linesOf(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const ended = lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  return last === '' ? ended : [...ended, last];
}

const line = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', ' ', '~', '0') }),
  fc.string({
    unit: fc.constantFrom('a', '"', '\\', '\r', '\t', '\u0000', '\u007f', 'é', '🙂', '\u2028', '\ufeff'),
  }),
);

test('every line becomes one message with exactly its text, whatever the chunks', () => {
  const text = fc.array(line, { maxLength: 30 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 50 }), (input, size) => {
      const encoded = encode(chunksOf(Buffer.from(input), size));
      expect(encoded.error).toBeUndefined();
      expect(itemsOf(encoded)).toEqual(linesOf(input).map((message) => ({ message })));
    }),
    { numRuns: 500 },
  );
});

test('blocks are numbered without gaps, and know their lines', () => {
  const { blocks } = encode(chunksOf(Buffer.from('a\n"\nb\n\né\nlast'), 3));
  let next = 1;
  for (const { first, count, firstLine } of blocks) {
    expect([first, firstLine]).toEqual([next, next]);
    next += count;
  }
  expect(next).toBe(7);
});

test('every JSON value of a line is a message as it is, and a blank line is none', () => {
  const values = fc.array(fc.oneof(fc.jsonValue(), fc.constant(undefined)), { maxLength: 20 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 50 }), (each, size) => {
      const input = each.map((value) => (value === undefined ? ' ' : JSON.stringify(value))).join('\r\n');
      const encoded = encode(chunksOf(Buffer.from(input), size), { isNdjson: true, topic: 'app' });
      const messages = each.filter((value) => value !== undefined);
      expect(itemsOf(encoded)).toEqual(
        messages.map((message) => ({
          topic: 'app',
          message: JSON.parse(JSON.stringify(message)) as unknown,
        })),
      );
    }),
  );
});

describe('a line that cannot be sent', () => {
  const long = 'x'.repeat(MAX_MESSAGE_BYTES);

  test.each([
    ['is not UTF-8', Buffer.from('a\nb\n\xff\nc', 'latin1'), 'Line 3 is not valid UTF-8', 2],
    ['is not UTF-8 and has no end', Buffer.from('a\n\xc3', 'latin1'), 'Line 2 is not valid UTF-8', 1],
    ['is too long', Buffer.from(`a\n${long}\n${long}x\nb\n`), 'Line 3 is longer than 262144 bytes', 2],
    ['never ends', Buffer.from(`a\n${long}${long}`), 'Line 2 is longer than 262144 bytes', 1],
  ])('because it %s is named, behind all before it', (_reason, bytes, message, count) => {
    for (const size of [7, 65_536, bytes.length]) {
      const encoded = encode(chunksOf(bytes, size));
      expect(encoded.error).toBeInstanceOf(CliError);
      expect(encoded.error).toMatchObject({ message, exit: 'failed', kind: 'input' });
      expect(itemsOf(encoded)).toHaveLength(count);
    }
  });

  test('because it is no JSON is named, and cannot add a key of its own', () => {
    const encoded = encode([Buffer.from('1\n\n2,"topic":"x"\n3\n')], { isNdjson: true });
    expect(encoded.error).toMatchObject({ message: 'Line 3 is not a JSON value', fields: { line: 3 } });
    expect(itemsOf(encoded)).toEqual([{ message: 1 }]);
  });
});

test('the longest line is taken, with either end', () => {
  const long = 'é'.repeat(MAX_MESSAGE_BYTES / 2);
  const encoded = encode(chunksOf(Buffer.from(`${long}\n${long}\r\n${long}`), 1_000));
  expect(encoded.error).toBeUndefined();
  expect(itemsOf(encoded)).toEqual([{ message: long }, { message: long }, { message: long }]);
});
