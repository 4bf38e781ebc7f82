import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runsOf } from '../../tests/support/machine.js';
import * as z from 'zod';
import { TIME, TOPIC } from '../../../protocol/message-fields.js';
import type { JsonValue } from '../../../protocol/json-value.js';
import { SPAN_STRIDE, type MessageList } from '../../dump/message-log.js';
import { ItemReader } from './item-reader.js';
import { readLines, type LineReader } from './line-reader.js';
import { TextReader } from './text-reader.js';

const LIMITS = { maxMessageBytes: 100, maxJsonDepth: 8 };
const LARGE = { ...LIMITS, maxMessageBytes: 10_000 };
const UNSAFE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;

const itemSchema = z.strictObject({
  message: z.json(),
  topic: z.string().regex(TOPIC).optional(),
  time: z.string().regex(TIME).optional(),
});

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '\n',
        '\r',
        '"',
        '\\',
        '\0',
        '\u007f',
        '\u0085',
        '\u2028',
        '\u202e',
        '\u2067',
        'é',
        '€',
        '😀',
        'a',
      ),
    )
    .map((parts) => parts.join('')),
);
const anyTopic = fc.oneof(
  fc.constantFrom('app', 'a.b-c_d', 'x'.repeat(64), 'x'.repeat(65), '', 'two words'),
  anyText,
  fc.integer(),
);
const anyTime = fc.oneof(
  fc.constantFrom(
    '2026-11-21T02:44:57Z',
    '2026-11-21T02:44:57.123456+01:00',
    '2026-13-21T02:44:57Z',
    '2026-11-21',
    'now',
    5,
  ),
  fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString()),
);
const anyItem = fc.oneof(
  fc.record({ message: anyText }),
  fc.record(
    {
      message: fc.oneof(
        anyText,
        fc.json({ maxDepth: 3 }).map((json) => JSON.parse(json) as JsonValue),
      ),
      topic: anyTopic,
      time: anyTime,
    },
    { requiredKeys: [] },
  ),
  fc.record({ message: anyText, other: anyText }),
  fc.json({ maxDepth: 3 }).map((json) => JSON.parse(json) as JsonValue),
);

function fieldsOf({ bytes, spans }: MessageList, index: number): (string | undefined)[] {
  return [0, 2, 4].map((field) => {
    const base = index * SPAN_STRIDE + field;
    const begin = spans[base] ?? 0;
    const end = spans[base + 1] ?? 0;
    return begin === end ? undefined : Buffer.from(bytes.subarray(begin, end)).toString('utf8');
  });
}

function valuesOf(list: MessageList): unknown[] {
  return Array.from({ length: list.count }, (_, index) => {
    const [message, topic, time] = fieldsOf(list, index).map((text) => {
      expect(text === undefined || !UNSAFE.test(text)).toBe(true);
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
    });
    return { message, ...(topic === undefined ? {} : { topic }), ...(time === undefined ? {} : { time }) };
  });
}

// What a message measures: a text its bytes, anything else those of its JSON as it was sent.
function isSmall(message: unknown): boolean {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return Buffer.byteLength(text) <= LIMITS.maxMessageBytes;
}

// The item in a line, '' where the line is empty.
function parsedItem(line: string): unknown {
  if (line === '') return '';
  try {
    const result = itemSchema.safeParse(JSON.parse(line));
    return result.success && isSmall(result.data.message) ? result.data : undefined;
  } catch {
    return undefined;
  }
}

function read(text: string, reader: LineReader = new ItemReader(LIMITS)) {
  return readLines(reader, Buffer.from(text));
}

describe('lines of items', () => {
  test('are taken as the schema of an item takes them, up to the first that it refuses', () => {
    fc.assert(
      fc.property(
        fc.array(anyItem, { maxLength: 6 }),
        fc.boolean(),
        fc.boolean(),
        (items, hasEnd, isEscaped) => {
          const sent = items.map(
            (item) => JSON.parse(Buffer.from(JSON.stringify(item)).toString('utf8')) as unknown,
          );
          const isRight = (item: unknown) => {
            const result = itemSchema.safeParse(item);
            return result.success && isSmall(result.data.message);
          };
          const wrong = sent.findIndex((item) => !isRight(item));
          const good = wrong === -1 ? sent : sent.slice(0, wrong);
          const line = (item: unknown) =>
            isEscaped
              ? JSON.stringify(item).replace(
                  /[^\0-~]/g,
                  (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
                )
              : JSON.stringify(item);
          const { messages, lines, problem } = read(
            sent.map(line).join('\n') + (hasEnd && sent.length > 0 ? '\n' : ''),
          );
          expect(valuesOf(messages)).toEqual(good);
          expect(lines).toBe(good.length);
          expect(problem === undefined).toBe(wrong === -1);
        },
      ),
      { numRuns: runsOf(5000) },
    );
  });

  test('are taken as parsing them takes them, whatever stands where in a line, and whatever in the lines beside it', () => {
    const odd = [
      '',
      '"',
      '\\',
      '\\"',
      '\0',
      '\u001f',
      '\t',
      '\u007f',
      '\u0085',
      '\u2028',
      'é',
      '😀',
      '"}',
      '"} ',
      '\\u0041',
    ];
    const anyLine = fc.record({
      length: fc.nat(40),
      at: fc.nat(40),
      put: fc.oneof({ weight: 3, arbitrary: fc.constant('') }, fc.constantFrom(...odd)),
      cut: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 16 })),
    });
    const lineOf = ({ length, at, put, cut }: { length: number; at: number; put: string; cut: number }) => {
      const text = '0123456789 abcdefghijklmnopqrstuvwxyz!#~'.slice(0, length);
      const line = `{"message":"${text.slice(0, at)}${put}${text.slice(at)}"}`;
      return line.slice(0, line.length - cut);
    };
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 8 }), fc.boolean(), fc.nat(9), (kinds, hasEnd, before) => {
        const lines = kinds.map(lineOf);
        const values = lines.map(parsedItem);
        const wrong = values.indexOf(undefined);
        const good = wrong === -1 ? values : values.slice(0, wrong);
        const text = lines.join('\n') + (hasEnd && lines.length > 0 ? '\n' : '');
        // Within other bytes, as a run is: what stands around it must not be looked at.
        const around = Buffer.from(`${'"'.repeat(before)}${text}"}\n{"message":"behind"}\n`);
        const run = around.subarray(before, before + Buffer.byteLength(text));
        const { messages, problem } = readLines(new ItemReader(LIMITS), run);
        expect(valuesOf(messages)).toEqual(good.filter((value) => value !== ''));
        expect(problem === undefined).toBe(wrong === -1);
      }),
      { numRuns: runsOf(5000) },
    );
  });

  test('are the same as one array of them', () => {
    fc.assert(
      fc.property(fc.array(anyItem, { maxLength: 6 }), fc.constantFrom(undefined, 2), (items, indent) => {
        const reader = new ItemReader(LARGE);
        reader.open(Buffer.from(JSON.stringify(items, undefined, indent)));
        const problem = reader.readAll(5);
        const byLine = read(items.map((item) => JSON.stringify(item)).join('\n'), new ItemReader(LARGE));
        if (items.length <= 5 && byLine.problem === undefined) {
          expect(problem).toBeUndefined();
          expect(valuesOf(reader.take())).toEqual(valuesOf(byLine.messages));
        } else expect(problem?.item).toBe(Math.min(byLine.lines + 1, 6));
      }),
      { numRuns: runsOf(2000) },
    );
  });

  test.each([
    ['{"message":"a"', 'is not valid JSON'],
    ['{"message":"a"}}', 'must be one JSON object'],
    ['{"message":"a"} {"message":"b"}', 'must be one JSON object'],
    ['{"message":"a",}', 'is not valid JSON'],
    ['{}', "has no 'message'"],
    ['{"topic":"a"}', "has no 'message'"],
    ['"a"', "must be an object with 'message'"],
    ['[1]', "must be an object with 'message'"],
    ['nothing', 'is not valid JSON'],
    ['{"message":"a","seq":1}', 'has the unknown key "seq"'],
    ['{"message":"a","topic":"a b"}', "'topic' must be"],
    ['{"message":"a","time":"now"}', "'time' must be"],
    [`{"message":"${'x'.repeat(101)}"}`, "'message' has more than 100 bytes"],
    [`{"message":[${'1,'.repeat(50)}1]}`, "'message' has more than 100 bytes"],
    ['{"message":[[[[[[[[1]]]]]]]]}', 'nested deeper than 8 levels'],
  ])('%s %s', (line, reason) => {
    const { messages, lines, problem } = read(`{"message":1}\n\n${line}\n{"message":2}\n`);
    expect(problem).toContain(reason);
    expect(lines).toBe(2);
    expect(valuesOf(messages)).toEqual([{ message: 1 }]);
  });

  test('keep numbers that JavaScript cannot hold, and the order of keys, as they were sent', () => {
    const sent = '{"message":{"b":12345678901234567890,"1":1e400,"b":2}}';
    const { messages } = read(sent);
    expect(fieldsOf(messages, 0)[0]).toBe('{"b":12345678901234567890,"1":1e400,"b":2}');
  });

  test('end in front of bytes that are no UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"message":"a"}\n{"message":"'),
      Buffer.from([0xc3]),
      Buffer.from('"}\n'),
    ]);
    const { messages, lines, problem } = readLines(new ItemReader(LIMITS), bytes);
    expect([valuesOf(messages), lines, problem]).toEqual([[{ message: 'a' }], 1, 'is not valid UTF-8']);
  });

  test('longer than the limit as escapes are good while what they stand for is not', () => {
    const { messages, problem } = read(`{"message":"${'\\u00e9'.repeat(50)}"}`);
    expect(problem).toBeUndefined();
    expect(valuesOf(messages)).toEqual([{ message: 'é'.repeat(50) }]);
  });
});

describe('lines of text', () => {
  test('are messages, whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(anyText), (texts) => {
        const sent = texts.map((text) =>
          Buffer.from(text.replaceAll('\n', ' ').replace(/\r+$/, '')).toString('utf8'),
        );
        const small = sent.findIndex((text) => !isSmall(text));
        const good = small === -1 ? sent : sent.slice(0, small);
        for (const end of ['\n', '\r\n']) {
          const { messages, lines } = read(
            sent.map((text) => text + end).join(''),
            new TextReader(LIMITS.maxMessageBytes),
          );
          expect(lines).toBe(good.length);
          expect(valuesOf(messages)).toEqual(good.map((message) => ({ message })));
        }
      }),
      { numRuns: runsOf(3000) },
    );
  });

  test('may lack the last line end, and may be empty', () => {
    const { messages } = read('a\n\nb', new TextReader(10));
    expect(valuesOf(messages)).toEqual([{ message: 'a' }, { message: '' }, { message: 'b' }]);
    expect(read('', new TextReader(10)).lines).toBe(0);
  });
});
