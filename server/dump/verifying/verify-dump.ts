import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import type { RecordFormat } from '../format/record-format.js';
import { codecOf } from '../sealing/block-codec.js';
import { PackedSegmentError, readPackedBlocks } from '../sealing/packed-blocks.js';
import type { ClosedSegment } from '../segments/segment-names.js';
import { readChunks } from '../segments/segment-scan.js';
import { LineVerifier, ProblemList, type DumpProblem } from './verify-lines.js';

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

/**
 * Checks one file of a dump from end to end: every line a whole record, the numbers one after another. Memory stays
 * constant.
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
  const { problems, verifier } = verifierOf(format, mayBeWritten);
  for await (const chunk of readChunks(path, 0, size)) verifier.push(chunk);
  return reportOf(verifier, problems);
}

/**
 * The same of a packed file: of gatherd's own packing, or any other gzip file.
 *
 * @returns the report, and the bytes that the file holds unpacked
 */
export async function verifyPacked(
  segment: ClosedSegment,
  format: RecordFormat,
): Promise<DumpReport & { readonly bytes: number }> {
  const { problems, verifier } = verifierOf(format, false);
  let bytes = 0;
  try {
    for await (const chunk of unpackedChunks(segment)) {
      verifier.push(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    problems.add({ reason: error.message });
  }
  return { bytes, ...reportOf(verifier, problems) };
}

function verifierOf(format: RecordFormat, mayBeWritten: boolean) {
  const problems = new ProblemList();
  return { problems, verifier: new LineVerifier({ format, problems, mayBeWritten }) };
}

function reportOf(verifier: LineVerifier, problems: ProblemList): DumpReport {
  const { records, firstSeq, lastSeq, unfinished } = verifier.finish();
  return { records, firstSeq, lastSeq, problems: problems.listed, problemCount: problems.count, unfinished };
}

async function* unpackedChunks(segment: ClosedSegment): AsyncGenerator<Buffer> {
  if (segment.packing === 'gzip' && !(await isOfOurPacking(segment))) {
    const stream = createReadStream(segment.path).pipe(createGunzip());
    for await (const chunk of stream) yield chunk as Buffer;
    return;
  }
  for await (const { content } of readPackedBlocks(segment)) yield content;
}

async function isOfOurPacking({ path, packing }: ClosedSegment): Promise<boolean> {
  const codec = codecOf(packing);
  const handle = await open(path, 'r');
  try {
    const head = Buffer.alloc(codec?.headBytes ?? 0);
    await handle.read(head, 0, head.length, 0);
    return codec?.readHead(head) !== undefined;
  } finally {
    await handle.close();
  }
}

function isDamage(error: unknown): error is Error {
  const isOfZlib = String((error as NodeJS.ErrnoException).code).startsWith('Z_');
  return error instanceof PackedSegmentError || isOfZlib;
}
