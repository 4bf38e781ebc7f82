import { promisify } from 'node:util';
import type { BlockCodec, PackedSizes } from './block-codec.js';

/** The part of `node:zlib` that newer versions of Node have. */
interface ZstdFunctions {
  zstdCompressSync(data: Buffer, options: ZstdOptions): Buffer;
  zstdDecompress(
    data: Buffer,
    options: ZstdOptions,
    callback: (error: Error | null, result: Buffer) => void,
  ): void;
}

interface ZstdOptions {
  readonly params?: Readonly<Record<number, number>>;
  readonly maxOutputLength?: number;
}

const CHECKSUM_FLAG = 201;
// RFC 8878: a skippable frame of 8 bytes, which tells how long the frame behind it is. `zstdcat` passes it over.
const FIXED = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 8, 0, 0, 0]);
const HEAD_BYTES = FIXED.length + 8;

/** The zstd codec, where `zlib` has what it takes. */
export function createZstdCodec(zlib: object): BlockCodec | undefined {
  if (!hasZstd(zlib)) return undefined;
  const decompress = promisify(zlib.zstdDecompress.bind(zlib));
  return {
    headBytes: HEAD_BYTES,
    pack: (block) => {
      const frame = zlib.zstdCompressSync(block, { params: { [CHECKSUM_FLAG]: 1 } });
      const numbers = Buffer.alloc(8);
      numbers.writeUInt32LE(HEAD_BYTES + frame.length, 0);
      numbers.writeUInt32LE(block.length, 4);
      return Buffer.concat([FIXED, numbers, frame]);
    },
    readHead,
    unpack: (packed, bytes) =>
      decompress(packed.subarray(HEAD_BYTES), { maxOutputLength: Math.max(1, bytes) }),
  };
}

function hasZstd(zlib: object): zlib is ZstdFunctions {
  return 'zstdCompressSync' in zlib && 'zstdDecompress' in zlib;
}

function readHead(head: Buffer): PackedSizes | undefined {
  if (head.length < HEAD_BYTES || !head.subarray(0, FIXED.length).equals(FIXED)) return undefined;
  return { packed: head.readUInt32LE(FIXED.length), bytes: head.readUInt32LE(FIXED.length + 4) };
}
