import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvFormat } from './csv-format.js';
import { FakeFileSystem } from './fake-file-system.js';
import { ndjsonFormat } from './ndjson-format.js';
import type { RecordFormat } from './record-format.js';
import { findTail, type DumpTail } from './tail-recovery.js';

const PATH = 'dump';
const AT = '2026-11-21T02:44:57.123Z';

async function tailOf(content: Uint8Array | string, format: RecordFormat, window: number): Promise<DumpTail> {
  const fileSystem = new FakeFileSystem();
  fileSystem.put(PATH, content);
  const handle = await fileSystem.open(PATH);
  return findTail(handle, fileSystem.content(PATH).length, format, window);
}

function recordLine(format: RecordFormat, seq: number, message: string): string {
  return format.encode({ user: 'dale', endpoint: '::1', messages: [message] }, seq, AT);
}

// The whole file, read from its beginning, by the words of the specification: whole lines count up to the first one
// with a NUL in it.
function naiveTail(content: Buffer, format: RecordFormat): DumpTail {
  let end = 0;
  let lastSeq = 0;
  let foreignLines = 0;
  for (;;) {
    const newline = content.indexOf(0x0a, end);
    if (newline === -1) return { end, lastSeq, foreignLines };
    const line = content.subarray(end, newline);
    if (line.includes(0)) return { end, lastSeq, foreignLines };
    const record = format.decode(line.toString());
    if (record !== undefined) {
      lastSeq = record.seq;
      foreignLines = 0;
    } else if (`${line.toString()}\n` !== format.header) foreignLines += 1;
    end = newline + 1;
  }
}

const anyFormat = fc.constantFrom(ndjsonFormat, csvFormat);
const anyMessage = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.nat(3000).map((length) => 'é"\n'.repeat(length / 3)),
);
const anyForeignLine = fc.constantFrom('\n', 'hello\n', '{"seq":7}\n', 'a,b,c,1,d\n', '\ufffd\n', '"open\n');
const anyLine = fc.oneof(
  { weight: 4, arbitrary: anyMessage.map((message) => ({ message })) },
  { weight: 1, arbitrary: anyForeignLine.map((foreign) => ({ foreign })) },
);

function dumpOf(format: RecordFormat, lines: readonly ({ message: string } | { foreign: string })[]): string {
  let seq = 0;
  const written = lines.map((line) => {
    if ('foreign' in line) return line.foreign;
    seq += 1;
    return recordLine(format, seq, line.message);
  });
  return format.header + written.join('');
}

describe('the end of a dump', () => {
  test('is found as a reading of the whole file finds it, however small the window', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyFormat,
        fc.array(anyLine, { maxLength: 8 }),
        fc.constantFrom('', 'x', '{"seq":', '2026-11-21T02:44:57.123Z,dale', '\0', '\0\0\n', 'é'),
        fc.integer({ min: 1, max: 5000 }),
        async (format, lines, torn, window) => {
          const content = Buffer.from(dumpOf(format, lines) + torn);
          expect(await tailOf(content, format, window)).toEqual(naiveTail(content, format));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('lies before the first hole of a commit that the power cut tore', async () => {
    const holes = fc.array(fc.record({ at: fc.nat(6000), length: fc.integer({ min: 1, max: 1500 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(
        anyFormat,
        fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
        fc.array(anyMessage, { minLength: 1, maxLength: 5 }),
        holes,
        async (format, stored, commit, gaps) => {
          const before = Buffer.from(
            dumpOf(
              format,
              stored.map((message) => ({ message })),
            ),
          );
          const after = Buffer.from(
            commit.map((message, index) => recordLine(format, stored.length + 1 + index, message)).join(''),
          );
          for (const { at, length } of gaps)
            after.fill(0, Math.min(at, after.length), Math.min(at + length, after.length));
          const content = Buffer.concat([before, after]);
          const tail = await tailOf(content, format, after.length + 1);
          expect(tail).toEqual(naiveTail(content, format));
          expect(tail.end).toBeGreaterThanOrEqual(before.length);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['an empty file', '', { end: 0, lastSeq: 0, foreignLines: 0 }],
    ['half a line', '{"seq":1', { end: 0, lastSeq: 0, foreignLines: 0 }],
    ['NUL alone', '\0\0\0', { end: 0, lastSeq: 0, foreignLines: 0 }],
    ['only lines of somebody else', 'one\ntwo\n', { end: 8, lastSeq: 0, foreignLines: 2 }],
  ])('of %s', async (_what, content, tail) => {
    for (const window of [1, 2, 3, 64]) expect(await tailOf(content, ndjsonFormat, window)).toEqual(tail);
  });

  test('of a CSV dump may be its header', async () => {
    const { header } = csvFormat;
    expect(await tailOf(header, csvFormat, 8)).toEqual({ end: header.length, lastSeq: 0, foreignLines: 0 });
    expect(await tailOf(header.slice(0, -1), csvFormat, 8)).toEqual({ end: 0, lastSeq: 0, foreignLines: 0 });
  });

  test('is found without reading the rest of a large file', async () => {
    const fileSystem = new FakeFileSystem();
    const lines = Array.from({ length: 20_000 }, (_, index) => recordLine(ndjsonFormat, index + 1, 'x'));
    fileSystem.put(PATH, lines.join(''));
    const handle = await fileSystem.open(PATH);
    let bytes = 0;
    const counting = {
      ...handle,
      read: (buffer: Uint8Array, position: number) => {
        bytes += buffer.length;
        return handle.read(buffer, position);
      },
    };
    const { size } = await handle.identity();
    expect((await findTail(counting, size, ndjsonFormat, 4096)).lastSeq).toBe(20_000);
    expect(bytes).toBe(4096);
  });
});
