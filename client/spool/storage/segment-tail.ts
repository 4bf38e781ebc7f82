import { segmentName, segmentsIn } from '../format/file-names.js';
import { SegmentScan } from '../format/segment-scan.js';
import type { SourcePosition } from '../format/source-position.js';
import { encodeLine, type RecordLine } from '../format/spool-line.js';
import type { SpoolFile, SpoolFiles } from './spool-files.js';

const READ_BYTES = 256 * 1024;

/** The last segment, as far as it was read: where the next bytes go. */
export class SegmentTail {
  readonly #files: SpoolFiles;
  readonly #file: SpoolFile;
  readonly scan: SegmentScan;
  readonly name: string;

  private constructor(files: SpoolFiles, file: SpoolFile, name: string, first: number) {
    this.#files = files;
    this.#file = file;
    this.name = name;
    this.scan = new SegmentScan(first);
  }

  /** Opens the last segment and reads it; makes one that begins with `floor` where there is none. */
  static async open(files: SpoolFiles, floor: number): Promise<SegmentTail> {
    for (;;) {
      const first = segmentsIn(await files.list()).at(-1)?.number ?? floor;
      const name = segmentName(first);
      const file = await files.open(name, { isMade: true });
      if (file === undefined) continue;
      const tail = new SegmentTail(files, file, name, first);
      await tail.refresh();
      return tail;
    }
  }

  /** Reads what has been appended since, by whomever; the records of it that count. */
  async refresh(): Promise<RecordLine[]> {
    const taken: RecordLine[] = [];
    for (;;) {
      const bytes = await this.#file.read(this.scan.offset, READ_BYTES);
      if (bytes.length === 0) return taken;
      for (const line of this.scan.push(bytes)) taken.push(line);
    }
  }

  /** Appends lines in one write, after the end of what may be torn. */
  async append(lines: readonly Buffer[]): Promise<void> {
    const start: Buffer[] = this.scan.isTorn ? [Buffer.from('\n')] : [];
    if (!this.scan.hasHeader) start.push(headerOf(this.scan.sources));
    await this.#file.append(Buffer.concat([...start, ...lines]));
  }

  /** Makes durable what is in the segment, and its name where it may be new. */
  async sync({ isNew }: { readonly isNew: boolean }): Promise<void> {
    await this.#file.sync();
    if (isNew) await this.#files.syncNames();
  }

  /** Ends this segment, and opens the one that follows it, with its header. */
  async roll(floor: number): Promise<SegmentTail> {
    if (!this.scan.isSealed) await this.append([encodeLine({ kind: 'seal' })]);
    await this.refresh();
    await this.#file.sync();
    const name = segmentName(Math.max(floor, this.scan.last + 1));
    // Another process may have gone on already, and further than one segment.
    const isLast = segmentsIn(await this.#files.list()).at(-1)?.name === this.name;
    if (isLast) await this.#begin(name);
    await this.close();
    return SegmentTail.open(this.#files, floor);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #begin(name: string): Promise<void> {
    const file = await this.#files.open(name, { isMade: true });
    await file?.append(headerOf(this.scan.sources));
    await file?.sync();
    await file?.close();
    await this.#files.syncNames();
  }
}

function headerOf(sources: ReadonlyMap<string, SourcePosition>): Buffer {
  return encodeLine({ kind: 'header', sources: [...sources.values()] });
}
