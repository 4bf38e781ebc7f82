import { stat } from 'node:fs/promises';
import type { Manifest, SealedSegment } from './manifest.js';
import { otherForms, type ClosedSegment } from '../segments/segment-names.js';

/** What is kept. 0 is without a limit. */
export interface Retention {
  /** How old the last record of a closed segment becomes, in ms. */
  readonly ageMs: number;
  /** Bytes that all segments take, the live one included. */
  readonly bytes: number;
}

/** A closed segment that has to go. */
export interface ExpiredSegment {
  readonly segment: ClosedSegment;
  /** Whether it goes for its age, and not only for the bytes of all. */
  readonly isTooOld: boolean;
}

/**
 * Which closed segments have to go, oldest first. Never one that is not sealed yet, nor any behind such a one: its
 * producers' numbers are in no other place.
 *
 * @param segments - all closed ones, in order
 * @throws Node's error where the size of a file cannot be read
 */
export async function findExpired(
  dumpPath: string,
  segments: readonly ClosedSegment[],
  manifest: Manifest,
  retention: Retention,
  now: Date,
): Promise<ExpiredSegment[]> {
  const sizes = await Promise.all(
    segments.map((segment) => sizeOfAll([segment.path, ...otherForms(dumpPath, segment)])),
  );
  let total = sizes.reduce((sum, size) => sum + size, await sizeOfAll([dumpPath]));
  const expired: ExpiredSegment[] = [];
  for (const [position, segment] of segments.entries()) {
    const known = manifest.segment(segment.name);
    if (known === undefined || known.isRemoved) break;
    const isTooMuch = retention.bytes > 0 && total > retention.bytes;
    const isTooOld = retention.ageMs > 0 && now.getTime() - lastWrittenAt(known.sealed) > retention.ageMs;
    if (!isTooMuch && !isTooOld) break;
    expired.push({ segment, isTooOld });
    total -= sizes[position] ?? 0;
  }
  return expired;
}

// One without a record is as old as its sealing.
function lastWrittenAt({ count, maxAt, at }: SealedSegment): number {
  return count === 0 ? Date.parse(at) : maxAt;
}

async function sizeOfAll(paths: readonly string[]): Promise<number> {
  let sum = 0;
  for (const path of paths) sum += (await stat(path).catch(() => undefined))?.size ?? 0;
  return sum;
}
