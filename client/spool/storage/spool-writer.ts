import type { SourcePosition } from '../format/source-position.js';
import { encodeLine, type RecordLine } from '../format/spool-line.js';
import { SpoolError } from '../spool-error.js';
import type { RoomKeeper } from './room-keeper.js';
import { SegmentTail } from './segment-tail.js';
import { sizeOf, type SpoolEntry } from './spool-entry.js';
import type { SpoolFiles } from './spool-files.js';

/** Which positions the messages of one `add` have; `last` is before `first` where there were none. */
export interface AddedRange {
  readonly first: number;
  readonly last: number;
}

export interface SpoolWriterOptions {
  readonly files: SpoolFiles;
  readonly room: RoomKeeper;
  /** The size in bytes at which a segment is ended. */
  readonly segmentBytes: number;
  /** The lowest position that may be given; those below it may have been sent. */
  readonly floor: number;
  /** Tells this writer's lines from those of all others. */
  readonly writerId: string;
}

interface WaitingAdd {
  readonly entries: readonly SpoolEntry[];
  readonly resolve: (range: AddedRange) => void;
  readonly reject: (error: unknown) => void;
}

/** How much goes out in one write, roughly, in bytes. */
const GROUP_BYTES = 1024 * 1024;

/**
 * Adds to the spool: what is there when a write begins goes out as one write and one sync, and only then `add` resolves.
 * No lock is taken: `SegmentScan` says whose bytes count when several processes write at once, and whoever sees that its own
 * do not writes them again.
 */
export class SpoolWriter {
  readonly #options: SpoolWriterOptions;
  #tail: SegmentTail;
  #waiting: WaitingAdd[] = [];
  #work: Promise<void> | undefined;
  #isNameNew = true;
  #isSuspect = false;

  private constructor(options: SpoolWriterOptions, tail: SegmentTail) {
    this.#options = options;
    this.#tail = tail;
  }

  static async open(options: SpoolWriterOptions): Promise<SpoolWriter> {
    return new SpoolWriter(options, await SegmentTail.open(options.files, options.floor));
  }

  /** How far each followed file has been taken, as the disk has it. */
  get sources(): ReadonlyMap<string, SourcePosition> {
    return this.#tail.scan.sources;
  }

  /** How much to add at once, at most, for the spool to keep within its limit; in bytes. */
  get groupBytes(): number {
    return Math.min(GROUP_BYTES, this.#options.segmentBytes);
  }

  /** The last position that was given. */
  get last(): number {
    return Math.max(this.#tail.scan.last, this.#options.floor - 1);
  }

  /**
   * Adds entries in order. Resolves once they are on the disk.
   *
   * @throws SpoolError `full` where there is no room and none comes, `not_written` where the disk refuses.
   */
  add(entries: readonly SpoolEntry[]): Promise<AddedRange> {
    if (entries.length === 0) return Promise.resolve({ first: this.last + 1, last: this.last });
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, resolve, reject });
      this.#work ??= this.#writeAll();
    });
  }

  /** Lets what is under way finish. */
  async close(): Promise<void> {
    await this.#work;
    await this.#tail.close();
  }

  async #writeAll(): Promise<void> {
    // Whatever is added in the same turn goes out together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#write(group);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#work = undefined;
  }

  #takeGroup(): WaitingAdd[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ entries }) => {
      bytes += sizeOf(entries);
      return bytes > GROUP_BYTES;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(1, end));
  }

  async #write(group: readonly WaitingAdd[]): Promise<void> {
    await this.#options.room.waitFor(group.reduce((sum, { entries }) => sum + sizeOf(entries), 0));
    const entries = group.flatMap((one) => one.entries);
    for (;;) {
      await this.#prepareTail();
      const first = this.last + 1;
      const taken = await this.#append(entries, first);
      if (taken === undefined) continue;
      settle(group, first, taken.count, taken.error);
      return;
    }
  }

  // A segment that is full, ended by another process, or of which a sync has failed is left for a new one.
  async #prepareTail(): Promise<void> {
    await this.#tail.refresh();
    const { isSealed, offset } = this.#tail.scan;
    if (!isSealed && !this.#isSuspect && offset < this.#options.segmentBytes) return;
    this.#tail = await this.#tail.roll(this.#options.floor);
    this.#isNameNew = true;
    this.#isSuspect = false;
  }

  // Undefined where another writer was faster, and nothing of this group counts.
  async #append(
    entries: readonly SpoolEntry[],
    first: number,
  ): Promise<{ count: number; error?: unknown } | undefined> {
    const { writerId, room } = this.#options;
    const lines = encodeGroup(entries, first, writerId);
    let error: unknown;
    try {
      await this.#tail.append(lines);
    } catch (thrown) {
      error = thrown;
    }
    const isOwn = (line: RecordLine): boolean => line.writer === writerId && line.group === first;
    const count = (await this.#tail.refresh()).filter(isOwn).length;
    room.noteAdded(lines.reduce((sum, line) => sum + line.length, 0));
    if (count === 0 && error === undefined) return undefined;
    await this.#sync(error);
    return error === undefined ? { count } : { count, error };
  }

  async #sync(earlier: unknown): Promise<void> {
    try {
      await this.#tail.sync({ isNew: this.#isNameNew });
      this.#isNameNew = false;
    } catch (error) {
      // The kernel may believe that these bytes are on the disk: nothing is added after them.
      this.#isSuspect = true;
      throw notWritten(0, earlier ?? error);
    }
  }
}

function encodeGroup(entries: readonly SpoolEntry[], first: number, writer: string): Buffer[] {
  let position = first;
  return entries.map(({ items, source }) => {
    const line = encodeLine({ kind: 'record', position, group: first, writer, source, items });
    position += items.length;
    return line;
  });
}

// `count` lines from the first one on are in the spool; all of them, unless there is an error.
function settle(group: readonly WaitingAdd[], first: number, count: number, error: unknown): void {
  let next = first;
  let left = count;
  for (const { entries, resolve, reject } of group) {
    const stored = entries.slice(0, left).reduce((sum, { items }) => sum + items.length, 0);
    if (left >= entries.length) resolve({ first: next, last: next + stored - 1 });
    else reject(notWritten(stored, error));
    left = Math.max(0, left - entries.length);
    next += stored;
  }
}

function notWritten(stored: number, cause: unknown): SpoolError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SpoolError('not_written', `The spool cannot be written: ${reason}`, { stored, cause });
}
