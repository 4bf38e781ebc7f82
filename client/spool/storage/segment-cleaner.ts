import { type NumberedFile, segmentsIn } from '../format/file-names.js';
import { SegmentScan } from '../format/segment-scan.js';
import type { SpoolFiles } from './spool-files.js';

const READ_BYTES = 256 * 1024;

/** What begins the name of a segment that is kept because it is damaged. */
export const DAMAGED_PREFIX = 'damaged-';

/**
 * Removes the segments that lie wholly in front of `head`. One with lines that cannot be read is kept under another name. The
 * last one always stays, and whatever holds checkpoints that the one after it does not have.
 *
 * @returns the new names of those that were kept because they are damaged.
 */
export async function removeSettled(files: SpoolFiles, head: number): Promise<string[]> {
  const segments = segmentsIn(await files.list());
  const kept: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next === undefined || next.number > head) break;
    if (!(await hasHeader(files, next))) break;
    if (await isDamaged(files, segment)) {
      kept.push(`${DAMAGED_PREFIX}${segment.name}`);
      await files.rename(segment.name, `${DAMAGED_PREFIX}${segment.name}`);
    } else await files.remove(segment.name);
  }
  return kept;
}

async function hasHeader(files: SpoolFiles, segment: NumberedFile): Promise<boolean> {
  const scan = new SegmentScan(segment.number);
  await read(files, segment, (bytes) => {
    scan.push(bytes);
    return scan.hasHeader;
  });
  return scan.hasHeader;
}

async function isDamaged(files: SpoolFiles, segment: NumberedFile): Promise<boolean> {
  const scan = new SegmentScan(segment.number);
  await read(files, segment, (bytes) => {
    scan.push(bytes);
    return false;
  });
  return scan.damagedLines > 0 || scan.isTorn;
}

async function read(
  files: SpoolFiles,
  { name }: NumberedFile,
  take: (bytes: Buffer) => boolean,
): Promise<void> {
  const file = await files.open(name, { isMade: false });
  if (file === undefined) return;
  try {
    let offset = 0;
    for (;;) {
      const bytes = await file.read(offset, READ_BYTES);
      offset += bytes.length;
      if (bytes.length === 0 || take(bytes)) return;
    }
  } finally {
    await file.close();
  }
}
