import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvFormat } from '../format/csv-format.js';
import { FakeFileSystem } from '../fake-file-system.js';
import { ndjsonFormat } from '../format/ndjson-format.js';
import type { RecordFormat } from '../format/record-format.js';
import { findTail, type DumpTail } from './tail-recovery.js';
import { encoded } from '../../tests/support/encoded.js';

const PATH = 'dump';
const AT = '2026-11-21T02:44:57.123Z';

async function tailOf(
  content: Uint8Array | string,
  format: RecordFormat,
  window: number,
  syncedSeq = 0,
): Promise<DumpTail> {
  const fileSystem = new FakeFileSystem();
  fileSystem.put(PATH, content);
  const handle = await fileSystem.open(PATH);
  return findTail(handle, fileSystem.content(PATH).length, { format, window, syncedSeq });
}

function recordLine(format: RecordFormat, seq: number, message: string, at = AT): string {
  return encoded(format, { user: 'dale', endpoint: '::1', messages: [message] }, seq, at);
}

// The time of the nth commit: not ordered, since clocks are set back.
function atOf(commit: number): string {
  return new Date(Date.parse(AT) + (commit % 2 === 0 ? 1 : -1) * commit * 7).toISOString();
}

// The whole file, read from its beginning: every whole line counts.
function naiveTail(content: Buffer, format: RecordFormat): DumpTail {
  const used = content.findLastIndex((byte) => byte !== 0) + 1;
  let end = 0;
  let lastSeq = 0;
  let foreignLines = 0;
  for (;;) {
    const newline = content.indexOf(0x0a, end);
    if (newline === -1) return { end, used, lastSeq, foreignLines, damagedAt: undefined };
    const line = content.subarray(end, newline);
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
        fc.constantFrom('', 'x', '{"seq":', '2026-11-21T02:44:57.123Z,dale', '\0', '\0\0\0', 'é'),
        fc.integer({ min: 1, max: 5000 }),
        async (format, lines, torn, window) => {
          const content = Buffer.from(dumpOf(format, lines) + torn);
          expect(await tailOf(content, format, window)).toEqual(naiveTail(content, format));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('lies before the first hole of a commit that the power cut tore, and never before a commit ahead of it', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyFormat,
        fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
        fc.array(anyMessage, { minLength: 1, maxLength: 5 }),
        fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
        fc.boolean(),
        fc.nat(7),
        async (format, stored, commit, arrived, isOneMillisecond, syncedSeq) => {
          const at = (n: number) => (isOneMillisecond ? AT : atOf(n));
          const before = Buffer.from(
            format.header +
              stored.map((message, index) => recordLine(format, index + 1, message, at(index))).join(''),
          );
          const last = commit.map((message, index) =>
            recordLine(format, stored.length + 1 + index, message, at(stored.length)),
          );
          const content = Buffer.concat([before, Buffer.from(last.join(''))]);
          let isWhole = true;
          for (let sector = Math.floor(before.length / 512); sector * 512 < content.length; sector += 1) {
            if (arrived[sector % arrived.length] === true) continue;
            content.fill(
              0,
              Math.max(sector * 512, before.length),
              Math.min((sector + 1) * 512, content.length),
            );
            isWhole = false;
          }
          const hole = content.indexOf(0, before.length);
          const expected = isWhole ? content.length : content.lastIndexOf(0x0a, hole) + 1;
          const known = Math.min(syncedSeq, stored.length);
          expect(await tailOf(content, format, content.length + 1, known)).toMatchObject({
            end: expected,
            damagedAt: undefined,
          });
          expect(expected).toBeGreaterThanOrEqual(before.length);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('is not moved by a byte that somebody has set to NUL, wherever it is, and the numbers go on', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyFormat,
        fc.array(anyMessage, { minLength: 2, maxLength: 8 }),
        fc.nat(),
        fc.boolean(),
        async (format, stored, where, isOneMillisecond) => {
          const content = Buffer.from(
            format.header +
              stored
                .map((message, index) =>
                  recordLine(format, index + 1, message, isOneMillisecond ? AT : atOf(index)),
                )
                .join(''),
          );
          const lastLine = content.lastIndexOf(0x0a, content.length - 2) + 1;
          const offset = where % (lastLine - 1);
          // The byte between the beginning of a line and a sector may be all that a power cut took.
          fc.pre((offset + 1) % 512 !== 0);
          content[offset] = 0;
          const tail = await tailOf(content, format, content.length + 1);
          expect(tail).toMatchObject({ end: content.length, lastSeq: stored.length, damagedAt: offset });
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([ndjsonFormat, csvFormat])(
    'is behind the records that follow the hole of a file that was cut short ($fileName)',
    async (format) => {
      const records = [4, 5, 6].map((seq) => recordLine(format, seq, 'm', atOf(seq)));
      for (const hole of [1, 300, 511, 512, 4096, 100_000]) {
        const content = '\0'.repeat(hole) + records.join('');
        expect(await tailOf(content, format, 16_000)).toMatchObject({ end: content.length, lastSeq: 6 });
      }
    },
  );

  test('is not before a later commit, nor before a synced record, though whole sectors are empty', async () => {
    const lines = [1, 2, 3, 4, 5].map((seq) => recordLine(ndjsonFormat, seq, 'x'.repeat(500), atOf(seq)));
    const sameTime = [1, 2, 3, 4, 5].map((seq) => recordLine(ndjsonFormat, seq, 'x'.repeat(500)));
    const withHole = (text: string) => Buffer.from(text).fill(0, 512, 1024);
    const size = lines.join('').length;
    expect(await tailOf(withHole(lines.join('')), ndjsonFormat, 9999)).toMatchObject({
      end: size,
      lastSeq: 5,
      damagedAt: 512,
    });
    const torn = await tailOf(withHole(sameTime.join('')), ndjsonFormat, 9999);
    expect(torn).toMatchObject({ end: 0, used: size });
    expect(await tailOf(withHole(sameTime.join('')), ndjsonFormat, 9999, 4)).toMatchObject({
      end: size,
      lastSeq: 5,
      damagedAt: 512,
    });
  });

  test('is found in a file that is nearly all hole', async () => {
    const line = recordLine(ndjsonFormat, 1, 'x');
    const content = Buffer.concat([Buffer.from(line), Buffer.alloc(5 * 2 ** 20)]);
    expect(await tailOf(content, ndjsonFormat, 4096)).toEqual({
      end: line.length,
      used: line.length,
      lastSeq: 1,
      foreignLines: 0,
      damagedAt: undefined,
    });
  });

  test.each([
    ['an empty file', '', { end: 0, used: 0, lastSeq: 0, foreignLines: 0 }],
    ['half a line', '{"seq":1', { end: 0, used: 8, lastSeq: 0, foreignLines: 0 }],
    ['NUL alone', '\0\0\0', { end: 0, used: 0, lastSeq: 0, foreignLines: 0 }],
    ['only lines of somebody else', 'one\ntwo\n', { end: 8, used: 8, lastSeq: 0, foreignLines: 2 }],
  ])('of %s', async (_what, content, tail) => {
    for (const window of [1, 2, 3, 64]) expect(await tailOf(content, ndjsonFormat, window)).toEqual(tail);
  });

  test('of a CSV dump may be its header', async () => {
    const { header } = csvFormat;
    expect(await tailOf(header, csvFormat, 8)).toMatchObject({ end: header.length, foreignLines: 0 });
    expect(await tailOf(header.slice(0, -1), csvFormat, 8)).toMatchObject({ end: 0, foreignLines: 0 });
  });

  test.each([ndjsonFormat, csvFormat])(
    'is found in a file larger than the window, though that is no whole number ($fileName)',
    async (format) => {
      const lines = Array.from({ length: 400 }, (_, index) => recordLine(format, index + 1, 'é"x'));
      const content = Buffer.from(format.header + lines.join(''));
      for (const torn of ['', '{"seq":401', 'x\0\0'])
        for (const window of [0.5, 1000.4, 4096.000_01, 9999.9])
          expect(await tailOf(Buffer.concat([content, Buffer.from(torn)]), format, window)).toMatchObject({
            end: content.length,
            lastSeq: 400,
          });
    },
  );

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
    const options = { format: ndjsonFormat, window: 4096, syncedSeq: 0 };
    expect((await findTail(counting, size, options)).lastSeq).toBe(20_000);
    // The window, and a piece in which the last byte that is not NUL is looked for.
    expect(bytes).toBe(4096 + 2 ** 20);
  });
});
