import type { RecordFormat } from '../format/record-format.js';
import { PackedSegmentError, readBlock } from '../sealing/packed-blocks.js';
import { indexOf } from '../segments/segment-index.js';
import { listClosedSegments, type ClosedSegment } from '../segments/segment-names.js';
import { IndexCache } from './index-cache.js';
import {
  SegmentGoneError,
  type ReadableBlock,
  type ReadableDump,
  type ReadableSegment,
} from './readable-dump.js';

/** What is known of the live file. */
export interface LiveFile {
  readonly path: string;
  /** The numbers of its first record and of its last durable one; 0 where it has none. */
  readonly first: number;
  readonly last: number;
  /** Up to that record, in order; those with the number 0 have no record. */
  readonly blocks: readonly ReadableBlock[];
}

/** Some 50 MB of them; a segment of 1 GiB has 1000. */
const MAX_CACHED_BLOCKS = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * The dump as it lies in its directory: closed segments by their indexes, then the live file.
 *
 * @param dumpPath - the live file
 * @param live - looks at the live file now
 */
export function createSegmentedDump(options: {
  dumpPath: string;
  format: RecordFormat;
  live: () => LiveFile | Promise<LiveFile>;
}): ReadableDump {
  const { dumpPath, format } = options;
  const indexes = new IndexCache(MAX_CACHED_BLOCKS);

  // The live file first: should it be closed now, it is among the closed ones then, and nothing is missed.
  async function segments(): Promise<ReadableSegment[]> {
    const live = await lookAt(options.live);
    const closed = (await listClosedSegments(dumpPath)).filter(
      ({ number }) => number <= (live?.first ?? number),
    );
    const ends = closed.slice(1).map(({ number }) => number - 1);
    const all = closed.map((segment, index) =>
      closedSegment(segment, ends[index] ?? endOfLastClosed(live, segment)),
    );
    if (live !== undefined && closed.at(-1)?.number !== live.first) all.push(liveSegment(live, format));
    return all;
  }

  function closedSegment(segment: ClosedSegment, last: number): ReadableSegment {
    const { number: first, path } = segment;
    const load = async () => {
      const { blocks } = await indexOf(dumpPath, segment, format);
      return withRecords(blocks);
    };
    return {
      first,
      last,
      blocks: () => orGone(first, isNotFound, () => indexes.get(path, load)),
      read: (block) => orGone(first, isNotFound, () => readBlock(segment, block)),
    };
  }

  return { segments };
}

async function lookAt(live: () => LiveFile | Promise<LiveFile>): Promise<LiveFile | undefined> {
  const found = await live();
  return found.first === 0 ? undefined : found;
}

function endOfLastClosed(live: LiveFile | undefined, { number }: ClosedSegment): number {
  if (live === undefined) return Number.MAX_SAFE_INTEGER;
  return live.first === number ? live.last : live.first - 1;
}

function liveSegment(live: LiveFile, format: RecordFormat): ReadableSegment {
  const { path, first, last, blocks } = live;
  const segment = { number: first, name: '', path, packing: 'none' } as const;
  return {
    first,
    last,
    blocks: () => Promise.resolve(withRecords(blocks)),
    read: async (block) => {
      const bytes = await orGone(first, isNotThere, () => readBlock(segment, block));
      // The file of this name may be the next one already.
      if (!holdsBlock(bytes, block, format)) throw new SegmentGoneError(first);
      return bytes;
    },
  };
}

function withRecords(blocks: readonly ReadableBlock[]): ReadableBlock[] {
  return blocks.filter((block) => block.first > 0);
}

function holdsBlock(bytes: Buffer, block: ReadableBlock, format: RecordFormat): boolean {
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    const record = format.decode(bytes.toString('utf8', start, end));
    if (record !== undefined) return record.seq >= block.first && record.seq <= block.last;
    start = end + 1;
  }
  return false;
}

async function orGone<Result>(
  first: number,
  isGone: (error: unknown) => boolean,
  task: () => Promise<Result>,
): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    throw isGone(error) ? new SegmentGoneError(first, error) : error;
  }
}

function isNotFound(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

// A file that is shorter than it was is another one.
function isNotThere(error: unknown): boolean {
  return isNotFound(error) || error instanceof PackedSegmentError;
}
