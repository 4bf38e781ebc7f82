import { open, type FileHandle } from 'node:fs/promises';
import type { Block } from '../segments/block-builder.js';
import { codecOf, type BlockCodec, type PackedSizes } from './block-codec.js';
import type { ClosedSegment } from '../segments/segment-names.js';

/** A packed segment, or a block of it, is not what gatherd wrote, or this Node cannot unpack it. */
export class PackedSegmentError extends Error {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super(reason, options);
    this.name = 'PackedSegmentError';
  }
}

/** A block of a packed segment, unpacked. */
export interface UnpackedBlock {
  readonly content: Buffer;
  readonly packed: Buffer;
  readonly packedOffset: number;
}

// Deflate makes what cannot be made smaller a little longer.
const MOST_PACKED_BYTES = 256 * 1024 * 1024;

/**
 * All blocks of a packed segment in order, one at a time in memory. Needs no index.
 *
 * @throws PackedSegmentError where the file is damaged or not of gatherd's making
 */
export async function* readPackedBlocks({ path, packing }: ClosedSegment): AsyncGenerator<UnpackedBlock> {
  const codec = neededCodec(packing);
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    for (let offset = 0; offset < size;) {
      const sizes = codec.readHead(await readAt(handle, offset, Math.min(codec.headBytes, size - offset)));
      assertPlausible(sizes, codec, size - offset, offset);
      const packed = await readAt(handle, offset, sizes.packed);
      yield { content: await unpack(codec, packed, sizes.bytes, offset), packed, packedOffset: offset };
      offset += sizes.packed;
    }
  } finally {
    await handle.close();
  }
}

/**
 * One block of a closed segment, packed or not, without reading the others.
 *
 * @param block - from the index of that segment
 * @throws PackedSegmentError where it is not what the index says; Node's error (`ENOENT`) where the segment was packed
 *   or removed meanwhile
 */
export async function readBlock({ path, packing }: ClosedSegment, block: Block): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    if (packing === 'none') return await readAt(handle, block.offset, block.bytes);
    const { packedOffset, packedBytes } = block;
    if (packedOffset === undefined || packedBytes === undefined) {
      throw new PackedSegmentError('its index does not say where the block is');
    }
    const codec = neededCodec(packing);
    const packed = await readAt(handle, packedOffset, packedBytes);
    return await unpack(codec, packed, block.bytes, packedOffset);
  } finally {
    await handle.close();
  }
}

function neededCodec(packing: ClosedSegment['packing']): BlockCodec {
  const codec = codecOf(packing);
  if (codec === undefined) throw new PackedSegmentError(`this Node cannot unpack ${packing}`);
  return codec;
}

async function unpack(codec: BlockCodec, packed: Buffer, bytes: number, offset: number): Promise<Buffer> {
  const content = await codec.unpack(packed, bytes).catch((cause: unknown) => {
    throw new PackedSegmentError(`is damaged in the block at byte ${String(offset)}`, { cause });
  });
  if (content.length === bytes) return content;
  throw new PackedSegmentError(`is damaged in the block at byte ${String(offset)}`);
}

function assertPlausible(
  sizes: PackedSizes | undefined,
  codec: BlockCodec,
  room: number,
  offset: number,
): asserts sizes is PackedSizes {
  const isPlausible =
    sizes !== undefined &&
    sizes.packed > codec.headBytes &&
    sizes.packed <= Math.min(room, MOST_PACKED_BYTES) &&
    sizes.bytes <= MOST_PACKED_BYTES;
  if (!isPlausible) throw new PackedSegmentError(`has no whole block at byte ${String(offset)}`);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled);
    if (bytesRead === 0) throw new PackedSegmentError(`ends before byte ${String(position + length)}`);
    filled += bytesRead;
  }
  return buffer;
}
