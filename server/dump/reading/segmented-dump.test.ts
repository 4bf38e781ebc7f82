import { appendFile, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DUMP_FORMATS } from '../format/dump-formats.js';
import { saveIndex, scanClosedSegment } from '../segments/segment-index.js';
import { indexPath, listClosedSegments } from '../segments/segment-names.js';
import { packSegment } from '../sealing/segment-packing.js';
import { scanSegment } from '../segments/segment-scan.js';
import { cutBlocks } from './cut-blocks.js';
import { lineOf } from './fake-lines.js';
import type { RecordQuery } from './record-query.js';
import { scanDump } from './scan-dump.js';
import { createSegmentedDump, type LiveFile } from './segmented-dump.js';
import { closedPath } from '../../tests/support/segment-files.js';

const START = Date.parse('2026-11-21T02:44:57.123Z');
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-segmented-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe.each(['ndjson', 'csv'] as const)('a dump of several files in %s', (name) => {
  const format = DUMP_FORMATS[name];
  const dumpPath = () => join(folder, format.fileName);
  let last = 0;

  async function write(count: number): Promise<void> {
    const size = await stat(dumpPath()).then(
      (found) => found.size,
      () => 0,
    );
    let text = size === 0 ? format.header : '';
    for (let index = 0; index < count; index += 1) {
      last += 1;
      const user = last % 2 === 0 ? 'dale' : 'alice';
      const at = new Date(START + last * 1000).toISOString();
      text += `${lineOf(name, { seq: last, at, user, endpoint: '::1', message: 'x'.repeat(500) })}\n`;
    }
    await appendFile(dumpPath(), text);
  }

  async function rotate(): Promise<void> {
    const { first } = await scanSegment(dumpPath(), 0, (await stat(dumpPath())).size, format);
    await rename(dumpPath(), closedPath(dumpPath(), first));
    await writeFile(dumpPath(), '');
  }

  async function pack(): Promise<void> {
    for (const segment of await listClosedSegments(dumpPath())) {
      if (segment.packing !== 'none') continue;
      const { index, scan } = await scanClosedSegment(segment, format, true);
      await saveIndex(dumpPath(), index);
      await packSegment(dumpPath(), segment, index, 'gzip', scan.sha256);
    }
  }

  async function live(): Promise<LiveFile> {
    const path = dumpPath();
    const { blocks, first, last: lastSeq } = await scanSegment(path, 0, (await stat(path)).size, format);
    return { path, first, last: lastSeq, blocks };
  }

  async function liveByCuts(): Promise<LiveFile> {
    const blocks = await cutBlocks(dumpPath(), format);
    const last = Number.MAX_SAFE_INTEGER;
    return { path: dumpPath(), first: blocks[0]?.first ?? 0, last, blocks };
  }

  async function seqs(query: RecordQuery, looks = live, meanwhile?: () => Promise<void>): Promise<number[]> {
    const dump = createSegmentedDump({ dumpPath: dumpPath(), format, live: looks });
    const found: number[] = [];
    for await (const step of scanDump(dump, format, query)) {
      found.push(...step.found.map(({ record }) => record.seq));
      if (step.found.length > 0) await meanwhile?.();
    }
    return found;
  }

  const oneTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

  beforeEach(async () => {
    last = 0;
    await write(3000);
    await rotate();
    await write(2500);
    await rotate();
    await write(4000);
  });

  test.each(['index', 'cuts'])('is read whole, with the live file by its %s', async (how) => {
    const looks = how === 'index' ? live : liveByCuts;
    expect(await seqs({ order: 'oldest' }, looks)).toEqual(oneTo(9500));
    expect(await seqs({ order: 'newest' }, looks)).toEqual(oneTo(9500).reverse());
    await pack();
    expect(await seqs({ order: 'oldest', user: 'dale', afterSeq: 2000 }, looks)).toEqual(
      oneTo(9500).filter((seq) => seq > 2000 && seq % 2 === 0),
    );
  });

  test('is read whole by an index that was lost', async () => {
    await pack();
    for (const segment of await listClosedSegments(dumpPath())) await rm(indexPath(dumpPath(), segment.name));
    expect(await seqs({ order: 'oldest', beforeAt: START + 4_000_000 })).toEqual(oneTo(3999));
  });

  test.each(['newest', 'oldest'] as const)(
    'is read whole while it is written, rotated and packed (%s first)',
    async (order) => {
      let turns = 0;
      const meanwhile = async () => {
        turns += 1;
        if (turns % 5 === 1) await write(20);
        if (turns % 5 === 2 && turns < 20) await rotate();
        if (turns % 5 === 3) await pack();
      };
      const found = (await seqs({ order }, live, meanwhile)).filter((seq) => seq <= 9500);
      expect(found).toEqual(order === 'oldest' ? oneTo(9500) : oneTo(9500).reverse());
      expect(last).toBeGreaterThan(9500);
    },
  );

  test('goes on behind a segment that was deleted meanwhile', async () => {
    let isFirst = true;
    const found = await seqs({ order: 'newest' }, live, async () => {
      if (!isFirst) return;
      isFirst = false;
      await rm(closedPath(dumpPath(), 3001));
    });
    expect(found).toEqual([...oneTo(9500).slice(5500), ...oneTo(3000)].sort((a, b) => b - a));
  });

  test('has its live file also where it was rotated after it was looked at', async () => {
    const looks = async () => {
      const seen = await live();
      await write(10);
      await rotate();
      await write(10);
      return seen;
    };
    const dump = createSegmentedDump({ dumpPath: dumpPath(), format, live: looks });
    const segments = await dump.segments();
    expect(segments.map(({ first, last: end }) => [first, end])).toEqual([
      [1, 3000],
      [3001, 5500],
      [5501, 9500],
    ]);
  });

  test('has a torn last line in no answer', async () => {
    await appendFile(
      dumpPath(),
      lineOf(name, { seq: 9501, at: new Date(START).toISOString(), user: 'x', endpoint: '', message: '' }),
    );
    expect(await seqs({ order: 'newest', afterSeq: 9498 }, liveByCuts)).toEqual([9500, 9499]);
  });
});
