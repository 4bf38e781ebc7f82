import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { RecordFormat } from '../format/record-format.js';
import type { KnownSegment, SealedSegment } from '../sealing/manifest.js';
import { PackedSegmentError, readPackedBlocks } from '../sealing/packed-blocks.js';
import {
  checkpointPath,
  indexPath,
  listClosedSegments,
  manifestPath,
  type ClosedSegment,
} from '../segments/segment-names.js';
import { readChunks, readChunksOf } from '../segments/segment-scan.js';
import { checkCheckpoint, checkIndex, isThere } from './verify-derived.js';
import type { DumpReport } from './verify-dump.js';
import { LineVerifier, ProblemList, type DumpProblem, type LineReport } from './verify-lines.js';
import { viewManifest, type ManifestView } from './verify-manifest.js';
import type { DumpSnapshot } from './verify-snapshot.js';

/** What all files of a dump hold together. */
export interface WholeReport extends DumpReport {
  /** How many segments, the live one included. */
  readonly segments: number;
  /** Of their contents, unpacked. */
  readonly bytes: number;
}

/**
 * Checks a whole dump: every segment in order, what stands in it and that it is as it was sealed, the manifest's chain,
 * and that the numbers go on from file to file. What was removed or moved away is not missed. Memory stays constant but
 * for some hundred bytes a segment.
 *
 * @param mayBeWritten - whether a commit may have been under way when the snapshot was taken
 * @throws Node's error where a file cannot be read
 */
export async function verifySegments(
  dumpPath: string,
  format: RecordFormat,
  snapshot: DumpSnapshot,
  mayBeWritten = false,
): Promise<WholeReport> {
  const problems = new ProblemList();
  const verification = new SegmentsVerification(dumpPath, format, problems);
  await verification.readManifest(snapshot.segments);
  for (const segment of snapshot.segments) await verification.checkClosed(segment);
  await verification.checkLive(snapshot, mayBeWritten);
  await verification.checkEnd(snapshot);
  await checkCheckpoint(dumpPath, problems);
  return verification.report();
}

const TRIES = 3;

class SegmentsVerification {
  readonly #dumpPath: string;
  readonly #format: RecordFormat;
  readonly #problems: ProblemList;
  #manifest: ManifestView | undefined;
  #segments = 0;
  #bytes = 0;
  #records = 0;
  #firstSeq: number | undefined;
  #lastSeq: number | undefined;
  #unfinished: DumpProblem | undefined;

  constructor(dumpPath: string, format: RecordFormat, problems: ProblemList) {
    this.#dumpPath = dumpPath;
    this.#format = format;
    this.#problems = problems;
  }

  async readManifest(present: readonly ClosedSegment[]): Promise<void> {
    const manifest = await viewManifest(this.#dumpPath, this.#problems);
    this.#manifest = manifest;
    const names = new Set(present.map(({ name }) => name));
    for (const { sealed, isRemoved } of manifest.segments.values()) {
      if (!isRemoved && !names.has(sealed.segment)) await this.#missUnlessThere(sealed);
    }
    await this.#checkAllAreKnown(present);
  }

  // One that has an index was read through, and only of the last such one a crash can have lost the entry.
  async #checkAllAreKnown(present: readonly ClosedSegment[]): Promise<void> {
    let indexed = 0;
    let packed = 0;
    for (const { name, packing } of present) {
      if (this.#manifest?.segments.has(name) === true) continue;
      if (!(await isThere(indexPath(this.#dumpPath, name))) || (await this.#knownNow(name))) continue;
      indexed += 1;
      if (packing !== 'none') packed += 1;
    }
    if (indexed <= 1 && packed === 0) return;
    const reason = `does not tell of ${String(indexed)} segments that were sealed: entries are lost`;
    this.#problems.add({ file: basename(manifestPath(this.#dumpPath)), reason });
  }

  async checkClosed(segment: ClosedSegment): Promise<void> {
    let form: ClosedSegment | undefined = segment;
    for (let attempt = 1; form !== undefined && attempt <= TRIES; attempt += 1) {
      try {
        await this.#checkForm(form);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
      // It was packed meanwhile, or removed.
      form = await this.#lookUp(segment.name);
    }
    await this.#missUnlessRemoved(segment);
  }

  async checkLive({ live, liveBytes }: DumpSnapshot, mayBeWritten: boolean): Promise<void> {
    if (live === undefined) return;
    const verifier = this.#verifier(basename(this.#dumpPath), this.#problems, mayBeWritten);
    for await (const chunk of readChunksOf(live, 0, liveBytes)) verifier.push(chunk);
    const found = verifier.finish();
    this.#unfinished = found.unfinished;
    this.#take(found);
  }

  /** Whether the last records are there: of all that were given the number is kept beside the dump. */
  async checkEnd({ given }: DumpSnapshot): Promise<void> {
    const last = this.#lastSeq ?? given - 1;
    if (given <= last || (this.#lastSeq === undefined && (await this.#isAlone()))) return;
    const missing = this.#manifest?.missingBetween(last, given + 1) ?? 0;
    if (missing === 0) return;
    const found = this.#lastSeq === undefined ? 'has no record' : `ends with number ${String(last)}`;
    const reason = `${found}, but ${String(given)} was given: the last ones are missing`;
    this.#problems.add({ file: basename(this.#dumpPath), reason });
  }

  // Earlier versions kept nothing but the last number, and told nobody that a live file was moved away.
  async #isAlone(): Promise<boolean> {
    const paths = [manifestPath(this.#dumpPath), checkpointPath(this.#dumpPath)];
    return !(await Promise.all(paths.map(isThere))).includes(true);
  }

  report(): WholeReport {
    return {
      segments: this.#segments,
      bytes: this.#bytes,
      records: this.#records,
      firstSeq: this.#firstSeq,
      lastSeq: this.#lastSeq,
      problems: this.#problems.listed,
      problemCount: this.#problems.count,
      unfinished: this.#unfinished,
    };
  }

  // Only what was read to the end counts: another form of the segment may have to be read instead.
  async #checkForm(segment: ClosedSegment): Promise<void> {
    const file = basename(segment.path);
    const found = new ProblemList();
    const verifier = this.#verifier(file, found);
    const packedHash = createHash('sha256');
    const isReadable = await feed(segment, verifier, packedHash).catch((error: unknown) => {
      if (!(error instanceof PackedSegmentError)) throw error;
      found.add({ file, reason: error.message });
      return false;
    });
    const report = verifier.finish();
    const sealed = this.#sealedOf(segment.name);
    if (isReadable) {
      for (const reason of differences(segment, report, sealed)) found.add({ file, reason });
      const packedSha256 = segment.packing === 'none' ? undefined : packedHash.digest('hex');
      await checkIndex(this.#dumpPath, segment.name, report.bytes, packedSha256, found);
    }
    this.#problems.addAll(found);
    this.#take(report);
    if (!isReadable) this.#lastSeq = sealed?.last;
  }

  #take({ bytes, records, firstSeq, lastSeq }: LineReport): void {
    this.#segments += 1;
    this.#bytes += bytes;
    this.#records += records;
    this.#firstSeq ??= firstSeq;
    this.#lastSeq = lastSeq ?? this.#lastSeq;
  }

  #verifier(file: string, problems: ProblemList, mayBeWritten = false): LineVerifier {
    const missingBetween = (before: number, after: number) =>
      this.#manifest?.missingBetween(before, after) ?? 0;
    const rules = { format: this.#format, problems, file, mayBeWritten, after: this.#lastSeq };
    return new LineVerifier({ ...rules, missingBetween });
  }

  #sealedOf(name: string): SealedSegment | undefined {
    const known = this.#manifest?.segments.get(name);
    return known?.isRemoved === false ? known.sealed : undefined;
  }

  async #lookUp(name: string): Promise<ClosedSegment | undefined> {
    return (await listClosedSegments(this.#dumpPath)).find((segment) => segment.name === name);
  }

  async #missUnlessThere(sealed: SealedSegment): Promise<void> {
    // One that was closed after the snapshot is there, and not of our business.
    if ((await this.#lookUp(sealed.segment)) !== undefined) return;
    if ((await this.#knownNow(sealed.segment))?.isRemoved === true) return;
    this.#miss(sealed.segment, sealed);
  }

  async #missUnlessRemoved({ name }: ClosedSegment): Promise<void> {
    const known = await this.#knownNow(name);
    if (known?.isRemoved === true) return;
    this.#miss(name, known?.sealed);
  }

  // Reads the manifest again: an entry is written before its segment is deleted.
  async #knownNow(name: string): Promise<KnownSegment | undefined> {
    const now = await viewManifest(this.#dumpPath);
    const known = now.segments.get(name);
    if (known?.isRemoved === true) this.#manifest?.excuse(known.sealed);
    return known;
  }

  #miss(file: string, sealed: SealedSegment | undefined): void {
    if (sealed === undefined) {
      this.#problems.add({ file, reason: 'is missing' });
      return;
    }
    const { first, last } = sealed;
    this.#problems.add({ file, reason: `is missing, with the numbers ${String(first)} to ${String(last)}` });
    this.#manifest?.excuse(sealed);
  }
}

async function feed(
  segment: ClosedSegment,
  verifier: LineVerifier,
  packedHash: { update(data: Buffer): unknown },
): Promise<boolean> {
  if (segment.packing === 'none') {
    for await (const chunk of readChunks(segment.path, 0, Number.POSITIVE_INFINITY)) verifier.push(chunk);
    return true;
  }
  for await (const { content, packed } of readPackedBlocks(segment)) {
    packedHash.update(packed);
    verifier.push(content);
  }
  return true;
}

function differences(
  { number }: ClosedSegment,
  { bytes, sha256, records, firstSeq = 0, lastSeq = 0 }: LineReport,
  sealed: SealedSegment | undefined,
): string[] {
  if (sealed === undefined) {
    return firstSeq === 0 || firstSeq === number ? [] : [`begins with number ${String(firstSeq)}`];
  }
  const compared: readonly (readonly [what: string, found: number | string, was: number | string])[] = [
    ['bytes', bytes, sealed.bytes],
    ['records', records, sealed.count],
    ['first number', firstSeq, sealed.first],
    ['last number', lastSeq, sealed.last],
    ['SHA-256', sha256, sealed.sha256],
  ];
  const different = compared.filter(([, found, was]) => found !== was);
  if (different.length === 0) return [];
  const list = different.map(([what, found, was]) => `${what} ${String(found)}, not ${String(was)}`);
  return [`is not as it was sealed: ${list.join('; ')}`];
}
