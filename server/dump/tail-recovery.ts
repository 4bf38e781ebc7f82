import type { DumpHandle } from './file-system.js';
import type { RecordFormat } from './record-format.js';

/** What the end of a dump holds. */
export interface DumpTail {
  /** Bytes up to the end of the last whole line; what follows is torn. */
  readonly end: number;
  /** The number of the last record; 0 where there is none. */
  readonly lastSeq: number;
  /** Whole lines behind the last record that are no records: somebody else wrote them. */
  readonly foreignLines: number;
}

const NEWLINE = 0x0a;

/**
 * Finds where the last whole record of a dump ends, by reading its tail only.
 *
 * Invariant: only the last commit can be damaged, because each commit is synced before the next is written. A power
 * cut can leave it without its end, or with holes of NUL bytes, which no format writes: the dump is whole up to the
 * line with the first of these. Lines that are no records but have no NUL are not ours to cut.
 *
 * @param size - bytes in the file
 * @param window - bytes to look at first, more than a commit; doubled while they hold no record
 */
export async function findTail(
  handle: DumpHandle,
  size: number,
  format: RecordFormat,
  window: number,
): Promise<DumpTail> {
  const start = Math.max(0, size - window);
  const bytes = Buffer.allocUnsafe(size - start);
  const tail = bytes.subarray(0, await handle.read(bytes, start));
  const firstLine = start === 0 ? 0 : tail.indexOf(NEWLINE) + 1;
  const isCutShort = start > 0 && firstLine === 0;
  const end = isCutShort ? 0 : wholeEnd(tail, firstLine);
  const { lastSeq, foreignLines } = lastRecord(tail, firstLine, end, format);
  if (lastSeq === 0 && start > 0) return findTail(handle, size, format, window * 2);
  return { end: start + end, lastSeq, foreignLines };
}

function wholeEnd(tail: Buffer, firstLine: number): number {
  const hole = tail.indexOf(0, firstLine);
  const sound = hole === -1 ? tail.length : hole;
  return tail.subarray(0, sound).lastIndexOf(NEWLINE) + 1;
}

function lastRecord(tail: Buffer, firstLine: number, end: number, format: RecordFormat) {
  let foreignLines = 0;
  let lineEnd = end - 1;
  while (lineEnd >= firstLine) {
    const lineStart = lineEnd === 0 ? 0 : tail.lastIndexOf(NEWLINE, lineEnd - 1) + 1;
    const line = tail.toString('utf8', lineStart, lineEnd);
    const record = format.decode(line);
    if (record !== undefined) return { lastSeq: record.seq, foreignLines };
    if (`${line}\n` !== format.header) foreignLines += 1;
    lineEnd = lineStart - 1;
  }
  return { lastSeq: 0, foreignLines };
}
