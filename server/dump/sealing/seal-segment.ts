import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { DUMP_FORMATS } from '../format/dump-formats.js';
import type { RecordFormat } from '../format/record-format.js';
import type { ClosedEvent } from './manifest-entry.js';
import { loadIndex, saveIndex, scanClosedSegment, type SegmentIndex } from '../segments/segment-index.js';
import type { ClosedSegment } from '../segments/segment-names.js';
import { unplaced } from '../segments/producer-marks.js';
import { packSegment } from './segment-packing.js';

/** Something to be done with one closed segment, away from the thread that answers requests. */
export type SealTask =
  /** Read it through, save its index, and answer what the manifest has to say of it. */
  | { readonly kind: 'seal'; readonly dumpPath: string; readonly segment: ClosedSegment }
  /** See that it has an index that fits. */
  | { readonly kind: 'index'; readonly dumpPath: string; readonly segment: ClosedSegment }
  /** Put a packed file in its place. */
  | {
      readonly kind: 'pack';
      readonly dumpPath: string;
      readonly segment: ClosedSegment;
      readonly packing: 'gzip' | 'zstd';
      readonly sha256: string;
    };

/** What is known of a segment when it was read through. */
export type SealedFacts = Omit<ClosedEvent, 'event' | 'at'>;

/**
 * Does a task. It may be interrupted at any point and done again: what it leaves behind derives from the segment, and is
 * put in place whole.
 *
 * @returns for `seal`, the facts; else nothing
 * @throws Node's error, PackedSegmentError
 */
export async function doSealTask(task: SealTask): Promise<SealedFacts | undefined> {
  const { dumpPath, segment } = task;
  if (task.kind === 'seal') return sealSegment(dumpPath, segment);
  const index = (await loadIndex(dumpPath, segment)) ?? (await indexAnew(dumpPath, segment));
  if (task.kind === 'pack') await packSegment(dumpPath, segment, index, task.packing, task.sha256);
  return undefined;
}

async function sealSegment(dumpPath: string, segment: ClosedSegment): Promise<SealedFacts> {
  const { scan, index } = await scanClosedSegment(segment, formatOf(dumpPath), true);
  await saveIndex(dumpPath, index);
  const { first, last, count, bytes, sha256, minAt, maxAt, producers } = scan;
  return {
    segment: segment.name,
    first,
    last,
    count,
    bytes,
    sha256,
    minAt,
    maxAt,
    producers: unplaced(producers),
  };
}

async function indexAnew(dumpPath: string, segment: ClosedSegment): Promise<SegmentIndex> {
  const { index } = await scanClosedSegment(segment, formatOf(dumpPath));
  await saveIndex(dumpPath, index);
  return index;
}

function formatOf(dumpPath: string): RecordFormat {
  const found = Object.values(DUMP_FORMATS).find(({ fileName }) => fileName === basename(dumpPath));
  return found ?? DUMP_FORMATS.ndjson;
}

/** Deletes files; one that is not there is fine. */
export async function deleteFiles(paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
}
