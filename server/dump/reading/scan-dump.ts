import type { RecordFormat } from '../format/record-format.js';
import { createLineFilter, type FoundRecord } from './line-filter.js';
import {
  SegmentGoneError,
  type ReadableBlock,
  type ReadableDump,
  type ReadableSegment,
} from './readable-dump.js';
import { boundsOf, further, type Bounds, type RecordOrder, type RecordQuery } from './record-query.js';
import { createBreathe, scanBlock } from './scan-block.js';

/** A part of the way through a dump. */
export interface ScanStep {
  /** The wanted records of this part, in order. */
  readonly found: readonly FoundRecord[];
  /** From here the rest can be scanned later: the query's `beforeSeq` where the newest come first, else `afterSeq`. */
  readonly position: number;
  /**
   * Where records behind the last position are not there any more, the number of the next one that is. Told of all records in order only:
   * the oldest first, whatever their times.
   */
  readonly behindHole?: number;
  /** How many bytes are done with since the last step that has a number here; where it is not 0, `position` has moved. */
  readonly bytes: number;
}

/** What looking into the index costs for each block. */
const INDEX_ENTRY_BYTES = 128;
/** How often in succession a segment may be gone before something else must be wrong. */
const MAX_LOSSES = 5;

/**
 * Goes through the wanted records of a dump, each once, in order, in memory for one block. It reads only blocks that can
 * hold one, never keeps the event loop for long, and goes on where it was when a segment is closed, packed or deleted
 * meanwhile. What is appended after the start may be seen or not.
 */
export async function* scanDump(
  dump: ReadableDump,
  format: RecordFormat,
  query: RecordQuery,
): AsyncGenerator<ScanStep> {
  let rest = query;
  let position: number | undefined;
  for (let losses = 0; ;) {
    try {
      for await (const step of scanSegments(dump, format, rest)) {
        rest = restOf(query, step.position);
        if (step.position !== position) losses = 0;
        position = step.position;
        yield step;
      }
      return;
    } catch (error) {
      losses += 1;
      if (!(error instanceof SegmentGoneError) || losses > MAX_LOSSES) throw error;
    }
  }
}

/** What is left of a query behind a position. */
export function restOf(query: RecordQuery, position: number): RecordQuery {
  return query.order === 'newest' ? { ...query, beforeSeq: position } : { ...query, afterSeq: position };
}

async function* scanSegments(
  dump: ReadableDump,
  format: RecordFormat,
  query: RecordQuery,
): AsyncGenerator<ScanStep> {
  const { order } = query;
  const bounds = boundsOf(query);
  const filter = createLineFilter(query, format);
  const breathe = createBreathe(() => performance.now());
  const holes = new Holes(query);
  for (const segment of inOrder(await dump.segments(), order)) {
    if (!overlaps(segment, bounds)) continue;
    const blocks = await segment.blocks();
    let position = edgeOf(segment, order);
    for (const block of wantedBlocks(blocks, bounds, order)) {
      const hole = holes.before(block);
      if (hole !== undefined) yield hole;
      const bytes = await segment.read(block);
      for await (const found of scanBlock(bytes, order, filter, breathe)) {
        for (const { record } of found) position = further(order, position, record.seq);
        yield { found, position, bytes: 0 };
      }
      position = further(order, position, order === 'newest' ? block.first : block.last);
      yield { found: [], position, bytes: block.bytes };
    }
    // The end that a segment is said to have may be far behind its last record.
    const end = order === 'newest' ? segment.first : (blocks.at(-1)?.last ?? position);
    position = further(order, position, end);
    yield { found: [], position, bytes: (blocks.length + 1) * INDEX_ENTRY_BYTES };
    await breathe();
  }
  const hole = holes.atEnd(bounds);
  if (hole !== undefined) yield hole;
}

/** Sees what is missing between blocks that are gone through in order. */
class Holes {
  readonly #isLooking: boolean;
  #reached: number;

  constructor({ order, afterSeq = 0, afterAt, beforeAt }: RecordQuery) {
    this.#isLooking = order === 'oldest' && afterAt === undefined && beforeAt === undefined;
    this.#reached = afterSeq;
  }

  /** The step that tells of what is missing before the next block. */
  before({ first, last }: ReadableBlock): ScanStep | undefined {
    const step = this.#stepTo(first);
    this.#reached = Math.max(this.#reached, last);
    return step;
  }

  /** The same of what is missing behind the last one, up to where the query ends. */
  atEnd({ beforeSeq }: Bounds): ScanStep | undefined {
    return beforeSeq === Infinity ? undefined : this.#stepTo(beforeSeq);
  }

  #stepTo(first: number): ScanStep | undefined {
    if (!this.#isLooking || first <= this.#reached + 1) return undefined;
    return { found: [], position: first - 1, behindHole: first, bytes: 0 };
  }
}

function edgeOf({ first, last }: ReadableSegment, order: RecordOrder): number {
  return order === 'newest' ? last + 1 : first - 1;
}

function overlaps({ first, last }: { first: number; last: number }, bounds: Bounds): boolean {
  return last > bounds.afterSeq && first < bounds.beforeSeq;
}

function* wantedBlocks(blocks: readonly ReadableBlock[], bounds: Bounds, order: RecordOrder) {
  const from = firstIndex(blocks, (block) => block.last > bounds.afterSeq);
  const to = firstIndex(blocks, (block) => block.first >= bounds.beforeSeq);
  for (let index = 0; index < to - from; index += 1) {
    const block = blocks[order === 'oldest' ? from + index : to - 1 - index];
    if (block !== undefined && block.maxAt > bounds.afterAt && block.minAt < bounds.beforeAt) yield block;
  }
}

/** The first index at which a test holds that goes from no to yes once; the length where it never does. */
function firstIndex<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const item = items[middle];
    if (item !== undefined && holds(item)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function inOrder<Item>(items: readonly Item[], order: RecordOrder): readonly Item[] {
  return order === 'oldest' ? items : items.toReversed();
}
