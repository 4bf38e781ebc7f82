import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { DUMP_FORMATS } from '../dump/format/dump-formats.js';
import { DumpLock } from '../dump/commit/dump-lock.js';
import type { RecordFormat } from '../dump/format/record-format.js';
import { verifyDump, verifyPacked, type DumpReport } from '../dump/verifying/verify-dump.js';
import type { DumpProblem } from '../dump/verifying/verify-lines.js';
import { verifySegments } from '../dump/verifying/verify-segments.js';
import { takeSnapshot } from '../dump/verifying/verify-snapshot.js';
import type { Packing } from '../dump/segments/segment-names.js';

const LOCK_TIMEOUT_MS = 5000;

/** What was verified, and what was found. */
export interface Verification extends DumpReport {
  readonly path: string;
  /** Unpacked. */
  readonly bytes: number;
  /** How many files make the dump, where the whole of it was verified. */
  readonly segments?: number;
}

/**
 * Verifies one file of a dump, packed or not, also while a server writes it: as far as it is when its lock is free. Where
 * the lock cannot be had, a last line without its end is not held against the dump, since it may still be written.
 *
 * @throws Node's error where there is no file to read
 */
export async function verify(path: string): Promise<Verification> {
  const packing = packingOf(path);
  if (packing !== 'none') {
    const segment = { number: 0, name: basename(path), path, packing };
    return { path, ...(await verifyPacked(segment, formatOf(path))) };
  }
  // Without a file there is nothing to lock.
  await stat(path);
  const { seen, mayBeWritten } = await betweenCommits(path, async () => (await stat(path)).size);
  return { path, bytes: seen, ...(await verifyDump(path, seen, formatOf(path), mayBeWritten)) };
}

/**
 * Verifies a whole dump, all segments and what the manifest says of them, also while a server writes and rotates it.
 *
 * @param dumpPath - the live file, which need not be there if there are closed segments
 * @throws Node's error where there is no dump
 */
export async function verifyAll(dumpPath: string): Promise<Verification> {
  await (await takeSnapshot(dumpPath))[Symbol.asyncDispose]();
  const { seen, mayBeWritten } = await betweenCommits(dumpPath, () => takeSnapshot(dumpPath));
  try {
    return { path: dumpPath, ...(await verifySegments(dumpPath, formatOf(dumpPath), seen, mayBeWritten)) };
  } finally {
    await seen[Symbol.asyncDispose]();
  }
}

/** A verification as a person reads it. */
export function showVerification({
  path,
  segments = 1,
  records,
  firstSeq,
  lastSeq,
  problems,
  problemCount,
  unfinished,
}: Verification): string {
  const range = firstSeq === undefined ? '' : `, numbers ${String(firstSeq)} to ${String(lastSeq)}`;
  const lines = problems.map((problem) => `${showProblem(problem)}\n`);
  const rest = problemCount - problems.length;
  if (rest > 0) lines.push(`and ${String(rest)} more\n`);
  if (unfinished !== undefined) {
    lines.push(`${showProblem(unfinished)}, since the lock of the dump could not be had\n`);
  }
  const files = segments === 1 ? '' : ` in ${String(segments)} segments`;
  const verdict = problemCount === 0 ? 'clean' : `${String(problemCount)} problems`;
  return `${lines.join('')}${path}: ${String(records)} records${files}${range}: ${verdict}\n`;
}

function showProblem({ file, line, offset, reason }: DumpProblem): string {
  const place = line === undefined ? undefined : `line ${String(line)} (byte ${String(offset)})`;
  return [file, place, reason].filter((part) => part !== undefined).join(' ');
}

// Looks while nobody writes, if the lock can be had.
async function betweenCommits<Seen>(
  path: string,
  look: () => Promise<Seen>,
): Promise<{ seen: Seen; mayBeWritten: boolean }> {
  const lock = new DumpLock(path, LOCK_TIMEOUT_MS, { isOwner: false });
  try {
    await lock.acquire();
  } catch {
    return { seen: await look(), mayBeWritten: true };
  }
  try {
    return { seen: await look(), mayBeWritten: false };
  } finally {
    await lock.release();
  }
}

function packingOf(path: string): Packing {
  if (path.endsWith('.gz')) return 'gzip';
  return path.endsWith('.zst') ? 'zstd' : 'none';
}

function formatOf(path: string): RecordFormat {
  return /\.csv(?:\.gz|\.zst)?$/.test(path) ? DUMP_FORMATS.csv : DUMP_FORMATS.ndjson;
}
