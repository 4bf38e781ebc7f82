import { segmentsIn } from '../format/file-names.js';
import { SegmentScan } from '../format/segment-scan.js';
import { messagesOf, type SpoolMessage } from '../format/spool-line.js';
import type { SpoolFile, SpoolFiles } from './spool-files.js';

/** How much to read at most; at least one record is given where there is one. */
export interface ReadLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** The position to stop in front of. */
  readonly before: number;
}

interface Cursor {
  readonly name: string;
  readonly file: SpoolFile;
  readonly scan: SegmentScan;
  /** Where the segment begins, or what was read of it and is kept no longer ends. */
  base: number;
  /** Records that were read and lie at or after `base`. */
  records: SpoolMessage[];
}

const READ_BYTES = 256 * 1024;

/** Reads the spool's messages in order, as it grows, whoever writes it; never more than a few batches are in memory. */
export class SpoolReader {
  readonly #files: SpoolFiles;
  #cursor: Cursor | undefined;

  constructor(files: SpoolFiles) {
    this.#files = files;
  }

  /**
   * The messages from a position on, without a hole between them. The first is at `from`, or where it is missing the next one
   * there is. They are on the disk when this resolves: no power cut takes back what was sent.
   */
  async read(from: number, limits: ReadLimits): Promise<SpoolMessage[]> {
    if (this.#cursor !== undefined && from < this.#cursor.base) await this.close();
    for (;;) {
      this.#cursor ??= await this.#open(from, '');
      if (this.#cursor === undefined) return [];
      await this.#fill(this.#cursor, from, limits);
      const batch = batchIn(this.#cursor.records, limits);
      if (batch.length > 0) {
        await this.#cursor.file.sync();
        return batch;
      }
      // Records that are there already lie behind the limit.
      if (this.#cursor.records.length > 0 || !(await this.#goOn(this.#cursor, from))) return [];
    }
  }

  async close(): Promise<void> {
    const cursor = this.#cursor;
    this.#cursor = undefined;
    await cursor?.file.close();
  }

  // The segment that holds `from`, or the first one after `name` where that is given.
  async #open(from: number, name: string): Promise<Cursor | undefined> {
    const segments = segmentsIn(await this.#files.list());
    const later = segments.filter((segment) => segment.name > name);
    const wanted = name === '' ? (later.findLast(({ number }) => number <= from) ?? later[0]) : later[0];
    if (wanted === undefined) return undefined;
    const file = await this.#files.open(wanted.name, { isMade: false });
    if (file === undefined) return undefined;
    const scan = new SegmentScan(wanted.number);
    return { name: wanted.name, file, scan, base: wanted.number, records: [] };
  }

  async #fill(cursor: Cursor, from: number, limits: ReadLimits): Promise<void> {
    drop(cursor, from);
    while (!isEnough(cursor.records, limits)) {
      const bytes = await cursor.file.read(cursor.scan.offset, READ_BYTES);
      if (bytes.length === 0) return;
      for (const line of cursor.scan.push(bytes)) {
        for (const message of messagesOf(line)) if (message.position >= from) cursor.records.push(message);
      }
    }
  }

  // True where a later segment is open now, or this one has grown before that was begun.
  async #goOn(cursor: Cursor, from: number): Promise<boolean> {
    const next = await this.#open(from, cursor.name);
    if (next === undefined) return false;
    const hasGrown = (await cursor.file.read(cursor.scan.offset, 1)).length > 0;
    await (hasGrown ? next : cursor).file.close();
    if (!hasGrown) this.#cursor = next;
    return true;
  }
}

function drop(cursor: Cursor, from: number): void {
  if (from <= cursor.base) return;
  const kept = cursor.records.findIndex(({ position }) => position >= from);
  cursor.records = kept === -1 ? [] : cursor.records.slice(kept);
  cursor.base = from;
}

function isEnough(records: readonly SpoolMessage[], { maxRecords, maxBytes }: ReadLimits): boolean {
  if (records.length >= maxRecords) return true;
  let bytes = 0;
  return records.some(({ item }) => (bytes += item.length) >= maxBytes);
}

function batchIn(
  records: readonly SpoolMessage[],
  { maxRecords, maxBytes, before }: ReadLimits,
): SpoolMessage[] {
  const first = records[0]?.position ?? 0;
  let bytes = 0;
  const end = records.findIndex(({ position, item }, index) => {
    bytes += item.length;
    const isOver = index > 0 && (index >= maxRecords || bytes > maxBytes);
    return isOver || position !== first + index || position >= before;
  });
  return records.slice(0, end === -1 ? records.length : end);
}
