import type { DumpHandle } from '../file-system.js';
import type { DumpRecord, RecordFormat } from '../format/record-format.js';

/** What the end of a dump holds. */
export interface DumpTail {
  /** Bytes up to the end of the last whole line of a whole commit; what follows is torn. */
  readonly end: number;
  /** Bytes up to the last one that is not NUL. */
  readonly used: number;
  /** The number of the last record, where there is damage the highest; 0 where there is none. */
  readonly lastSeq: number;
  /** Whole lines behind the last record that are no records: somebody else wrote them. */
  readonly foreignLines: number;
  /** Where the first NUL byte is that no power cut has left; undefined where there is none. */
  readonly damagedAt: number | undefined;
}

/** What is known of a dump before its end is looked at. */
export interface TailOptions {
  readonly format: RecordFormat;
  /** Bytes to look at first, more than a commit; doubled while they hold no record. */
  readonly window: number;
  /** A number up to which all records were synced: none of them can be torn. 0 where nothing is known. */
  readonly syncedSeq: number;
}

const NEWLINE = 0x0a;
const SECTOR_BYTES = 512;
const CHUNK_BYTES = 2 ** 20;

/**
 * Finds where the last whole record of a dump ends, by reading its tail only.
 *
 * Invariant: a record that may have been acknowledged is not cut off. Each commit is synced before the next one is
 * written, so a power cut can tear only the last commit. It can leave that commit
 *
 * - without its end: a last line without a line end is cut off, whatever it holds, and so are NUL bytes behind it;
 * - with holes of NUL bytes, which no format writes, where sectors did not reach the disk. A hole begins at a sector or
 *   where the commit began, at a line, and ends at a sector.
 *
 * So a line with NUL bytes is torn only if all of its holes are such ones, and if nothing from it to the end shows a
 * later commit or one that was synced: all records there have one `at`, as those of one commit have, and numbers over
 * `syncedSeq`. The dump is cut at the first line of which this is true. Whether one `at` is earlier than another says
 * nothing, because clocks are set back.
 *
 * Every other NUL byte is damage that somebody else has done (a file cut short under its writer, a bad disk): it
 * stays where it is, and the numbers go on behind the highest one. Not to be told from a torn commit is only the
 * damage that spares no record but those of one millisecond behind `syncedSeq`, and keeps to whole sectors.
 */
export async function findTail(handle: DumpHandle, size: number, options: TailOptions): Promise<DumpTail> {
  const used = await endOfData(handle, size);
  return findTailOfData(handle, used, { ...options, window: Math.ceil(options.window) });
}

async function findTailOfData(handle: DumpHandle, used: number, options: TailOptions): Promise<DumpTail> {
  const { format, window } = options;
  const start = Math.max(0, used - window);
  const bytes = Buffer.allocUnsafe(used - start);
  const tail = bytes.subarray(0, await handle.read(bytes, start));
  const firstLine = start === 0 ? 0 : tail.indexOf(NEWLINE) + 1;
  const isCutShort = start > 0 && firstLine === 0;
  const end = isCutShort ? 0 : wholeEnd(tail, start, firstLine, options);
  const hole = tail.subarray(0, end).indexOf(0, firstLine);
  const { lastSeq, foreignLines } = lastRecord(tail, firstLine, end, format, hole !== -1);
  if (lastSeq === 0 && start > 0) return findTailOfData(handle, used, { ...options, window: window * 2 });
  return { end: start + end, used, lastSeq, foreignLines, damagedAt: hole === -1 ? undefined : start + hole };
}

// In pieces: a file that was cut short under its writer can have a hole of any size.
async function endOfData(handle: DumpHandle, size: number): Promise<number> {
  const nothing = Buffer.alloc(Math.min(size, CHUNK_BYTES));
  const chunk = Buffer.alloc(nothing.length);
  for (let end = size; end > 0;) {
    const length = Math.min(end, chunk.length);
    const read = chunk.subarray(0, await handle.read(chunk.subarray(0, length), end - length));
    if (!read.equals(nothing.subarray(0, read.length)))
      return end - length + read.findLastIndex(isNotNul) + 1;
    end -= length;
  }
  return 0;
}

function isNotNul(byte: number): boolean {
  return byte !== 0;
}

function wholeEnd(tail: Buffer, start: number, firstLine: number, options: TailOptions): number {
  const end = tail.lastIndexOf(NEWLINE) + 1;
  const hasHoles = tail.subarray(0, end).includes(0, firstLine);
  return hasHoles ? tornFrom(tail, start, firstLine, end, options) : end;
}

// Goes back from the end as long as all that was seen can be of one commit that was never synced.
function tornFrom(
  tail: Buffer,
  start: number,
  firstLine: number,
  end: number,
  { format, syncedSeq }: TailOptions,
): number {
  let cut = end;
  let at: string | undefined;
  for (const [lineStart, lineEnd] of linesBackwards(tail, firstLine, end)) {
    if (tail.subarray(lineStart, lineEnd).includes(0)) {
      if (!hasSectorHolesOnly(tail, start, lineStart, lineEnd)) break;
      cut = lineStart;
      continue;
    }
    const record = format.decode(tail.toString('utf8', lineStart, lineEnd));
    if (record === undefined) continue;
    at ??= record.at;
    if (record.at !== at || record.seq <= syncedSeq) break;
  }
  return cut;
}

function hasSectorHolesOnly(tail: Buffer, start: number, lineStart: number, lineEnd: number): boolean {
  for (let hole = tail.indexOf(0, lineStart); hole !== -1 && hole < lineEnd;) {
    let end = hole;
    while (tail[end] === 0) end += 1;
    const beginsRight = hole === lineStart || (start + hole) % SECTOR_BYTES === 0;
    if (!beginsRight || (start + end) % SECTOR_BYTES !== 0) return false;
    hole = tail.indexOf(0, end);
  }
  return true;
}

function lastRecord(tail: Buffer, firstLine: number, end: number, format: RecordFormat, isDamaged: boolean) {
  let lastSeq = 0;
  let foreignLines = 0;
  for (const [lineStart, lineEnd] of linesBackwards(tail, firstLine, end)) {
    const line = tail.toString('utf8', lineStart, lineEnd);
    const record: DumpRecord | undefined = format.decode(line);
    if (record === undefined) {
      if (lastSeq === 0 && `${line}\n` !== format.header) foreignLines += 1;
      continue;
    }
    lastSeq = Math.max(lastSeq, record.seq);
    if (!isDamaged) break;
  }
  return { lastSeq, foreignLines };
}

// Where each line begins and where its line end is.
function* linesBackwards(tail: Buffer, firstLine: number, end: number): Generator<[number, number]> {
  for (let lineEnd = end - 1; lineEnd >= firstLine;) {
    const lineStart = lineEnd === 0 ? 0 : tail.lastIndexOf(NEWLINE, lineEnd - 1) + 1;
    yield [lineStart, lineEnd];
    lineEnd = lineStart - 1;
  }
}
