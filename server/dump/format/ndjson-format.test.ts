import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runsOf } from '../../tests/support/machine.js';
import { ndjsonFormat } from './ndjson-format.js';
import type { DumpRecord } from './record-format.js';
import type { JsonValue } from '../../../protocol/json-value.js';
import { SPAN_STRIDE, type Batch, type ProducerNumbers } from '../message-log.js';
import { jsonLiteral, onOneLine } from './json-literal.js';
import { LineBuffer } from './line-buffer.js';
import { encoded } from '../../tests/support/encoded.js';

const AT = '2026-11-21T02:44:57.123Z';
const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 2,
    arbitrary: fc
      .array(
        fc.constantFrom(
          ...[
            '\n',
            '\r',
            '"',
            '\\',
            '\0',
            '\u001f',
            '\u007f',
            '\u0085',
            '\u2028',
            '\u2029',
            '\ud800',
            '\udc00',
          ],
          ...['{', '}', ',', ':', '{"seq":1', '\\n', '\\u000a', ' ', 'é', '😀', '\ufeff'],
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join('')),
  },
);
const anyMessage = fc.oneof(
  { weight: 3, arbitrary: anyText },
  { weight: 1, arbitrary: fc.json().map((json) => JSON.parse(json) as JsonValue) },
  { weight: 1, arbitrary: fc.record({ text: anyText, more: fc.array(anyText) }) },
);
const anyBatch = fc.record(
  {
    user: anyText,
    endpoint: anyText,
    messages: fc.array(anyMessage, { maxLength: 5 }),
    producer: fc.record({ id: fc.uuid(), first: fc.integer({ min: 1, max: 2 ** 40 }) }),
  },
  { requiredKeys: ['user', 'endpoint', 'messages'] },
);

function numbersOf(producer: ProducerNumbers | undefined, index: number) {
  return producer === undefined ? {} : { producer: producer.id, number: producer.first + index };
}
const anySeq = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 10 });

function linesOf(text: string): string[] {
  if (text === '') return [];
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

test('the line of contract 1 is what a message becomes', () => {
  const batch = { user: 'dale', endpoint: '127.0.0.1', messages: ['Hail Dale!'] };
  expect(encoded(ndjsonFormat, batch, 1, AT)).toBe(
    '{"seq":1,"at":"2026-11-21T02:44:57.123Z","user":"dale","endpoint":"127.0.0.1","message":"Hail Dale!"}\n',
  );
});

describe('whatever a batch holds', () => {
  test('each message is one line, and that line reads back as exactly that record', () => {
    fc.assert(
      fc.property(anyBatch, anySeq, (batch, firstSeq) => {
        const lines = linesOf(encoded(ndjsonFormat, batch, firstSeq, AT));
        const { user, endpoint } = batch;
        const expected = batch.messages.map((message, index) => ({
          seq: firstSeq + index,
          at: AT,
          user,
          endpoint,
          message,
          ...numbersOf(batch.producer, index),
        }));
        expect(lines.map((line) => ndjsonFormat.decode(line))).toEqual(expected);
        expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(expected);
      }),
      { numRuns: runsOf(2000) },
    );
  });

  test('its lines survive the way through a file: they are UTF-8 without loss', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        const text = encoded(ndjsonFormat, batch, 1, AT);
        expect(Buffer.from(text).toString('utf8')).toBe(text);
      }),
    );
  });

  test('no line holds anything at which some reader ends a line or a terminal obeys', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        for (const line of linesOf(encoded(ndjsonFormat, batch, 1, AT))) {
          expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029]/u);
        }
      }),
      { numRuns: runsOf(2000) },
    );
  });
});

// The encoder as plainly as it can be written.
function plainlyEncoded(batch: Batch, skip: number, firstSeq: number, at: string): string {
  const { user, endpoint, messages, producer } = batch;
  const { count, bytes, spans } = messages;
  const field = (key: string, index: number, part: number) => {
    const [begin, end] = [spans[index * SPAN_STRIDE + part], spans[index * SPAN_STRIDE + part + 1]];
    return begin === end ? '' : `,"${key}":${Buffer.from(bytes.subarray(begin, end)).toString()}`;
  };
  const lines = Array.from({ length: count }, (_, index) => {
    const sender = `"user":${jsonLiteral(user)},"endpoint":${jsonLiteral(endpoint)}`;
    const fields = field('message', index, 0) + field('topic', index, 2) + field('time', index, 4);
    const numbers =
      producer === undefined ? '' : `,"producer":"${producer.id}","number":${String(producer.first + index)}`;
    return `{"seq":${String(firstSeq + index - skip)},"at":"${at}",${sender}${fields}${numbers}}\n`;
  });
  return lines.slice(skip).join('');
}

// Where a number gets one more digit, or one more bit, shortly.
const anyTurn = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: 0, max: 15 }).map((digits) => 10 ** digits),
      fc.integer({ min: 0, max: 53 }).map((bits) => 2 ** bits),
    ),
    fc.integer({ min: -60, max: 5 }),
  )
  .map(([turn, from]) => Math.min(Math.max(1, turn + from), Number.MAX_SAFE_INTEGER - 60));

const anyShortItem = fc.record({
  message: fc.oneof(
    { weight: 8, arbitrary: anyMessage },
    { weight: 1, arbitrary: fc.nat(2000).map((length) => 'é'.repeat(length / 2) + 'x'.repeat(length % 2)) },
    { weight: 1, arbitrary: fc.nat(2000).map((length) => 'x'.repeat(length)) },
  ),
  topic: fc.option(fc.constantFrom('a', 'app.worker-1'), { nil: undefined }),
  time: fc.option(fc.constantFrom('2026-11-21T02:44:57Z', '2026-11-21T02:44:57.123456+01:00'), {
    nil: undefined,
  }),
});

function listOf(
  items: readonly { message: JsonValue; topic: string | undefined; time: string | undefined }[],
) {
  const spans = new Int32Array(items.length * SPAN_STRIDE);
  const parts: Buffer[] = [];
  let length = 0;
  for (const [index, { message, topic, time }] of items.entries()) {
    for (const [part, value] of [message, topic, time].entries()) {
      if (value === undefined) continue;
      const bytes = Buffer.from(onOneLine(JSON.stringify(value)));
      spans.set([length, length + bytes.length], index * SPAN_STRIDE + part * 2);
      parts.push(bytes);
      length += bytes.length;
    }
  }
  return { count: items.length, bytes: Buffer.concat(parts), spans };
}

describe('the bytes of a batch', () => {
  const encodedFrom = (batch: Batch, skip: number, firstSeq: number) => {
    const buffer = new LineBuffer(16);
    buffer.text('header\n');
    ndjsonFormat.encode(buffer, batch, skip, firstSeq, AT);
    return buffer.written.toString();
  };

  test('are those of the plain encoder, with whatever numbers, topics, times and senders', () => {
    fc.assert(
      fc.property(
        fc.array(anyShortItem, { maxLength: 12 }),
        fc.record({ user: anyText, endpoint: anyText }),
        fc.option(fc.record({ id: fc.uuid(), first: anyTurn }), { nil: undefined }),
        anyTurn,
        fc.nat(12),
        (items, sender, producer, firstSeq, skipped) => {
          const skip = Math.min(skipped, items.length);
          const batch = { ...sender, messages: listOf(items), ...(producer && { producer }) };
          expect(encodedFrom(batch, skip, firstSeq)).toBe(
            `header\n${plainlyEncoded(batch, skip, firstSeq, AT)}`,
          );
        },
      ),
      { numRuns: runsOf(3000) },
    );
  });

  test('are so in a batch of very many, from one digit to five', () => {
    const messages = listOf(
      Array.from({ length: 12_000 }, () => ({ message: 'a', topic: undefined, time: undefined })),
    );
    const batch = { user: 'é', endpoint: '::1', messages, producer: { id: '0-0', first: 95 } };
    expect(encodedFrom(batch, 3, 1)).toBe(`header\n${plainlyEncoded(batch, 3, 1, AT)}`);
  });

  test.each([9, 99, 2 ** 31 - 1, 2 ** 32 - 1, 999_999_999_999, 10 ** 15 - 1, 2 ** 53 - 2])(
    'have the number behind %d',
    (number) => {
      const item = { message: 'a', topic: undefined, time: undefined };
      const batch = {
        ...{ user: 'dale', endpoint: '::1', messages: listOf([item, item]) },
        producer: { id: '0-0', first: number },
      };
      const records = linesOf(encodedFrom(batch, 0, number)).slice(1);
      expect(records.map((line) => ndjsonFormat.decode(line))).toMatchObject([
        { seq: number, number },
        { seq: number + 1, number: number + 1 },
      ]);
    },
  );
});

describe('no message forges a record', () => {
  test('a message that is a whole record, or holds one behind a line end, is one message', () => {
    const lineEnd = fc.constantFrom('', '\n', '\r\n', '\u2028', '\u0085', '"}\n', '\\n', '\\', '"', '",');
    fc.assert(
      fc.property(anyBatch, lineEnd, lineEnd, (batch, before, after) => {
        const forged = encoded(ndjsonFormat, { ...batch, messages: ['forged'] }, 7, AT);
        const message = `${before}${forged}${after}${forged}`;
        const lines = linesOf(encoded(ndjsonFormat, { ...batch, messages: [message] }, 1, AT));
        expect(lines).toHaveLength(1);
        expect(ndjsonFormat.decode(lines[0] ?? '')?.message).toBe(message);
      }),
    );
  });

  test('neither does a user name or an endpoint', () => {
    const forging = 'x","message":"forged"}\n{"seq":2,"at":"';
    const text = encoded(ndjsonFormat, { user: forging, endpoint: forging, messages: ['real'] }, 1, AT);
    expect(linesOf(text).map((line) => ndjsonFormat.decode(line))).toEqual([
      { seq: 1, at: AT, user: forging, endpoint: forging, message: 'real' },
    ]);
  });
});

describe('reading a line that is no record', () => {
  test('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.json()), (line) => {
        expect(() => ndjsonFormat.decode(line)).not.toThrow();
      }),
      { numRuns: runsOf(2000) },
    );
  });

  test('a record without its end is none, wherever it was torn', () => {
    fc.assert(
      fc.property(anyBatch, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (batch, part) => {
        for (const line of linesOf(encoded(ndjsonFormat, batch, 1, AT))) {
          expect(ndjsonFormat.decode(line.slice(0, Math.floor(line.length * part)))).toBeUndefined();
        }
      }),
      { numRuns: runsOf(1000) },
    );
  });

  const record: DumpRecord = { seq: 1, at: AT, user: 'dale', endpoint: '::1', message: 'Hail Dale!' };

  test('further keys are passed over', () => {
    expect(ndjsonFormat.decode(JSON.stringify({ ...record, later: 'p' }))).toEqual(record);
  });

  test.each([
    ['seq', 0],
    ['seq', -1],
    ['seq', 1.5],
    ['seq', '1'],
    ['seq', 2 ** 53],
    ['at', '2026-11-21T02:44:57Z'],
    ['at', 5],
    ['user', null],
    ['endpoint', 1],
    ['topic', 1],
    ['producer', 'without a number'],
    ['number', 5],
    ['message', undefined],
  ])('%s cannot be %j', (key, value) => {
    expect(ndjsonFormat.decode(JSON.stringify({ ...record, [key]: value }))).toBeUndefined();
  });
});
