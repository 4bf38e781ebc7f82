import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runsOf } from '../../tests/support/machine.js';
import { csvFormat } from './csv-format.js';
import type { JsonValue } from '../../../protocol/json-value.js';
import type { ProducerNumbers } from '../message-log.js';
import { encoded } from '../../tests/support/encoded.js';

const AT = '2026-11-21T02:44:57.123Z';
const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme-ascii' }) },
  {
    weight: 3,
    arbitrary: fc
      .array(
        fc.constantFrom(
          ...['\n', '\r', '"', '""', '\\', '\0', '\t', '\u007f', '\u0085', '\u2028', '\u2029', '\ud800'],
          ...[
            '\u200b',
            '\u202e',
            ';',
            '; =',
            '=',
            '+',
            '-',
            '@',
            '{',
            '=1+1',
            '＝',
            '＋',
            '－',
            '＠',
            ' ',
            '\u00a0',
            '\u3000',
            '\ufeff',
          ],
          ...[',', ',,', ';', '|', 'a', 'é', '😀', '\\"', '","', '"\n"'],
        ),
        { maxLength: 10 },
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

function linesOf(text: string): string[] {
  if (text === '') return [];
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

// The cells as any RFC 4180 reader sees them.
function cellsOf(text: string): string[][] {
  return parse(text, { record_delimiter: '\n' });
}

function encodeOne(message: JsonValue): string {
  return encoded(csvFormat, { user: 'dale', endpoint: '127.0.0.1', messages: [message] }, 1, AT);
}

test('the header names the columns, the original three first', () => {
  expect(csvFormat.header).toBe('timestamp,username,message,seq,endpoint,topic,time,producer,number\n');
});

test.each([
  ['Hail Dale!', 'Hail Dale!'],
  ['', ''],
  ['logout', 'logout'],
  ['one, two', '"one, two"'],
  ['C:\\new', 'C:\\new'],
  ['2 + 2 = 4', '2 + 2 = 4'],
  ['say "hi"', '"""say \\""hi\\"""""'],
  ['=1+1', '"""=1+1"""'],
  ['@SUM(A1)', '"""@SUM(A1)"""'],
  ['{"a":1}', '"""{\\""a\\"":1}"""'],
  ['two\nlines', '"""two\\nlines"""'],
  [42, '"{""message"":42}"'],
  [null, '"{""message"":null}"'],
  [{ a: '=1;=2' }, '"{""message"":{""a"":""=1\\u003b=2""}}"'],
])('the message %j stands as %s', (message, cell) => {
  expect(encodeOne(message)).toBe(`${AT},dale,${cell},1,127.0.0.1,,,,\n`);
});

describe('whatever a batch holds', () => {
  test('each message is one line, and that line reads back as exactly that record', () => {
    fc.assert(
      fc.property(anyBatch, fc.integer({ min: 1, max: 2 ** 52 }), (batch, firstSeq) => {
        const { user, endpoint } = batch;
        const lines = linesOf(encoded(csvFormat, batch, firstSeq, AT));
        expect(lines.map((line) => csvFormat.decode(line))).toEqual(
          batch.messages.map((message, index) => ({
            seq: firstSeq + index,
            at: AT,
            user,
            endpoint,
            message,
            ...numbersOf(batch.producer, index),
          })),
        );
      }),
      { numRuns: runsOf(3000) },
    );
  });

  test('another RFC 4180 reader sees the same rows, and JSON literals where the text is not plain', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        const rows = cellsOf(csvFormat.header + encoded(csvFormat, batch, 1, AT));
        const read = rows.slice(1).map((cells) => cells.map(textOf));
        expect(rows[0]).toEqual(csvFormat.header.trim().split(','));
        expect(read).toEqual(
          batch.messages.map((message, index) => [
            AT,
            batch.user,
            typeof message === 'string' ? message : { message },
            String(index + 1),
            batch.endpoint,
            '',
            '',
            batch.producer?.id ?? '',
            batch.producer === undefined ? '' : String(batch.producer.first + index),
          ]),
        );
      }),
      { numRuns: runsOf(2000) },
    );
  });

  test('no cell begins as a formula does, nor with white space before one', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        for (const cell of cellsOf(encoded(csvFormat, batch, 1, AT)).flat()) {
          expect(cell).not.toMatch(/^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u);
          expect(cell).not.toMatch(/^\p{Cc}/u);
        }
      }),
      { numRuns: runsOf(3000) },
    );
  });

  // Excel and LibreOffice split at a semicolon where the comma is the decimal sign, and some readers at a bar.
  test.each([';', '|'])('nor does one where the separator is %s', (separator) => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        for (const line of linesOf(encoded(csvFormat, batch, 1, AT))) {
          for (const cell of line.split(separator)) {
            expect(cell).not.toMatch(/^[\s\p{Cf}"]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u);
          }
        }
      }),
      { numRuns: runsOf(3000) },
    );
  });

  test('no line holds anything at which some reader ends a line or a terminal obeys', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        for (const line of linesOf(encoded(csvFormat, batch, 1, AT))) {
          expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029]/u);
        }
      }),
      { numRuns: runsOf(2000) },
    );
  });
});

describe('no message forges a record', () => {
  test('a message that is a whole line, or holds one behind a line end, is one message', () => {
    const glue = fc.constantFrom('', '\n', '\r\n', '\u2028', '"', '"\n', '",', ',', '\\n', '""\n');
    fc.assert(
      fc.property(anyBatch, glue, glue, (batch, before, after) => {
        const forged = encoded(csvFormat, { ...batch, messages: ['forged'] }, 7, AT);
        const message = `${before}${forged}${after}${forged}`;
        const text = encoded(csvFormat, { ...batch, messages: [message] }, 1, AT);
        const lines = linesOf(text);
        expect(lines).toHaveLength(1);
        expect(csvFormat.decode(lines[0] ?? '')?.message).toBe(message);
        expect(cellsOf(text)).toHaveLength(1);
      }),
    );
  });

  test('a plain message that looks like the literal of another one stays itself', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const literal = JSON.stringify(text);
        expect(csvFormat.decode(encodeOne(literal).slice(0, -1))?.message).toBe(literal);
      }),
    );
  });
});

describe('reading a line that is no record', () => {
  test('never throws', () => {
    const piece = fc.constantFrom(AT, ',', '"', '""', '1', 'dale', '\\', '{', ' ', '\0');
    const almost = fc.array(piece, { maxLength: 15 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(anyText, almost), (line) => {
        expect(() => csvFormat.decode(line)).not.toThrow();
      }),
      { numRuns: runsOf(3000) },
    );
  });

  test('a line that was torn before its last cell is none', () => {
    fc.assert(
      fc.property(anyBatch, fc.double({ min: 0, max: 1, noNaN: true }), (batch, part) => {
        for (const line of linesOf(encoded(csvFormat, batch, 1, AT))) {
          const beforeLast = line.lastIndexOf(',');
          expect(csvFormat.decode(line.slice(0, Math.floor(beforeLast * part)))).toBeUndefined();
        }
      }),
      { numRuns: runsOf(1000) },
    );
  });

  test.each([
    ['the header', csvFormat.header.trim()],
    ['a cell too few', `${AT},dale,hi,1`],
    ['a cell too many', `${AT},dale,hi,1,::1,,,,,x`],
    ['no number', `${AT},dale,hi,x,::1,,,,`],
    ['the number 0', `${AT},dale,hi,0,::1,,,,`],
    ['a number with a zero in front', `${AT},dale,hi,01,::1,,,,`],
    ['no time', `yesterday,dale,hi,1,::1,,,,`],
    ['an open quote', `${AT},dale,"hi,1,::1,,,,`],
    ['a quote in a plain cell', `${AT},dale,h"i,1,::1,,,,`],
    ['a literal that is no JSON', `${AT},dale,"""hi",1,::1,,,,`],
    ['nothing', ''],
  ])('%s is no record', (_what, line) => {
    expect(csvFormat.decode(line)).toBeUndefined();
  });
});

test('messages of megabytes are read back too', () => {
  for (const character of ['"', ',']) {
    const message = character.repeat(2 * 2 ** 20);
    expect(csvFormat.decode(encodeOne(message).slice(0, -1))?.message === message).toBe(true);
  }
});

function textOf(cell: string): unknown {
  return /^["{]/.test(cell) ? JSON.parse(cell) : cell;
}

test('No line of it has a control character or a mark that turns the direction of text', () => {
  const unsafe = /[^\P{Cc}\n]|[\u2028-\u202e\u2066-\u2069]/u;
  for (let code = 0; code <= 0x2100; code += 1) {
    const message = `a${String.fromCharCode(code)}b`;
    const line = encoded(csvFormat, { user: message, endpoint: 'e', messages: [message] }, 1, AT);
    expect(unsafe.test(line), message).toBe(false);
    expect(csvFormat.decode(line.slice(0, -1))).toMatchObject({ user: message, message });
  }
});
