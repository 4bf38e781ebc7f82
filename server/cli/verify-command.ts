import { stat } from 'node:fs/promises';
import { DUMP_FORMATS } from '../dump/format/dump-formats.js';
import { DumpLock } from '../dump/commit/dump-lock.js';
import type { RecordFormat } from '../dump/format/record-format.js';
import { verifyDump, type DumpProblem, type DumpReport } from '../dump/reading/verify-dump.js';

const LOCK_TIMEOUT_MS = 5000;

/** What was verified, and what was found. */
export interface Verification extends DumpReport {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Verifies a dump, also while a server writes it: as far as it is when its lock is free. Where the lock cannot be had,
 * a last line without its end is not held against the dump, since it may still be written.
 *
 * @throws Node's error where there is no file to read
 */
export async function verify(path: string): Promise<Verification> {
  const { bytes, mayBeWritten } = await sizeBetweenCommits(path);
  const report = await verifyDump(path, bytes, formatOf(path), mayBeWritten);
  return { path, bytes, ...report };
}

/** A verification as a person reads it. */
export function showVerification({
  path,
  records,
  firstSeq,
  lastSeq,
  problems,
  problemCount,
  unfinished,
}: Verification): string {
  const range = firstSeq === undefined ? '' : `, numbers ${String(firstSeq)} to ${String(lastSeq)}`;
  const lines = problems.map(
    ({ line, offset, reason }) => `line ${String(line)} (byte ${String(offset)}) ${reason}\n`,
  );
  const rest = problemCount - problems.length;
  if (rest > 0) lines.push(`and ${String(rest)} more\n`);
  if (unfinished !== undefined) lines.push(showUnfinished(unfinished));
  const verdict = problemCount === 0 ? 'clean' : `${String(problemCount)} problems`;
  return `${lines.join('')}${path}: ${String(records)} records${range}: ${verdict}\n`;
}

function showUnfinished({ line, offset, reason }: DumpProblem): string {
  return `line ${String(line)} (byte ${String(offset)}) ${reason}, since the lock of the dump could not be had\n`;
}

async function sizeBetweenCommits(path: string): Promise<{ bytes: number; mayBeWritten: boolean }> {
  // Without a file there is nothing to lock.
  await stat(path);
  const lock = new DumpLock(path, LOCK_TIMEOUT_MS, { isOwner: false });
  try {
    await lock.acquire();
  } catch {
    return { bytes: (await stat(path)).size, mayBeWritten: true };
  }
  try {
    return { bytes: (await stat(path)).size, mayBeWritten: false };
  } finally {
    await lock.release();
  }
}

function formatOf(path: string): RecordFormat {
  return path.endsWith('.csv') ? DUMP_FORMATS.csv : DUMP_FORMATS.ndjson;
}
