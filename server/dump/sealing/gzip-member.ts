import { crc32, deflateRawSync } from 'node:zlib';
import type { PackedSizes } from './block-codec.js';

// RFC 1952: magic, deflate, FEXTRA, no time, no flags, unknown system; then 12 bytes of extra field, of which ours is "GD".
const FIXED = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 12, 0, 0x47, 0x44, 8, 0]);
const TRAILER_BYTES = 8;

export const GZIP_HEAD_BYTES = FIXED.length + 8;

/**
 * A gzip member whose extra field tells how long it is and how long its content: so members are found without an
 * index. `zcat` passes the field over.
 */
export function packGzip(block: Buffer): Buffer {
  const body = deflateRawSync(block);
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32LE(GZIP_HEAD_BYTES + body.length + TRAILER_BYTES, 0);
  numbers.writeUInt32LE(block.length, 4);
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(crc32(block), 0);
  trailer.writeUInt32LE(block.length, 4);
  return Buffer.concat([FIXED, numbers, body, trailer]);
}

/** What the head of a member says; undefined where it is none of ours. */
export function readGzipHead(head: Buffer): PackedSizes | undefined {
  if (head.length < GZIP_HEAD_BYTES || !head.subarray(0, FIXED.length).equals(FIXED)) return undefined;
  return { packed: head.readUInt32LE(FIXED.length), bytes: head.readUInt32LE(FIXED.length + 4) };
}
