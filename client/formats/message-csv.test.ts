import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CSV_HEADER } from '../../protocol/csv-record.js';
import type { StoredRecord } from '../../protocol/stored-messages.js';
import { csvFormat } from '../../server/dump/format/csv-format.js';
import { csvRows } from './message-csv.js';

const RECORD = {
  seq: 1,
  at: '2026-11-21T02:44:57.123Z',
  user: 'dale',
  endpoint: '127.0.0.1',
} as const;

const text = fc.oneof(
  fc.string({
    unit: fc.constantFrom('a', ',', '"', ';', '|', '=', '+', '-', '@', '{', ' ', '\t', '\n', '\u202e'),
  }),
  fc.string({ unit: 'binary' }),
);

test('the columns are those of a dump', () => {
  expect(CSV_HEADER).toBe(csvFormat.header);
});

test('a row is what a dump has, whatever the message is: its reader reads it back', () => {
  fc.assert(
    fc.property(
      fc.oneof(text, fc.jsonValue()),
      fc.option(fc.constant('app'), { nil: undefined }),
      (value, topic) => {
        const message = JSON.parse(JSON.stringify(value)) as StoredRecord['message'];
        const record = { ...RECORD, message, ...(topic === undefined ? {} : { topic }) };
        const row = csvRows([record]);
        expect(row.indexOf('\n')).toBe(row.length - 1);
        expect(csvFormat.decode(row.slice(0, -1))).toEqual(record);
      },
    ),
  );
});

test.each([
  ['plain, text', '"plain, text"'],
  ['=1+1', '"""=1+1"""'],
  [' \t+1', '""" \\t+1"""'],
  ['a\u202eb', '"""a\\u202eb"""'],
  ['a;=1', '"""a\\u003b=1"""'],
  [{ a: '=1' }, '"{""message"":{""a"":""=1""}}"'],
])('a spreadsheet executes nothing: %j', (message, cell) => {
  expect(csvRows([{ ...RECORD, message }])).toBe(`2026-11-21T02:44:57.123Z,dale,${cell},1,127.0.0.1,,,,\n`);
});
