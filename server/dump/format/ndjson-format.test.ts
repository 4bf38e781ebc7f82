import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ndjsonFormat } from './ndjson-format.js';
import type { DumpRecord } from './record-format.js';
import type { JsonValue } from '../../../protocol/json-value.js';
import type { ProducerNumbers } from '../message-log.js';
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
      { numRuns: 2000 },
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
      { numRuns: 2000 },
    );
  });
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
      { numRuns: 2000 },
    );
  });

  test('a record without its end is none, wherever it was torn', () => {
    fc.assert(
      fc.property(anyBatch, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (batch, part) => {
        for (const line of linesOf(encoded(ndjsonFormat, batch, 1, AT))) {
          expect(ndjsonFormat.decode(line.slice(0, Math.floor(line.length * part)))).toBeUndefined();
        }
      }),
      { numRuns: 1000 },
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
