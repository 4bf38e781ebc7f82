import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

/** How a closed segment is compressed. */
export type Packing = 'none' | 'gzip' | 'zstd';

/** A closed segment as it lies in the directory. */
export interface ClosedSegment {
  /** The number in its name: that of its first record. */
  readonly number: number;
  /** Its name where it is not packed, which also is what the manifest calls it: `dump-0000000000000001.ndjson`. */
  readonly name: string;
  /** The file itself, packed or not. */
  readonly path: string;
  readonly packing: Packing;
}

const DIGITS = 16;
const SUFFIXES: Readonly<Record<Packing, string>> = { none: '', gzip: '.gz', zstd: '.zst' };
/** Which file is read where there are several, as after a crash between two steps of packing. */
const PREFERENCE: readonly Packing[] = ['none', 'gzip', 'zstd'];

/** What a derived file is called until it is whole. */
export const DRAFT_SUFFIX = '.tmp';

/** Every path that a closed segment may have, packed or not, the one that is not first. */
export function closedSegmentForms(dumpPath: string, first: number): string[] {
  return PREFERENCE.map((packing) => segmentPath(dumpPath, closedSegmentName(dumpPath, first), packing));
}

/** The path of a segment, in its packed form where a packing is given. */
export function segmentPath(dumpPath: string, name: string, packing: Packing = 'none'): string {
  return join(dirname(dumpPath), `${name}${SUFFIXES[packing]}`);
}

/** The path of a closed segment's index. */
export function indexPath(dumpPath: string, name: string): string {
  return join(dirname(dumpPath), `${name}.index`);
}

export function manifestPath(dumpPath: string): string {
  return `${dumpPath}.manifest`;
}

export function checkpointPath(dumpPath: string): string {
  return `${dumpPath}.checkpoint`;
}

/** The closed segment that a file of the dump's directory is; undefined where it is none. */
export function parseSegmentName(dumpPath: string, fileName: string): ClosedSegment | undefined {
  const packing = PREFERENCE.findLast((each) => fileName.endsWith(SUFFIXES[each])) ?? 'none';
  const name = fileName.slice(0, fileName.length - SUFFIXES[packing].length);
  const number = Number(/-(\d{16})\.\w+$/.exec(name)?.[1]);
  if (!Number.isSafeInteger(number) || name !== closedSegmentName(dumpPath, number)) return undefined;
  return { number, name, path: join(dirname(dumpPath), fileName), packing };
}

/**
 * The closed segments of a dump in order. One that is there both packed and not is there as not packed.
 *
 * @throws Node's error where the directory cannot be read
 */
export async function listClosedSegments(dumpPath: string): Promise<ClosedSegment[]> {
  const found = new Map<number, ClosedSegment>();
  for (const fileName of await readdir(dirname(dumpPath))) {
    const segment = parseSegmentName(dumpPath, fileName);
    if (segment === undefined) continue;
    const known = found.get(segment.number);
    if (known === undefined || isPreferred(segment, known)) found.set(segment.number, segment);
  }
  return [...found.values()].sort((one, other) => one.number - other.number);
}

/** The other forms in which a segment may lie beside the one given, as after a crash. */
export function otherForms(dumpPath: string, { name, packing }: ClosedSegment): string[] {
  return PREFERENCE.filter((each) => each !== packing).map((each) => segmentPath(dumpPath, name, each));
}

function closedSegmentName(dumpPath: string, first: number): string {
  const extension = extname(dumpPath);
  return `${basename(dumpPath, extension)}-${String(first).padStart(DIGITS, '0')}${extension}`;
}

function isPreferred(segment: ClosedSegment, known: ClosedSegment): boolean {
  return PREFERENCE.indexOf(segment.packing) < PREFERENCE.indexOf(known.packing);
}
