import type { Logger } from '../../observability/logger.js';
import type { RecordFormat } from '../format/record-format.js';
import { BlockBuilder, type AppendedRun, type Block } from '../segments/block-builder.js';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from '../segments/checkpoint.js';
import type { Manifest } from '../sealing/manifest.js';
import { PackedSegmentError } from '../sealing/packed-blocks.js';
import { scanSegment } from '../segments/segment-scan.js';
import { placedAt, unplaced, type PlacedMark } from '../segments/producer-marks.js';
import { indexOf, scanClosedSegment } from '../segments/segment-index.js';
import { listClosedSegments, type ClosedSegment } from '../segments/segment-names.js';
import type { LiveBegin, LiveSegment } from './live-segment.js';
import { withOwners, type BearersOf } from './mark-owners.js';
import type { ProducerTable } from './producer-table.js';

/** The live segment as a reader of the dump sees it. */
export interface LiveView {
  readonly path: string;
  /** The numbers of its first and last record; 0 where there is none. */
  readonly first: number;
  readonly last: number;
  readonly blocks: readonly Block[];
  /** Bytes that are durable. */
  readonly end: number;
}

/** What the index of the live segment works with. */
export interface LiveIndexDeps {
  readonly dumpPath: string;
  readonly format: RecordFormat;
  readonly manifest: Manifest;
  readonly producers: ProducerTable;
  /** Where it is not given, each name is somebody else. */
  readonly bearersOf?: BearersOf | undefined;
  /** Told when a segment has been closed. */
  readonly onClosed: () => void;
  readonly clock: () => Date;
  readonly logger: Logger;
}

/** How much the live file grows between two checkpoints, so that a start reads no more than this. */
const CHECKPOINT_EVERY_BYTES = 64 * 2 ** 20;
/** Checkpoints hold all producers: with many of them there are fewer checkpoints. */
const CHECKPOINT_BYTES_PER_PRODUCER = 4096;

const NO_CHECKPOINT: Checkpoint = { seq: 0, offset: 0, blocks: [], producers: [] };

/**
 * Where the live segment's records are and what the producers' last numbers are, kept beside the dump in a checkpoint,
 * so that a start has to read only what was written since. All of it can be made anew from the segments.
 *
 * The checkpoint holds all producers as they were at its record, those that were forgotten by then left out: what others
 * tell of records up to it does not count, and of what came later the later record does.
 */
export class LiveIndex implements LiveSegment {
  readonly #deps: LiveIndexDeps;
  #builder = new BlockBuilder();
  #first = 0;
  #last = 0;
  // The number of the last record, in whatever file.
  #seq = 0;
  #end = 0;
  #keptEnd = 0;
  #isKnown = false;
  #keeping: Promise<boolean> | undefined;

  constructor(deps: LiveIndexDeps) {
    this.#deps = deps;
  }

  /** The live segment as it is now. */
  get view(): LiveView {
    const { dumpPath: path } = this.#deps;
    return { path, first: this.#first, last: this.#last, blocks: this.#builder.blocks, end: this.#end };
  }

  async load(end: number, lastSeq: number): Promise<LiveBegin> {
    const { dumpPath } = this.#deps;
    const checkpoint = (await loadCheckpoint(dumpPath)) ?? NO_CHECKPOINT;
    const scan = (await this.#scanSince(checkpoint, end, lastSeq)) ?? (await this.#scan(0, end));
    await this.#restore(marksAfter(this.#isKnown ? this.#seq : checkpoint.seq, scan.producers));
    const isFromStart = scan.from === 0;
    const blocks = [...(isFromStart ? [] : checkpoint.blocks), ...scan.blocks];
    const dated = blocks.filter((block) => block.first > 0);
    this.#builder = new BlockBuilder(blocks);
    [this.#first, this.#last] = [dated[0]?.first ?? 0, dated.at(-1)?.last ?? 0];
    [this.#end, this.#keptEnd, this.#seq] = [end, scan.from, lastSeq];
    if (!this.#isKnown) await this.#recallProducers(checkpoint);
    return { first: this.#first, firstAt: dated[0]?.minAt ?? 0 };
  }

  // What stands behind the checkpoint; undefined where the checkpoint is not of this file.
  async #scanSince({ offset, seq }: Checkpoint, end: number, lastSeq: number) {
    if (offset > end) return undefined;
    const scan = await this.#scan(offset, end);
    const goesOn = scan.first === 0 ? seq === lastSeq : scan.first === seq + 1;
    return goesOn ? scan : undefined;
  }

  async #scan(from: number, end: number) {
    const { dumpPath, format } = this.#deps;
    return { ...(await scanSegment(dumpPath, from, end, format)), from };
  }

  async lastClosed(liveSeq: number): Promise<number> {
    const { dumpPath, format, manifest } = this.#deps;
    const { seq } = (await loadCheckpoint(dumpPath)) ?? NO_CHECKPOINT;
    const known = Math.max(seq, manifest.lastSeq);
    const newest = (await listClosedSegments(dumpPath)).at(-1);
    if (newest === undefined || manifest.segment(newest.name) !== undefined) return known;
    if (liveSeq > newest.number) return known;
    const index = await this.#unlessDamaged(newest, () => indexOf(dumpPath, newest, format));
    return Math.max(known, index?.last ?? newest.number);
  }

  appended(run: AppendedRun): void {
    const { producers } = this.#deps;
    const every = Math.max(CHECKPOINT_EVERY_BYTES, producers.size * CHECKPOINT_BYTES_PER_PRODUCER);
    // What is known before this run: neither the blocks nor the table have it yet.
    if (run.offset - this.#keptEnd >= every && this.#keeping === undefined)
      void this.#keep({ seq: run.first - 1, offset: run.offset, blocks: this.#builder.blocks });
    this.#builder.add(run);
    if (this.#first === 0) this.#first = run.first;
    [this.#last, this.#seq] = [run.last, run.last];
    this.#end = run.offset + run.bytes;
  }

  async closed(lastSeq: number): Promise<void> {
    this.#forget();
    this.#deps.producers.forgetIdle();
    // From here on the checkpoint alone knows what the closed segment had of producers, until it is sealed.
    await this.#keeping;
    await this.#keep({ seq: lastSeq, offset: 0, blocks: [] });
    this.#deps.onClosed();
  }

  async moved(first: number, last: number): Promise<void> {
    this.#forget();
    await this.#keeping;
    // The moved file is nobody's to read again: what it had of producers has to stand elsewhere before anything goes on.
    const isKept = await this.#keep({ seq: last, offset: 0, blocks: [] });
    const isNoted = await this.#noteMoved(first, last);
    if (!isKept && !isNoted) throw new Error('The numbers of a dump that was moved away could not be kept.');
  }

  async #noteMoved(first: number, last: number): Promise<boolean> {
    const { manifest, producers: table, clock, logger } = this.#deps;
    const producers = unplaced(marksAfter(first - 1, table.states()));
    try {
      await manifest.append({ event: 'moved', first, last, at: clock().toISOString(), producers });
      return true;
    } catch (error) {
      logger.warn({ err: error, first, last }, 'The manifest could not be told that a dump was moved away.');
      return false;
    }
  }

  async keep(): Promise<void> {
    if (!this.#isKnown) return;
    await this.#keeping;
    await this.#keep({ seq: this.#seq, offset: this.#end, blocks: this.#builder.blocks });
  }

  #forget(): void {
    this.#builder = new BlockBuilder();
    [this.#first, this.#last, this.#end, this.#keptEnd] = [0, 0, 0, 0];
  }

  #keep(position: Omit<Checkpoint, 'producers'>): Promise<boolean> {
    const { dumpPath, producers, logger } = this.#deps;
    this.#keptEnd = position.offset;
    this.#keeping = saveCheckpoint(dumpPath, { ...position, producers: unplaced(producers.states()) })
      .then(() => true)
      .catch((error: unknown) => {
        logger.warn({ err: error }, 'The checkpoint could not be kept: the next start reads more.');
        return false;
      })
      .finally(() => {
        this.#keeping = undefined;
      });
    return this.#keeping;
  }

  // Whatever may be the only one to know a number: the checkpoint, the manifest, and closed segments that are in neither.
  async #recallProducers(checkpoint: Checkpoint): Promise<void> {
    const { dumpPath, format, manifest, producers } = this.#deps;
    const { seq } = checkpoint;
    await this.#restore(placedAt(seq, checkpoint.producers));
    await this.#restore(marksAfter(seq, manifest.producers()));
    const firstOfLive = this.#first === 0 ? this.#seq + 1 : this.#first;
    const segments = await listClosedSegments(dumpPath);
    for (const [index, segment] of segments.entries()) {
      const endsBefore = segments[index + 1]?.number ?? firstOfLive;
      if (manifest.segment(segment.name) !== undefined || endsBefore <= seq + 1) continue;
      const read = await this.#unlessDamaged(segment, () => scanClosedSegment(segment, format));
      await this.#restore(marksAfter(seq, read?.scan.producers ?? []));
    }
    producers.restored();
    this.#isKnown = true;
  }

  async #restore(marks: readonly PlacedMark[]): Promise<void> {
    const { producers, bearersOf } = this.#deps;
    producers.restore(bearersOf === undefined ? marks : await withOwners(marks, bearersOf));
  }

  async #unlessDamaged<Read>({ path }: ClosedSegment, read: () => Promise<Read>): Promise<Read | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof PackedSegmentError)) throw error;
      this.#deps.logger.error({ err: error, path }, 'What a segment of the dump holds is not known.');
      return undefined;
    }
  }
}

function marksAfter(seq: number, marks: Iterable<PlacedMark>): PlacedMark[] {
  return [...marks].filter((mark) => mark.seq > seq);
}
