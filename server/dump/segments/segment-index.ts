import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import * as z from 'zod';
import type { RecordFormat } from '../format/record-format.js';
import type { Block } from './block-builder.js';
import { loadDerived, saveDerived } from './derived-file.js';
import { BLOCK_SCHEMA, SHA256_SCHEMA } from './derived-schemas.js';
import { readPackedBlocks } from '../sealing/packed-blocks.js';
import { indexPath, type ClosedSegment } from './segment-names.js';
import { scanSegment, SegmentScanner, type SegmentScan } from './segment-scan.js';

/** Where in a closed segment which records are. It can be made from the segment at any time. */
export interface SegmentIndex {
  /** The segment's name, not packed. */
  readonly segment: string;
  readonly count: number;
  /** The numbers of the first and the last record; 0 where there is none. */
  readonly first: number;
  readonly last: number;
  /** Of the segment, not packed. */
  readonly bytes: number;
  /** One behind another, from the beginning to the end. */
  readonly blocks: readonly Block[];
  /** The packed file, if there is one: whose `packedOffset`s the blocks have. */
  readonly packed?: PackedFile | undefined;
}

export interface PackedFile {
  readonly packing: 'gzip' | 'zstd';
  readonly bytes: number;
  readonly sha256: string;
}

/** What a closed segment holds, and where. */
export interface ScannedSegment {
  readonly scan: SegmentScan;
  readonly index: SegmentIndex;
}

const INDEX_SCHEMA = z.object({
  segment: z.string(),
  count: z.int().nonnegative(),
  first: z.int().nonnegative(),
  last: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  blocks: z.array(BLOCK_SCHEMA),
  packed: z
    .object({ packing: z.enum(['gzip', 'zstd']), bytes: z.int().nonnegative(), sha256: SHA256_SCHEMA })
    .optional(),
});

/** @throws Node's error where it cannot be written */
export function saveIndex(dumpPath: string, index: SegmentIndex): Promise<void> {
  return saveDerived(indexPath(dumpPath, index.segment), index);
}

/**
 * The index of a closed segment; undefined where there is none, where it is damaged, and where it does not fit.
 *
 * @throws Node's error where the segment is not there (any more)
 */
export async function loadIndex(dumpPath: string, segment: ClosedSegment): Promise<SegmentIndex | undefined> {
  const index = await loadIndexFile(dumpPath, segment.name);
  return index !== undefined && fits(index, segment, (await stat(segment.path)).size) ? index : undefined;
}

/** The index that was saved for a segment, whether it fits or not; undefined where there is none or it is damaged. */
export function loadIndexFile(dumpPath: string, name: string): Promise<SegmentIndex | undefined> {
  return loadDerived(indexPath(dumpPath, name), INDEX_SCHEMA);
}

/**
 * The index as it was saved, or made from the segment, in memory only, where that is lost. For those who read.
 *
 * @throws Node's error where the segment is not there (any more), PackedSegmentError where it is damaged
 */
export async function indexOf(
  dumpPath: string,
  segment: ClosedSegment,
  format: RecordFormat,
): Promise<SegmentIndex> {
  return (await loadIndex(dumpPath, segment)) ?? (await scanClosedSegment(segment, format)).index;
}

/**
 * Reads a closed segment, packed or not, and makes its index.
 *
 * @throws Node's error where it cannot be read, PackedSegmentError where it is damaged
 */
export async function scanClosedSegment(
  segment: ClosedSegment,
  format: RecordFormat,
  isHashed = false,
): Promise<ScannedSegment> {
  if (segment.packing !== 'none') return scanPacked(segment, segment.packing, format, isHashed);
  const { size } = await stat(segment.path);
  const scan = await scanSegment(segment.path, 0, size, format, { isHashed });
  return { scan, index: indexFrom(segment, scan) };
}

// A packed block is a block of the index, whatever length blocks have today.
async function scanPacked(
  segment: ClosedSegment,
  packing: 'gzip' | 'zstd',
  format: RecordFormat,
  isHashed: boolean,
): Promise<ScannedSegment> {
  const whole = new SegmentScanner(format, 0, { isHashed });
  const packedHash = createHash('sha256');
  const blocks: Block[] = [];
  let offset = 0;
  let packedOffset = 0;
  for await (const { content, packed } of readPackedBlocks(segment)) {
    const part = new SegmentScanner(format, offset, { blockBytes: Number.POSITIVE_INFINITY });
    for (const scanner of [part, whole]) scanner.push(content);
    packedHash.update(packed);
    const [block] = part.finish().blocks;
    if (block !== undefined) blocks.push({ ...block, packedOffset, packedBytes: packed.length });
    offset += content.length;
    packedOffset += packed.length;
  }
  const scan = whole.finish();
  const packed = { packing, bytes: packedOffset, sha256: packedHash.digest('hex') };
  return { scan, index: { ...indexFrom(segment, scan), blocks, packed } };
}

function indexFrom({ name: segment }: ClosedSegment, scan: SegmentScan): SegmentIndex {
  const { count, first, last, bytes, blocks } = scan;
  return { segment, count, first, last, bytes, blocks };
}

function fits({ segment, bytes, blocks, packed }: SegmentIndex, of: ClosedSegment, size: number): boolean {
  let end = 0;
  for (const block of blocks) {
    if (block.offset !== end) return false;
    end += block.bytes;
  }
  if (segment !== of.name || end !== bytes) return false;
  return of.packing === 'none' ? bytes === size : packed?.packing === of.packing && packed.bytes === size;
}
