import { readLines, type DumpLine } from './dump-reader.js';
import type { DumpRecord, RecordFormat } from '../format/record-format.js';

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
  /** A last line without its line end that a writer may still be at; undefined where there is none. */
  readonly unfinished: DumpProblem | undefined;
}

const MOST_PROBLEMS_LISTED = 100;

/**
 * Checks a dump from end to end: every line a whole record, the numbers one after another. Memory stays constant.
 *
 * The first number may be any, as after a rotation, and a record may be earlier than the one before it, as when the clock
 * was set back.
 *
 * @param size - how many bytes to check
 * @param mayBeWritten - whether a commit may be under way, so that a last line without its end is no problem
 */
export async function verifyDump(
  path: string,
  size: number,
  format: RecordFormat,
  mayBeWritten = false,
): Promise<DumpReport> {
  const problems: DumpProblem[] = [];
  let problemCount = 0;
  let records = 0;
  let firstSeq: number | undefined;
  let lastSeq: number | undefined;
  let unfinished: DumpProblem | undefined;
  for await (const line of readLines(path, size)) {
    if (mayBeWritten && !line.isWhole) {
      unfinished = problemOf(line, 'has no line end: it may still be written');
      continue;
    }
    if (isHeader(line, format)) continue;
    const record = format.decode(line.text);
    const found = reasons(line, record, lastSeq, format);
    problemCount += found.length;
    const room = MOST_PROBLEMS_LISTED - problems.length;
    problems.push(...found.slice(0, room).map((reason) => problemOf(line, reason)));
    if (record === undefined) continue;
    records += 1;
    firstSeq ??= record.seq;
    lastSeq = record.seq;
  }
  return { records, firstSeq, lastSeq, problems, problemCount, unfinished };
}

function problemOf({ number, offset }: DumpLine, reason: string): DumpProblem {
  return { line: number, offset, reason };
}

function isHeader({ number, text }: DumpLine, { header }: RecordFormat): boolean {
  return number === 1 && header !== '' && `${text}\n` === header;
}

function reasons(
  line: DumpLine,
  record: DumpRecord | undefined,
  lastSeq: number | undefined,
  format: RecordFormat,
): string[] {
  const isHeaderMissing = line.number === 1 && format.header !== '';
  const found = isHeaderMissing ? ['is not the header of the format'] : [];
  const reason = flaw(line) ?? (record === undefined ? 'is no record' : outOfOrder(record.seq, lastSeq));
  return reason === undefined ? found : [...found, reason];
}

function flaw(line: DumpLine): string | undefined {
  if (!line.isWhole) return 'has no line end: it is torn';
  if (!line.isUtf8) return 'is not UTF-8';
  if (line.text.includes('\0')) return 'holds NUL bytes: it is damaged';
  return undefined;
}

function outOfOrder(seq: number, previous: number | undefined): string | undefined {
  if (previous === undefined || seq === previous + 1) return undefined;
  if (seq > previous)
    return `has number ${String(seq)} after ${String(previous)}: ${String(seq - previous - 1)} missing`;
  return `has number ${String(seq)} after ${String(previous)}: repeated or out of order`;
}
