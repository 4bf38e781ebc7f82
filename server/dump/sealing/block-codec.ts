import * as zlib from 'node:zlib';
import { promisify } from 'node:util';
import { GZIP_HEAD_BYTES, packGzip, readGzipHead } from './gzip-member.js';
import type { Packing } from '../segments/segment-names.js';
import { createZstdCodec } from './zstd-frame.js';

/** How long a packed block is, with its head, and how long it becomes. In bytes. */
export interface PackedSizes {
  readonly packed: number;
  readonly bytes: number;
}

/** Packs blocks so that each can be unpacked alone, and all of them one behind another by the ordinary tool. */
export interface BlockCodec {
  readonly headBytes: number;
  /** Synchronous, since the dump's writer must not wait for it in the pool of threads. */
  pack(block: Buffer): Buffer;
  /** What a packed block's head says; undefined where there is none of ours. */
  readHead(head: Buffer): PackedSizes | undefined;
  /** @throws Node's error where it is damaged */
  unpack(packed: Buffer, bytes: number): Promise<Buffer>;
}

const gunzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip);

const GZIP: BlockCodec = {
  headBytes: GZIP_HEAD_BYTES,
  pack: packGzip,
  readHead: readGzipHead,
  unpack: (packed, bytes) => gunzip(packed, { maxOutputLength: Math.max(1, bytes) }),
};

const ZSTD = createZstdCodec(zlib);

/** Whether segments can be packed so here: zstd needs a newer Node. */
export function canPack(packing: Packing): boolean {
  return codecOf(packing) !== undefined;
}

/** The codec of a packing; undefined where there is none here. */
export function codecOf(packing: Packing): BlockCodec | undefined {
  if (packing === 'gzip') return GZIP;
  return packing === 'zstd' ? ZSTD : undefined;
}
