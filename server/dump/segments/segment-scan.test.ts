import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encoded } from '../../tests/support/encoded.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { csvFormat } from '../format/csv-format.js';
import { ndjsonFormat } from '../format/ndjson-format.js';
import { readIsoTime } from './iso-time.js';
import { LineSplitter } from './line-splitter.js';
import { ProducerMarks } from './producer-marks.js';
import { scanSegment, SegmentScanner } from './segment-scan.js';

const anyText = fc.string({ unit: 'binary' });
const anyTime = fc.date({ min: new Date('1970-01-01'), max: new Date('2999-01-01'), noInvalidDate: true });
const anyBatch = fc.record({
  user: fc.constantFrom('dale', 'zoë', 'a"b\\', '{"seq":1'),
  endpoint: fc.constant('::1'),
  messages: fc.array(fc.oneof(anyText, fc.jsonValue() as fc.Arbitrary<string>), {
    minLength: 1,
    maxLength: 4,
  }),
  producer: fc.option(
    fc.record({
      id: fc.constantFrom('0f8fad5b-d9cb-469f-a165-70867728950e', '7c9e6679-7425-40de-944b-e07fc1f90ae7'),
      first: fc.integer({ min: 1, max: 1000 }),
    }),
    { nil: undefined },
  ),
  at: anyTime,
  foreign: fc.constantFrom('', '', 'hello\n', '\n', '{"seq":9\n', '{"number":7}\n', '\0\0\n'),
});

test('The time in a line is what Date.parse says', () => {
  fc.assert(
    fc.property(anyTime, (time) => {
      expect(readIsoTime(Buffer.from(`x${time.toISOString()}`), 1)).toBe(time.getTime());
    }),
  );
  expect(readIsoTime(Buffer.from('2026-11-21T02:44:5x.123Z'), 0)).toBeNaN();
});

test('Lines have the same places however the file is cut into chunks', () => {
  const anyLines = fc.array(fc.constantFrom('', 'a', 'bc', 'd'.repeat(9)), { maxLength: 12 });
  fc.assert(
    fc.property(anyLines, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (texts, cuts) => {
      const content = Buffer.from(texts.join('\n'));
      const seen: string[] = [];
      const splitter = new LineSplitter((buffer, start, end, offset, isWhole) => {
        const line = buffer.subarray(start, end);
        expect(content.subarray(offset, offset + line.length).equals(line)).toBe(true);
        seen.push(line.toString() + (isWhole ? '\n' : ''));
      });
      for (let position = 0, cut = 0; position < content.length; cut += 1) {
        const length = cuts[cut % cuts.length] ?? 1;
        splitter.push(content.subarray(position, position + length));
        position += length;
      }
      splitter.end();
      expect(seen.join('')).toBe(content.toString());
    }),
  );
});

describe.each([ndjsonFormat, csvFormat])('A scan of $fileName', (format) => {
  test('finds what decoding every line finds', () => {
    fc.assert(
      fc.property(fc.array(anyBatch, { maxLength: 6 }), fc.integer({ min: 1, max: 300 }), (batches, cut) => {
        let text = format.header;
        let seq = 1;
        for (const { at, foreign, producer, ...batch } of batches) {
          const numbered = producer === undefined ? batch : { ...batch, producer };
          text += foreign + encoded(format, numbered, seq, at.toISOString());
          seq += batch.messages.length;
        }
        const records = text.split('\n').flatMap((line) => format.decode(line) ?? []);
        const marks = new ProducerMarks();
        for (const { seq, user, producer, number = 0, at } of records) {
          if (producer !== undefined)
            marks.note({ user, id: producer, last: number, at: Date.parse(at), seq });
        }
        const content = Buffer.from(text);
        const scanner = new SegmentScanner(format, 0, { blockBytes: 200 });
        for (let position = 0; position < content.length; position += cut) {
          scanner.push(content.subarray(position, position + cut));
        }
        const scan = scanner.finish();
        expect(scan).toMatchObject({
          count: records.length,
          first: records[0]?.seq ?? 0,
          last: records.at(-1)?.seq ?? 0,
          bytes: content.length,
          producers: marks.list(),
        });
        let end = 0;
        for (const block of scan.blocks) {
          expect(block.offset).toBe(end);
          end += block.bytes;
          const part = content.subarray(block.offset, end).toString().split('\n');
          const inside = part.flatMap((line) => format.decode(line)?.seq ?? []);
          expect([block.first, block.last]).toEqual([inside[0] ?? 0, inside.at(-1) ?? 0]);
        }
        expect(end).toBe(content.length);
      }),
    );
  });
});

test('A file is scanned from an offset, and a last line without its end is no record', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'dump.ndjson');
  const lines = [1, 2, 3].map((seq) =>
    encoded(ndjsonFormat, { user: 'u', endpoint: 'e', messages: ['m'] }, seq, '2026-11-21T02:44:57.123Z'),
  );
  const [one = '', two = '', three = ''] = lines;
  await writeFile(path, one + two + three.slice(0, -1));
  const size = Buffer.byteLength(one + two + three) - 1;
  const scan = await scanSegment(path, one.length, size, ndjsonFormat, { isHashed: true });
  expect(scan).toMatchObject({ count: 1, first: 2, last: 2, bytes: size - one.length });
  expect(scan.sha256).toMatch(/^[0-9a-f]{64}$/);
});
