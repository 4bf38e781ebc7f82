import { readLines, type DumpLine } from './dump-reader.js';
import type { RecordFormat } from './record-format.js';

/** Something in a dump that gatherd did not write so. */
export interface DumpProblem {
  readonly line: number;
  /** Bytes from the beginning of the file to the line. */
  readonly offset: number;
  readonly reason: string;
}

/** What a dump holds, and what is wrong with it. */
export interface DumpReport {
  readonly records: number;
  readonly firstSeq: number | undefined;
  readonly lastSeq: number | undefined;
  /** The first of them; `problemCount` counts them all. */
  readonly problems: readonly DumpProblem[];
  readonly problemCount: number;
}

const MOST_PROBLEMS_LISTED = 100;

/**
 * Checks a dump from end to end: every line a whole record, the numbers one after another. Memory stays constant.
 *
 * @param size - how many bytes to check
 */
export async function verifyDump(path: string, size: number, format: RecordFormat): Promise<DumpReport> {
  const problems: DumpProblem[] = [];
  let problemCount = 0;
  let records = 0;
  let firstSeq: number | undefined;
  let lastSeq: number | undefined;
  for await (const line of readLines(path, size)) {
    if (line.number === 1 && format.header !== '' && `${line.text}\n` === format.header) continue;
    const record = format.decode(line.text);
    const reason = flaw(line) ?? (record === undefined ? 'is no record' : outOfOrder(record.seq, lastSeq));
    if (reason !== undefined) {
      problemCount += 1;
      if (problems.length < MOST_PROBLEMS_LISTED)
        problems.push({ line: line.number, offset: line.offset, reason });
    }
    if (record === undefined) continue;
    records += 1;
    firstSeq ??= record.seq;
    lastSeq = record.seq;
  }
  return { records, firstSeq, lastSeq, problems, problemCount };
}

function flaw(line: DumpLine): string | undefined {
  if (!line.isWhole) return 'has no line end: it is torn';
  if (!line.isUtf8) return 'is not UTF-8';
  return undefined;
}

function outOfOrder(seq: number, previous: number | undefined): string | undefined {
  if (previous === undefined || seq === previous + 1) return undefined;
  if (seq > previous)
    return `has number ${String(seq)} after ${String(previous)}: ${String(seq - previous - 1)} missing`;
  return `has number ${String(seq)} after ${String(previous)}: repeated or out of order`;
}
