import { open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../../data-directory/sync-directory.js';
import type { Logger } from '../../observability/logger.js';
import {
  hashOfLine,
  manifestLine,
  NO_LINE,
  type ClosedEvent,
  type ManifestEvent,
  type MovedEvent,
} from './manifest-entry.js';
import { readManifest } from './manifest-reader.js';
import { placedAt, ProducerMarks, type PlacedMark } from '../segments/producer-marks.js';
import { manifestPath } from '../segments/segment-names.js';

/** A closed segment as the manifest knows it; its producers are folded into {@link Manifest.producers}. */
export type SealedSegment = Omit<ClosedEvent, 'producers'>;

/** A segment that was sealed once. */
export interface KnownSegment {
  readonly sealed: SealedSegment;
  /** Whether retention has deleted it, or was about to when the machine stopped. */
  readonly isRemoved: boolean;
}

/**
 * What happened to the segments of a dump: an append-only file of chained lines, each durable when {@link append}
 * resolves. One object in one process writes it.
 */
export class Manifest {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #marks = new ProducerMarks();
  readonly #segments = new Map<string, KnownSegment>();
  #moved: MovedEvent[] = [];
  #lastSeq = 0;
  #previous = NO_LINE;
  #end = 0;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(path: string, logger: Logger) {
    this.#path = path;
    this.#logger = logger;
  }

  /**
   * Reads the manifest of a dump. A torn last line is cut off by the next append; lines that are damaged stay, and what
   * they told of segments that are still there is sealed again.
   *
   * @throws Node's error where it is there and cannot be read
   */
  static async open(dumpPath: string, logger: Logger): Promise<Manifest> {
    const manifest = new Manifest(manifestPath(dumpPath), logger);
    await manifest.#load((await sizeOf(manifest.#path)) ?? 0);
    return manifest;
  }

  /** Segments that are sealed and not removed, in order. */
  get sealed(): SealedSegment[] {
    const there = [...this.#segments.values()].filter(({ isRemoved }) => !isRemoved);
    return there.map(({ sealed }) => sealed).sort((one, other) => (one.segment < other.segment ? -1 : 1));
  }

  /** The ranges of numbers that another program has moved away. */
  get moved(): readonly MovedEvent[] {
    return this.#moved;
  }

  /** The highest number that any entry tells of; 0 where there is none. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The last numbers of all producers in all segments that were ever sealed or moved away, the removed ones included. */
  producers(): PlacedMark[] {
    return this.#marks.list();
  }

  /** What is known of a segment by its name (not packed). */
  segment(name: string): KnownSegment | undefined {
    return this.#segments.get(name);
  }

  /**
   * Adds an entry, and resolves when it is durable.
   *
   * @throws Node's error where it cannot be written; the entry then is not there, and may be added again
   */
  append(event: ManifestEvent): Promise<void> {
    const writing = this.#writing.then(() => this.#append(event));
    this.#writing = writing.catch(() => undefined);
    return writing;
  }

  async #append(event: ManifestEvent): Promise<void> {
    const size = await sizeOf(this.#path);
    if ((size ?? 0) < this.#end) await this.#loadAgain(size ?? 0);
    const line = manifestLine(event, this.#previous);
    // A new descriptor each time: after a failed sync the old one would tell nothing.
    const handle = await open(this.#path, size === undefined ? 'w' : 'r+', 0o600);
    try {
      // What stands behind the end is of an entry that was never finished.
      await handle.truncate(this.#end);
      await writeWhole(handle, Buffer.from(line), this.#end);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (size === undefined) await syncDirectory(dirname(this.#path));
    this.#end += line.length;
    this.#previous = hashOfLine(line.slice(0, -1));
    this.#take(event);
  }

  // Somebody has cut or deleted it. What is missing is sealed again; the producers' numbers stay known.
  async #loadAgain(size: number): Promise<void> {
    this.#logger.error({ path: this.#path }, 'The manifest of the dump was cut short by another program.');
    this.#segments.clear();
    this.#moved = [];
    this.#previous = NO_LINE;
    this.#end = 0;
    await this.#load(size);
  }

  async #load(size: number): Promise<void> {
    if (size === 0) return;
    let damaged = 0;
    for await (const { entry, hash, end, isWhole, isTorn, isChained } of readManifest(this.#path, size)) {
      if (!isWhole || isTorn) break;
      this.#previous = hash;
      this.#end = end;
      if (!isChained) damaged += 1;
      if (entry !== undefined) this.#take(entry);
    }
    if (damaged === 0) return;
    this.#logger.error(
      { path: this.#path, lines: damaged },
      'The manifest of the dump is damaged: see gatherd verify.',
    );
  }

  #take(event: ManifestEvent): void {
    this.#lastSeq = Math.max(this.#lastSeq, event.last);
    if (event.event === 'moved') {
      this.#marks.merge(placedAt(event.last, event.producers ?? []));
      this.#moved.push(event);
    } else if (event.event === 'closed') {
      const { producers, ...sealed } = event;
      this.#marks.merge(placedAt(event.last, producers));
      this.#segments.set(event.segment, { sealed, isRemoved: false });
    } else {
      const known = this.#segments.get(event.segment);
      if (known !== undefined) this.#segments.set(event.segment, { ...known, isRemoved: true });
    }
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeWhole(handle: FileHandle, data: Buffer, position: number): Promise<void> {
  for (let written = 0; written < data.length;) {
    const { bytesWritten } = await handle.write(data, written, data.length - written, position + written);
    written += bytesWritten;
  }
}
