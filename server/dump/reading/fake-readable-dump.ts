import type { DumpRecord, RecordFormat } from '../format/record-format.js';
import {
  SegmentGoneError,
  type ReadableBlock,
  type ReadableDump,
  type ReadableSegment,
} from './readable-dump.js';

interface Line {
  readonly text: string;
  readonly record: DumpRecord | undefined;
}

/** A dump in memory whose segments a test can close, delete, and take away from under their readers. */
export class FakeReadableDump implements ReadableDump {
  readonly #format: RecordFormat;
  readonly #linesOfBlock: number;
  #closed: Line[][] = [];
  #live: Line[] = [];
  #nextSeq = 1;
  #generation = 0;
  /** How often a block was read. */
  reads = 0;
  /** Called before each read of a block, and may change the dump. */
  onRead: () => void = () => undefined;

  /** @param linesOfBlock - how many lines a block has */
  constructor(format: RecordFormat, linesOfBlock: number) {
    this.#format = format;
    this.#linesOfBlock = linesOfBlock;
  }

  /** Appends a line; it may be no record. */
  append(text: string): void {
    const record = this.#format.decode(text);
    if (record !== undefined) this.#nextSeq = record.seq + 1;
    this.#live.push({ text, record });
  }

  /** Every record, oldest first. */
  get records(): DumpRecord[] {
    const lines = [...this.#closed, this.#live].flat();
    return lines.map(({ record }) => record).filter((record) => record !== undefined);
  }

  rotate(): void {
    if (this.#live.some(({ record }) => record !== undefined)) {
      this.#closed.push(this.#live);
      this.#live = [];
    }
    this.#generation += 1;
  }

  /** Deletes the oldest closed segment. */
  deleteOldest(): void {
    this.deleteClosed(0);
  }

  /** Deletes a closed segment. @param index - counted from the oldest */
  deleteClosed(index: number): void {
    this.#closed.splice(index, 1);
    this.#generation += 1;
  }

  /** As packing does: the files are elsewhere, their content is the same. */
  moveFiles(): void {
    this.#generation += 1;
  }

  segments(): Promise<readonly ReadableSegment[]> {
    const all = [...this.#closed, this.#live].map((lines) => [...lines]);
    const firsts = all.map((lines) => lines.find(({ record }) => record !== undefined)?.record?.seq);
    return Promise.resolve(
      all.map((lines, index) => {
        const first = firsts[index] ?? this.#nextSeq;
        return this.#segment(lines, first, (firsts[index + 1] ?? this.#nextSeq) - 1);
      }),
    );
  }

  #segment(lines: readonly Line[], first: number, last: number): ReadableSegment {
    const generation = this.#generation;
    const assertThere = () => {
      if (generation !== this.#generation) throw new SegmentGoneError(first);
    };
    const bytes = Buffer.from(lines.map(({ text }) => `${text}\n`).join(''));
    return {
      first,
      last,
      blocks: async () => {
        await Promise.resolve();
        assertThere();
        return this.#blocks(lines);
      },
      read: async ({ offset, bytes: length }) => {
        await Promise.resolve();
        this.reads += 1;
        this.onRead();
        assertThere();
        return bytes.subarray(offset, offset + length);
      },
    };
  }

  #blocks(lines: readonly Line[]): ReadableBlock[] {
    const blocks: ReadableBlock[] = [];
    let offset = 0;
    for (let start = 0; start < lines.length; start += this.#linesOfBlock) {
      const some = lines.slice(start, start + this.#linesOfBlock);
      const bytes = some.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, 0);
      const records = some.map(({ record }) => record).filter((record) => record !== undefined);
      const seqs = records.map(({ seq }) => seq);
      const times = records.map(({ at }) => Date.parse(at));
      if (records.length > 0)
        blocks.push({
          offset,
          bytes,
          first: Math.min(...seqs),
          last: Math.max(...seqs),
          minAt: Math.min(...times),
          maxAt: Math.max(...times),
        });
      offset += bytes;
    }
    return blocks;
  }
}
