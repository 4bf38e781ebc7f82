import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csvFormat } from '../format/csv-format.js';
import { ndjsonFormat } from '../format/ndjson-format.js';
import { verifyDump, type DumpReport } from './verify-dump.js';
import { encoded } from '../../tests/support/encoded.js';

const AT = '2026-11-21T02:44:57.123Z';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-verify-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(content: string | Uint8Array): Promise<{ path: string; size: number }> {
  const path = join(folder, 'dump');
  await writeFile(path, content);
  return { path, size: Buffer.from(content).length };
}

async function verify(content: string | Uint8Array, format = ndjsonFormat): Promise<DumpReport> {
  const { path, size } = await put(content);
  return verifyDump(path, size, format);
}

function lineOf(seq: number, message = 'x'): string {
  return encoded(ndjsonFormat, { user: 'dale', endpoint: '::1', messages: [message] }, seq, AT);
}

describe('verifying', () => {
  test('finds nothing wrong with what gatherd writes, in either format', async () => {
    const anyBatch = fc.record({
      user: fc.string({ unit: 'binary' }),
      endpoint: fc.string(),
      messages: fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(ndjsonFormat, csvFormat), anyBatch, async (format, batch) => {
        const count = batch.messages.length;
        const report = await verify(format.header + encoded(format, batch, 1, AT), format);
        expect(report).toEqual({
          records: count,
          firstSeq: count === 0 ? undefined : 1,
          lastSeq: count === 0 ? undefined : count,
          problems: [],
          problemCount: 0,
        });
      }),
    );
  });

  test('takes a dump that begins anywhere, as one does after rotation', async () => {
    expect(await verify(lineOf(7) + lineOf(8))).toMatchObject({ firstSeq: 7, lastSeq: 8, problemCount: 0 });
  });

  const size = Buffer.byteLength(lineOf(1));

  test.each<[string, string | Buffer, { line: number; offset: number; reason: string }]>([
    ['a gap', lineOf(1) + lineOf(4), { line: 2, offset: size, reason: 'has number 4 after 1: 2 missing' }],
    [
      'a repeat',
      lineOf(1) + lineOf(2) + lineOf(2) + lineOf(3),
      { line: 3, offset: 2 * size, reason: 'has number 2 after 2: repeated or out of order' },
    ],
    [
      'a torn end',
      lineOf(1) + lineOf(2).slice(0, 20),
      { line: 2, offset: size, reason: 'has no line end: it is torn' },
    ],
    [
      'a whole record without its line end',
      lineOf(1) + lineOf(2).slice(0, -1),
      { line: 2, offset: size, reason: 'has no line end: it is torn' },
    ],
    [
      'bytes that are not UTF-8',
      Buffer.concat([
        Buffer.from(lineOf(1)),
        Buffer.from(lineOf(2, 'M')).map((byte) => (byte === 0x4d ? 0xff : byte)),
      ]),
      { line: 2, offset: size, reason: 'is not UTF-8' },
    ],
    ['a foreign line', `${lineOf(1)}hello\n${lineOf(2)}`, { line: 2, offset: size, reason: 'is no record' }],
    ['an empty line', `${lineOf(1)}\n${lineOf(2)}`, { line: 2, offset: size, reason: 'is no record' }],
    [
      'a hole',
      `${lineOf(1)}\0\0\n${lineOf(2)}`,
      { line: 2, offset: size, reason: 'holds NUL bytes: it is damaged' },
    ],
    [
      'a raw C1 control character',
      lineOf(1) + lineOf(2, 'M').replace('"M"', '"\u009b"'),
      { line: 2, offset: size, reason: 'holds characters that gatherd escapes' },
    ],
    [
      'a mark that turns the direction of text',
      lineOf(1) + lineOf(2, 'M').replace('"M"', '"\u202e"'),
      { line: 2, offset: size, reason: 'holds characters that gatherd escapes' },
    ],
    [
      'a key that is there twice',
      lineOf(1) + lineOf(2, 'M').replace('"message"', String.raw`"m\u0065ssage" : ["\\", {}],"message"`),
      { line: 2, offset: size, reason: 'has a key twice' },
    ],
  ])('says where %s is', async (_what, content, problem) => {
    const report = await verify(content);
    expect(report.problems).toEqual([problem]);
    expect(report.problemCount).toBe(1);
  });

  test('wants the header of a CSV dump first and nowhere else', async () => {
    const record = encoded(csvFormat, { user: 'u', endpoint: 'e', messages: ['m'] }, 1, AT);
    expect((await verify(csvFormat.header + record, csvFormat)).problemCount).toBe(0);
    const again = await verify(csvFormat.header + record + csvFormat.header, csvFormat);
    expect(again.problems).toMatchObject([{ line: 3, reason: 'is no record' }]);
  });

  test('says that the header of a CSV dump is missing, and nothing of an empty one', async () => {
    const record = encoded(csvFormat, { user: 'u', endpoint: 'e', messages: ['m'] }, 7, AT);
    const report = await verify(record, csvFormat);
    expect(report).toMatchObject({ records: 1, firstSeq: 7, problemCount: 1 });
    expect(report.problems).toEqual([{ line: 1, offset: 0, reason: 'is not the header of the format' }]);
    expect(await verify('', csvFormat)).toMatchObject({ records: 0, problemCount: 0 });
  });

  test('finds a hole in a CSV dump, where it would pass for text', async () => {
    const record = encoded(csvFormat, { user: 'u', endpoint: 'e', messages: ['a message'] }, 1, AT);
    const report = await verify(csvFormat.header + record.replace('mess', '\0\0\0\0'), csvFormat);
    expect(report.problems).toMatchObject([{ line: 2, reason: 'holds NUL bytes: it is damaged' }]);
  });

  test('allows a clock that was set back', async () => {
    const earlier = encoded(
      ndjsonFormat,
      { user: 'u', endpoint: 'e', messages: ['m'] },
      2,
      '2001-01-01T00:00:00.000Z',
    );
    expect((await verify(lineOf(1) + earlier)).problemCount).toBe(0);
  });

  test('does not hold an unfinished line against a dump that may be written meanwhile', async () => {
    const { path, size: all } = await put(lineOf(1) + lineOf(2).slice(0, 20));
    expect(await verifyDump(path, all, ndjsonFormat, true)).toMatchObject({
      records: 1,
      problemCount: 0,
      unfinished: { line: 2, offset: size, reason: 'has no line end: it may still be written' },
    });
    expect(await verifyDump(path, all, ndjsonFormat)).toMatchObject({
      problemCount: 1,
      unfinished: undefined,
    });
  });

  test('lists a hundred problems and counts them all', async () => {
    const report = await verify('nonsense\n'.repeat(250));
    expect(report.problems).toHaveLength(100);
    expect(report.problemCount).toBe(250);
    expect(report.records).toBe(0);
  });
});
