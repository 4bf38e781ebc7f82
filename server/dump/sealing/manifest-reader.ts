import { LineSplitter } from '../segments/line-splitter.js';
import { hashOfLine, NO_LINE, parseManifestLine, type ManifestEntry } from './manifest-entry.js';
import { readChunks } from '../segments/segment-scan.js';

/** What a power cut leaves of a page that was not written any more. */
const HOLE = '\0\0';

/** A line of the manifest. */
export interface ManifestLine {
  /** Counted from 1. */
  readonly number: number;
  /** Where it begins and where its line end ends, in bytes. */
  readonly offset: number;
  readonly end: number;
  /** Undefined where the line is not as it was written. */
  readonly entry: ManifestEntry | undefined;
  /** Whether it names the line before it. */
  readonly isChained: boolean;
  /** Whether its line end is there. */
  readonly isWhole: boolean;
  /** Whether it is a last line that was never written to its end: by a crash, or not yet. */
  readonly isTorn: boolean;
  /** What the next line has to name. */
  readonly hash: string;
}

/**
 * The lines of a manifest in order, one at a time in memory.
 *
 * @param size - bytes to read
 * @throws Node's error where it cannot be read
 */
export async function* readManifest(path: string, size: number): AsyncGenerator<ManifestLine> {
  let previous = NO_LINE;
  let number = 0;
  let found: ManifestLine[] = [];
  const isTorn = (bytes: Buffer, offset: number, isWhole: boolean) =>
    isWhole ? offset + bytes.length + 1 === size && bytes.includes(HOLE) : !holdsWholeEntry(bytes);
  const splitter = new LineSplitter((buffer, start, end, offset, isWhole) => {
    number += 1;
    const bytes = buffer.subarray(start, end);
    const line = {
      ...lineOf(bytes, number, offset, isWhole, previous),
      isTorn: isTorn(bytes, offset, isWhole),
    };
    previous = line.hash;
    found.push(line);
  });
  for await (const chunk of readChunks(path, 0, size)) {
    splitter.push(chunk);
    yield* found;
    found = [];
  }
  splitter.end();
  yield* found;
}

function lineOf(
  bytes: Buffer,
  number: number,
  offset: number,
  isWhole: boolean,
  previous: string,
): Omit<ManifestLine, 'isTorn'> {
  const entry = isWhole ? parseManifestLine(bytes) : undefined;
  return {
    number,
    offset,
    end: offset + bytes.length + (isWhole ? 1 : 0),
    entry,
    isChained: entry?.previous === previous,
    isWhole,
    hash: hashOfLine(bytes),
  };
}

// An entry is written in one go, so that whatever stands behind its last byte is a damaged line end and nothing torn.
function holdsWholeEntry(bytes: Buffer): boolean {
  const isWithoutEnd = parseManifestLine(bytes) !== undefined;
  return !isWithoutEnd && parseManifestLine(bytes.subarray(0, -1)) !== undefined;
}
