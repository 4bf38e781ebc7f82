import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../../data-directory/sync-directory.js';
import type { Block } from '../segments/block-builder.js';
import { codecOf } from './block-codec.js';
import { PackedSegmentError, readBlock } from './packed-blocks.js';
import { saveIndex, type PackedFile, type SegmentIndex } from '../segments/segment-index.js';
import { DRAFT_SUFFIX, segmentPath, type ClosedSegment } from '../segments/segment-names.js';

/**
 * Packs a closed segment block by block, then deletes the plain file. At every moment the plain or the packed file is
 * there, whole and durable; where both are, the plain one counts, and packing is simply done again.
 *
 * @param index - of the plain file
 * @param sha256 - what the manifest says of the content: nothing that differs from it is deleted
 * @throws PackedSegmentError where the content is another one, Node's error where a file cannot be read or written
 */
export async function packSegment(
  dumpPath: string,
  segment: ClosedSegment,
  index: SegmentIndex,
  packing: 'gzip' | 'zstd',
  sha256: string,
): Promise<void> {
  const packedPath = segmentPath(dumpPath, segment.name, packing);
  const draft = `${packedPath}${DRAFT_SUFFIX}`;
  try {
    const packedIndex = await writePacked(draft, segment, index, packing, sha256);
    await saveIndex(dumpPath, packedIndex);
    await rename(draft, packedPath);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncDirectory(dirname(dumpPath));
  await rm(segment.path);
}

async function writePacked(
  draft: string,
  segment: ClosedSegment,
  index: SegmentIndex,
  packing: 'gzip' | 'zstd',
  sha256: string,
): Promise<SegmentIndex> {
  const codec = codecOf(packing);
  if (codec === undefined) throw new PackedSegmentError(`this Node cannot pack ${packing}`);
  const handle = await open(draft, 'w', 0o600);
  try {
    const content = createHash('sha256');
    const file = createHash('sha256');
    const blocks: Block[] = [];
    let packedOffset = 0;
    for (const block of index.blocks) {
      const bytes = await readBlock(segment, block);
      const packed = codec.pack(bytes);
      content.update(bytes);
      file.update(packed);
      await handle.writeFile(packed);
      blocks.push({ ...block, packedOffset, packedBytes: packed.length });
      packedOffset += packed.length;
    }
    if (content.digest('hex') !== sha256)
      throw new PackedSegmentError('is not what it was when it was sealed');
    await handle.sync();
    const packedFile: PackedFile = { packing, bytes: packedOffset, sha256: file.digest('hex') };
    return { ...index, blocks, packed: packedFile };
  } finally {
    await handle.close();
  }
}
