import type { Block } from '../segments/block-builder.js';

/** A run of whole lines of a segment, about 1 MiB of them, or one longer line. At least one of them is a record. */
export type ReadableBlock = Omit<Block, 'packedOffset' | 'packedBytes'>;

/** One file of the dump, as its readers see it. */
export interface ReadableSegment {
  /** The number of its first record. */
  readonly first: number;
  /** No record of it has a higher number. */
  readonly last: number;
  /**
   * Its blocks, in order. May look into an index, so it is asked only of a segment that is needed.
   *
   * @throws SegmentGoneError
   */
  blocks(): Promise<readonly ReadableBlock[]>;
  /**
   * The uncompressed bytes of a block.
   *
   * @throws SegmentGoneError
   */
  read(block: ReadableBlock): Promise<Buffer>;
}

/** A dump that can be read while it is written, rotated, packed and shortened. */
export interface ReadableDump {
  /** The segments as they are now, oldest first; the last one is the live file, as far as it is durable. */
  segments(): Promise<readonly ReadableSegment[]>;
}

/** The file of a segment is not where it was: it was closed, packed or deleted meanwhile. Look it up again. */
export class SegmentGoneError extends Error {
  constructor(first: number, cause?: unknown) {
    super(`the segment that begins with record ${String(first)} is not where it was`, { cause });
    this.name = 'SegmentGoneError';
  }
}
