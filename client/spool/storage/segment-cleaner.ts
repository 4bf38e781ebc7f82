import { type NumberedFile, segmentsIn } from '../format/file-names.js';
import { SegmentScan } from '../format/segment-scan.js';
import type { SpoolFiles } from './spool-files.js';

const READ_BYTES = 256 * 1024;

/** What begins the name of a segment that is kept because it is damaged. */
export const DAMAGED_PREFIX = 'damaged-';
/** How much of damaged segments is kept, in bytes. */
export const MAX_DAMAGED_BYTES = 64 * 1024 * 1024;

/**
 * Removes the segments that lie wholly in front of `head`. One of which messages cannot be read is kept under another name,
 * while there is room for it. The last one always stays, and whatever holds checkpoints that the one after it does not have.
 *
 * @returns what became of those that are damaged, as sentences.
 */
export async function removeSettled(files: SpoolFiles, head: number): Promise<string[]> {
  const segments = segmentsIn(await files.list());
  const told: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (next === undefined || next.number > head) break;
    if (!(await hasHeader(files, next))) break;
    if (await isDamaged(files, segment, next)) told.push(await keepDamaged(files, segment));
    else await files.remove(segment.name);
  }
  return told;
}

/** How large the damaged segments are that are kept, in bytes. */
export async function damagedBytes(files: SpoolFiles): Promise<number> {
  const names = (await files.list()).filter((name) => name.startsWith(DAMAGED_PREFIX));
  const sizes = await Promise.all(names.map((name) => files.size(name)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function keepDamaged(files: SpoolFiles, { name }: NumberedFile): Promise<string> {
  if ((await damagedBytes(files)) + (await files.size(name)) > MAX_DAMAGED_BYTES) {
    await files.remove(name);
    return `A part of the spool was damaged; it is not kept, as ${String(MAX_DAMAGED_BYTES)} bytes of such parts are kept already: move them away`;
  }
  await files.rename(name, `${DAMAGED_PREFIX}${name}`);
  return `A part of the spool is damaged; it is kept as ${DAMAGED_PREFIX}${name}`;
}

async function hasHeader(files: SpoolFiles, segment: NumberedFile): Promise<boolean> {
  const scan = new SegmentScan(segment.number);
  await read(files, segment, (bytes) => {
    scan.push(bytes);
    return scan.hasHeader;
  });
  return scan.hasHeader;
}

// What a crash has torn was never acknowledged, and leaves no position empty.
async function isDamaged(files: SpoolFiles, segment: NumberedFile, next: NumberedFile): Promise<boolean> {
  const scan = new SegmentScan(segment.number);
  await read(files, segment, (bytes) => {
    scan.push(bytes);
    return false;
  });
  return scan.missing > 0 || next.number > scan.last + 1;
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
