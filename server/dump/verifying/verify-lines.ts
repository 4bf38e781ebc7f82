import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { DumpRecord, RecordFormat } from '../format/record-format.js';
import { hasKeyTwice } from './record-keys.js';
import { LineSplitter } from '../segments/line-splitter.js';

/** Something in a dump that gatherd did not write so. */
export interface DumpProblem {
  /** The name of the file, where several are verified. */
  readonly file?: string;
  /** Counted from 1; undefined where the file as a whole is meant. */
  readonly line?: number;
  /** Bytes from the beginning of the file (unpacked) to the line. */
  readonly offset?: number;
  readonly reason: string;
}

const MOST_PROBLEMS_LISTED = 100;

/** Problems as they are found: the first hundred are listed, all are counted. */
export class ProblemList {
  readonly listed: DumpProblem[] = [];
  count = 0;

  add(problem: DumpProblem): void {
    this.count += 1;
    if (this.listed.length < MOST_PROBLEMS_LISTED) this.listed.push(problem);
  }

  addAll({ listed, count }: ProblemList): void {
    this.count += count;
    this.listed.push(...listed.slice(0, MOST_PROBLEMS_LISTED - this.listed.length));
  }
}

/** How the lines of a file are verified. */
export interface LineRules {
  readonly format: RecordFormat;
  readonly problems: ProblemList;
  /** The name that its problems get. */
  readonly file?: string;
  /** Whether a commit may be under way, so that a last line without its end is no problem. */
  readonly mayBeWritten?: boolean;
  /** The number before the first one; undefined where that may be any. */
  readonly after?: number | undefined;
  /** How many numbers are missing between two, where some need not be there. */
  readonly missingBetween?: (before: number, after: number) => number;
}

/** What a file holds. */
export interface LineReport {
  readonly bytes: number;
  readonly sha256: string;
  readonly records: number;
  readonly firstSeq: number | undefined;
  readonly lastSeq: number | undefined;
  /** A last line without its line end that a writer may still be at; undefined where there is none. */
  readonly unfinished: DumpProblem | undefined;
}

/** Checks the bytes of one file of a dump as they come: every line a whole record, the numbers one after another. */
export class LineVerifier {
  readonly #rules: LineRules;
  readonly #splitter: LineSplitter;
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #lines = 0;
  #records = 0;
  #firstSeq: number | undefined;
  #lastSeq: number | undefined;
  #unfinished: DumpProblem | undefined;

  constructor(rules: LineRules) {
    this.#rules = rules;
    this.#splitter = new LineSplitter((buffer, start, end, offset, isWhole) => {
      this.#lines += 1;
      this.#check(buffer.subarray(start, end), offset, isWhole);
    });
  }

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    this.#hash.update(chunk);
    this.#splitter.push(chunk);
  }

  finish(): LineReport {
    this.#splitter.end();
    return {
      bytes: this.#bytes,
      sha256: this.#hash.digest('hex'),
      records: this.#records,
      firstSeq: this.#firstSeq,
      lastSeq: this.#lastSeq,
      unfinished: this.#unfinished,
    };
  }

  #check(line: Buffer, offset: number, isWhole: boolean): void {
    const { format, mayBeWritten = false, problems } = this.#rules;
    if (mayBeWritten && !isWhole) {
      this.#unfinished = this.#problem(offset, 'has no line end: it may still be written');
      return;
    }
    const text = line.toString('utf8');
    if (this.#lines === 1 && format.header !== '') {
      if (`${text}\n` === format.header) return;
      problems.add(this.#problem(offset, 'is not the header of the format'));
    }
    const record = format.decode(text);
    const reason = flaw(line, isWhole) ?? this.#misplaced(record) ?? flawOfText(text, format);
    if (reason !== undefined) problems.add(this.#problem(offset, reason));
    if (record === undefined) return;
    this.#records += 1;
    this.#firstSeq ??= record.seq;
    this.#lastSeq = record.seq;
  }

  #misplaced(record: DumpRecord | undefined): string | undefined {
    if (record === undefined) return 'is no record';
    const previous = this.#lastSeq ?? this.#rules.after;
    if (previous === undefined || record.seq === previous + 1) return undefined;
    const found = `has number ${String(record.seq)} after ${String(previous)}`;
    if (record.seq <= previous) return `${found}: repeated or out of order`;
    const missing = (this.#rules.missingBetween ?? allBetween)(previous, record.seq);
    return missing === 0 ? undefined : `${found}: ${String(missing)} missing`;
  }

  #problem(offset: number, reason: string): DumpProblem {
    const { file } = this.#rules;
    return { ...(file === undefined ? {} : { file }), line: this.#lines, offset, reason };
  }
}

// The csv format had marks of direction in its cells once.
const UNSAFE = /[\p{Cc}\u2028\u2029]/u;
const TURNING = /[\u202a-\u202e\u2066-\u2069]/;

function flawOfText(text: string, { header }: RecordFormat): string | undefined {
  const isJson = header === '';
  if (UNSAFE.test(text) || (isJson && TURNING.test(text))) return 'holds characters that gatherd escapes';
  return isJson && hasKeyTwice(text) ? 'has a key twice' : undefined;
}

function allBetween(before: number, after: number): number {
  return after - before - 1;
}

function flaw(line: Buffer, isWhole: boolean): string | undefined {
  if (!isWhole) return 'has no line end: it is torn';
  if (!isUtf8(line)) return 'is not UTF-8';
  if (line.includes(0)) return 'holds NUL bytes: it is damaged';
  return undefined;
}
