import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { RecordFormat } from '../format/record-format.js';
import { BlockBuilder, type Block } from './block-builder.js';
import { createLineReader, type LineReader } from './line-reader.js';
import { LineSplitter } from './line-splitter.js';
import { ProducerMarks, type PlacedMark } from './producer-marks.js';

/** What a run of a segment's lines holds. */
export interface SegmentScan {
  /** How many records. */
  readonly count: number;
  /** The numbers of the first and the last record; 0 where there is none. */
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  /** Between which times they were written, in ms since 1970; 0 where there are none. */
  readonly minAt: number;
  readonly maxAt: number;
  readonly blocks: readonly Block[];
  readonly producers: readonly PlacedMark[];
  /** Of all the bytes, in hexadecimal; empty where it was not asked for. */
  readonly sha256: string;
}

/** How a scan is made. */
export interface ScanOptions {
  /** Whether the bytes are hashed too, which takes longer than all the rest. */
  readonly isHashed?: boolean;
  /** Bytes of a block. */
  readonly blockBytes?: number;
}

const CHUNK_BYTES = 1024 * 1024;

/**
 * Scans a part of a file, in constant memory. Lines that are no records are passed over, and belong to blocks as all do.
 *
 * @param from - where a line begins, in bytes
 * @param to - where the last line ends; a last one without its line end is none of the records
 * @throws Node's error where the file cannot be read
 */
export async function scanSegment(
  path: string,
  from: number,
  to: number,
  format: RecordFormat,
  options: ScanOptions = {},
): Promise<SegmentScan> {
  const scanner = new SegmentScanner(format, from, options);
  for await (const chunk of readChunks(path, from, to)) scanner.push(chunk);
  return scanner.finish();
}

/** The bytes of a part of a file. Each chunk is good until the next one is asked for. */
export async function* readChunks(path: string, from: number, to: number): AsyncGenerator<Buffer> {
  const handle = await open(path, 'r');
  try {
    yield* readChunksOf(handle, from, to);
  } finally {
    await handle.close();
  }
}

/** The same of a file that is open. */
export async function* readChunksOf(handle: FileHandle, from: number, to: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(0, to - from)));
  for (let position = from; position < to;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, to - position), position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Scans bytes as they come. */
export class SegmentScanner {
  readonly #splitter: LineSplitter;
  readonly #reader: LineReader;
  readonly #builder: BlockBuilder;
  readonly #marks = new ProducerMarks();
  readonly #hash: Hash | undefined;
  readonly #from: number;
  #to: number;
  #count = 0;
  #first = 0;
  #last = 0;

  /** @param from - where in the segment the first byte stands */
  constructor(format: RecordFormat, from: number, { isHashed = false, blockBytes }: ScanOptions = {}) {
    this.#reader = createLineReader(format, this.#marks);
    this.#builder = new BlockBuilder([], blockBytes);
    this.#hash = isHashed ? createHash('sha256') : undefined;
    this.#from = from;
    this.#to = from;
    this.#splitter = new LineSplitter((buffer, start, end, offset, isWhole) => {
      this.#take(buffer, start, end, offset, isWhole);
    }, from);
  }

  push(chunk: Buffer): void {
    this.#hash?.update(chunk);
    this.#splitter.push(chunk);
    this.#to += chunk.length;
  }

  finish(): SegmentScan {
    this.#splitter.end();
    this.#builder.stretch(this.#to);
    const { blocks } = this.#builder;
    const dated = blocks.filter((block) => block.first > 0);
    return {
      count: this.#count,
      first: this.#first,
      last: this.#last,
      bytes: this.#to - this.#from,
      minAt: dated.reduce((least, { minAt }) => Math.min(least, minAt), dated[0]?.minAt ?? 0),
      maxAt: dated.reduce((most, { maxAt }) => Math.max(most, maxAt), dated[0]?.maxAt ?? 0),
      blocks,
      producers: this.#marks.list(),
      sha256: this.#hash?.digest('hex') ?? '',
    };
  }

  #take(buffer: Buffer, start: number, end: number, offset: number, isWhole: boolean): void {
    const reader = this.#reader;
    if (!isWhole || !reader.read(buffer, start, end)) {
      this.#builder.extend(offset, end - start + (isWhole ? 1 : 0), 0, 0, 0);
      return;
    }
    const { seq } = reader;
    this.#count += 1;
    if (this.#first === 0) this.#first = seq;
    this.#last = seq;
    this.#builder.extend(offset, end - start + 1, seq, seq, reader.at);
  }
}
