import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DUMP_FORMATS } from '../format/dump-formats.js';
import type { DumpRecord } from '../format/record-format.js';
import { FakeReadableDump } from './fake-readable-dump.js';
import { readPage } from './read-page.js';
import type { RecordQuery } from './record-query.js';
import { restOf } from './scan-dump.js';
import { lineOf } from './fake-lines.js';

const START = Date.parse('2026-11-21T02:44:57.123Z');
const USERS = ['dale', 'Dale', 'dalé', 'd'];
const TOPICS = [undefined, 'app', 'a.b'];
const MESSAGES = [
  'Hail Dale!',
  'a "quote", a \\ and\na line',
  'café 😀',
  '"user":"dale"',
  ',"topic":"app"',
  '',
  { a: 1, text: 'Hail' },
  ['x', null],
  12.5,
  null,
];
const NEEDLES = ['Hail', 'é', '😀', '"', '\\', '\n', '"a":1', 'l', '"quote", a', '12', ';'];

type Formats = keyof typeof DUMP_FORMATS;

interface Entry {
  readonly user: string;
  readonly topic: string | undefined;
  readonly message: (typeof MESSAGES)[number];
  /** Milliseconds that the clock goes on, or back. */
  readonly step: number;
  /** How the message's text is written. */
  readonly isEscaped: boolean;
  readonly isForeign: boolean;
  readonly isRotated: boolean;
}

const anyEntry: fc.Arbitrary<Entry> = fc.record({
  user: fc.constantFrom(...USERS),
  topic: fc.constantFrom(...TOPICS),
  message: fc.constantFrom(...MESSAGES),
  step: fc.constantFrom(0, 1, 1000, 60_000, -90_000),
  isEscaped: fc.boolean(),
  isForeign: fc.integer({ min: 0, max: 9 }).map((each) => each === 0),
  isRotated: fc.integer({ min: 0, max: 9 }).map((each) => each === 0),
});

const anyFilter = fc.record(
  {
    afterSeq: fc.nat(60),
    beforeSeq: fc.nat(60),
    afterAt: fc.integer({ min: -100, max: 300 }).map((step) => START + step * 1000 + (step % 2) * 0.5),
    beforeAt: fc.integer({ min: -100, max: 300 }).map((step) => START + step * 1000),
    user: fc.constantFrom(...USERS, 'nobody'),
    topic: fc.constantFrom('app', 'a.b', 'ap'),
    contains: fc.constantFrom(...NEEDLES),
  },
  { requiredKeys: [] },
);

const anyQuery: fc.Arbitrary<RecordQuery> = fc
  .tuple(anyFilter, fc.constantFrom('newest' as const, 'oldest' as const))
  .map(([filter, order]) => ({ ...filter, order }));

/** Appends entries to a dump; a line that is no record stands before some. */
function fill(dump: FakeReadableDump, format: Formats, entries: readonly Entry[]): void {
  let at = START;
  entries.forEach((entry, index) => {
    at += entry.step;
    if (entry.isRotated) dump.rotate();
    if (entry.isForeign) dump.append('a line of another program');
    const { user, topic, message, isEscaped } = entry;
    const record = { seq: index + 1, at: new Date(at).toISOString(), user, endpoint: '::1', message };
    dump.append(lineOf(format, topic === undefined ? record : { ...record, topic }, isEscaped));
  });
}

/** The rule, written down once more and slowly. */
function wanted(records: readonly DumpRecord[], query: RecordQuery): number[] {
  const { afterSeq, beforeSeq, afterAt, beforeAt, user, topic, contains, order } = query;
  const found = records.filter((record) => {
    const at = Date.parse(record.at);
    const text = typeof record.message === 'string' ? record.message : JSON.stringify(record.message);
    return (
      (afterSeq === undefined || record.seq > afterSeq) &&
      (beforeSeq === undefined || record.seq < beforeSeq) &&
      (afterAt === undefined || at > afterAt) &&
      (beforeAt === undefined || at < beforeAt) &&
      (user === undefined || record.user === user) &&
      (topic === undefined || record.topic === topic) &&
      (contains === undefined || text.includes(contains))
    );
  });
  const seqs = found.map(({ seq }) => seq);
  return order === 'oldest' ? seqs : seqs.reverse();
}

async function pageThrough(
  dump: FakeReadableDump,
  format: Formats,
  query: RecordQuery,
  limits: { records: number; lookedAt: number; characters: number },
  between: () => void = () => undefined,
): Promise<number[]> {
  const seen: number[] = [];
  let rest = query;
  for (let pages = 0; pages < 1000; pages += 1) {
    const { found, next } = await readPage(dump, DUMP_FORMATS[format], rest, limits);
    expect(found.length).toBeLessThanOrEqual(limits.records);
    seen.push(...found.map(({ record }) => record.seq));
    if (next === undefined) return seen;
    rest = restOf(query, next);
    between();
  }
  throw new Error('paging does not end');
}

const anyLimits = fc.record({
  records: fc.integer({ min: 1, max: 20 }),
  lookedAt: fc.constantFrom(1, 1000, 10_000_000),
  characters: fc.constantFrom(1, 500, 1_000_000),
});

describe.each(['ndjson', 'csv'] as const)('pages of a dump in %s', (format) => {
  test('have every wanted record once and in order, whatever the filters, segments, clock and limits', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyEntry, { maxLength: 50, size: 'max' }),
        fc.integer({ min: 1, max: 9 }),
        anyQuery,
        anyLimits,
        async (entries, linesOfBlock, query, limits) => {
          const dump = new FakeReadableDump(DUMP_FORMATS[format], linesOfBlock);
          fill(dump, format, entries);
          expect(dump.records).toHaveLength(entries.length);
          expect(await pageThrough(dump, format, query, limits)).toEqual(wanted(dump.records, query));
        },
      ),
      { numRuns: 400 },
    );
  });

  test('have every record that stood there at the start and was not deleted, whatever happens meanwhile', async () => {
    const anyEvent = fc.constantFrom('append', 'rotate', 'move', 'delete', 'none');
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyEntry, { minLength: 1, maxLength: 50, size: 'max' }),
        fc.integer({ min: 1, max: 9 }),
        anyQuery,
        anyLimits,
        fc.array(anyEvent, { minLength: 1, maxLength: 60 }),
        async (entries, linesOfBlock, query, limits, events) => {
          const dump = new FakeReadableDump(DUMP_FORMATS[format], linesOfBlock);
          fill(dump, format, entries);
          const atStart = dump.records;
          const coming = [...events];
          const happen = () => {
            const event = coming.shift();
            if (event === 'rotate') dump.rotate();
            if (event === 'move') dump.moveFiles();
            if (event === 'delete') dump.deleteOldest();
            if (event !== 'append') return;
            const [{ seq } = { seq: atStart.length }] = dump.records.slice(-1);
            const at = new Date(START).toISOString();
            const record = {
              seq: Math.max(seq, entries.length) + 1,
              at,
              user: 'dale',
              endpoint: '',
              message: 'Hail',
            };
            dump.append(lineOf(format, record, false));
          };
          // Not so often in succession that a reader has to give up.
          dump.onRead = () => {
            if (dump.reads % 2 === 0) happen();
          };
          const seen = await pageThrough(dump, format, query, limits, happen);
          const left = new Set(dump.records.map(({ seq }) => seq));
          const old = seen.filter((seq) => seq <= entries.length);
          const expected = wanted(atStart, query);
          expect(seen).toEqual([...new Set(seen)].sort((a, b) => (query.order === 'oldest' ? a - b : b - a)));
          expect(expected).toEqual(expect.arrayContaining(old));
          expect(old).toEqual(expect.arrayContaining(expected.filter((seq) => left.has(seq))));
          expect(wanted(dump.records, query)).toEqual(
            expect.arrayContaining(seen.filter((seq) => left.has(seq))),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a page', () => {
  function dumpOf(count: number): FakeReadableDump {
    const dump = new FakeReadableDump(DUMP_FORMATS.ndjson, 10);
    for (let seq = 1; seq <= count; seq += 1) {
      if (seq % 100 === 1) dump.rotate();
      const at = new Date(START + seq * 1000).toISOString();
      dump.append(lineOf('ndjson', { seq, at, user: 'dale', endpoint: '::1', message: 'x' }, false));
    }
    return dump;
  }
  const limits = { records: 5, lookedAt: 1e9, characters: 1e9 };
  const read = (dump: FakeReadableDump, query: RecordQuery) =>
    readPage(dump, DUMP_FORMATS.ndjson, query, limits);

  test.each([
    ['at the new end', { order: 'newest' }, 2],
    ['at the old end', { order: 'oldest' }, 2],
    ['in the middle, by number', { order: 'oldest', afterSeq: 500 }, 2],
    ['in the middle, by time', { order: 'newest', beforeAt: START + 500_000 }, 2],
    ['where there is nothing', { order: 'newest', afterSeq: 5000 }, 0],
    ['of a time when there was nothing', { order: 'newest', beforeAt: START }, 0],
  ] satisfies [string, RecordQuery, number][])('%s reads few blocks', async (_where, query, reads) => {
    const dump = dumpOf(1000);
    await read(dump, query);
    expect(dump.reads).toBeLessThanOrEqual(reads);
  });

  test('that is full and the last one says that there is no next', async () => {
    expect((await read(dumpOf(5), { order: 'newest' })).next).toBeUndefined();
    expect((await read(dumpOf(6), { order: 'newest' })).next).toBe(2);
  });

  test('gives up when a segment is never where it should be', async () => {
    const dump = dumpOf(10);
    dump.onRead = () => {
      dump.moveFiles();
    };
    await expect(read(dump, { order: 'newest' })).rejects.toThrow('not where it was');
    dump.onRead = () => {
      if (dump.reads % 2 === 0) dump.moveFiles();
    };
    dump.rotate();
    const [line] = [
      lineOf('ndjson', {
        seq: 11,
        at: new Date(START).toISOString(),
        user: 'dale',
        endpoint: '',
        message: '',
      }),
    ];
    dump.append(line);
    expect((await read(dump, { order: 'oldest' })).found).toHaveLength(5);
  });

  test('ends also where the numbers of a damaged dump go back', async () => {
    const dump = new FakeReadableDump(DUMP_FORMATS.ndjson, 3);
    const at = new Date(START).toISOString();
    for (const seq of [1, 2, 9, 3, 4, 3, 10, 11])
      dump.append(lineOf('ndjson', { seq, at, user: 'dale', endpoint: '::1', message: 'x' }, false));
    for (const order of ['newest', 'oldest'] as const) {
      const small = { records: 1, lookedAt: 1, characters: 1 };
      expect((await pageThrough(dump, 'ndjson', { order }, small)).length).toBeGreaterThan(3);
    }
  });
});
