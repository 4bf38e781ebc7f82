import type { Logger } from '../observability/logger.js';
import { DumpFile } from './commit/dump-file.js';
import { DumpLock } from './commit/dump-lock.js';
import { DumpWriter, type CommitReport } from './commit/dump-writer.js';
import { FreeSpace } from './commit/free-space.js';
import { LiveIndex } from './commit/live-index.js';
import type { BearersOf } from './commit/mark-owners.js';
import { ProducerTable, type ProducerLimits } from './commit/producer-table.js';
import { Rotation, type RotationLimits } from './commit/rotation.js';
import { nodeFileSystem as fileSystem } from './file-system.js';
import type { RecordFormat } from './format/record-format.js';
import type { ReadableDump } from './reading/readable-dump.js';
import { createSegmentedDump } from './reading/segmented-dump.js';
import { recoveryWindow } from './recovery/recovery-window.js';
import { Manifest } from './sealing/manifest.js';
import type { Retention } from './sealing/retention.js';
import { Sealer } from './sealing/sealer.js';
import { closedSegmentForms, type Packing } from './segments/segment-names.js';

/** Everything about a dump that is not always the same. Sizes in bytes. */
export interface DumpOptions extends RotationLimits, ProducerLimits {
  /** The live file. */
  readonly path: string;
  readonly format: RecordFormat;
  readonly segmentCompression: Packing;
  readonly retention: Retention;
  readonly freeSpaceReserve: number;
  readonly maxQueueBytes: number;
  /** The largest request, and how many messages it may have: what recovery has to expect of a commit. */
  readonly maxBodyBytes: number;
  readonly maxMessages: number;
  /** How long another holder of the lock is waited for, in milliseconds. */
  readonly dumpLockTimeout: number;
  /** Who had which names: records have names only, but numbers of producers go on under another. */
  readonly bearersOf?: BearersOf;
  /** The built program of the thread that seals segments. */
  readonly sealWorkerPath: string;
  /** Aborted when nobody is to wait long for the lock any more. */
  readonly closing: AbortSignal | undefined;
  readonly clock: () => Date;
  /** Milliseconds since any moment, which no setting of a clock changes; `performance.now` where it is not given. */
  readonly monotonic?: (() => number) | undefined;
  readonly onCommit: (report: CommitReport) => void;
  readonly logger: Logger;
}

/** A dump that is recovered and can be written to and read. Disposing of it stores what waits. */
export interface OpenDump extends AsyncDisposable {
  readonly path: string;
  readonly writer: DumpWriter;
  readonly readable: ReadableDump;
  readonly producers: ProducerTable;
}

/** Puts a dump together and recovers it. @throws AppError `dump.write_failed` */
export async function openDump(options: DumpOptions): Promise<OpenDump> {
  const { path, format, clock, logger, closing } = options;
  const producers = new ProducerTable(options, clock, options.monotonic);
  const manifest = await Manifest.open(path, logger);
  const sealer = new Sealer({
    dumpPath: path,
    manifest,
    compression: options.segmentCompression,
    retention: options.retention,
    workerPath: options.sealWorkerPath,
    clock,
    logger,
  });
  const onClosed = () => {
    sealer.wake();
  };
  const { bearersOf } = options;
  const shared = { format, manifest, producers, clock, logger };
  const live = new LiveIndex({ ...shared, dumpPath: path, bearersOf, onClosed });
  const window = recoveryWindow(options, format.growth);
  const writer = new DumpWriter({
    file: new DumpFile({ path, format, fileSystem, recoveryWindow: window, live, logger }),
    lock: new DumpLock(path, options.dumpLockTimeout, closing === undefined ? {} : { closing }),
    format,
    producers,
    freeSpace: new FreeSpace(path, options.freeSpaceReserve, fileSystem),
    rotation: new Rotation(options, (first) => closedSegmentForms(path, first), clock, logger),
    maxQueueBytes: options.maxQueueBytes,
    clock,
    onCommit: options.onCommit,
    logger,
  });
  const close = async () => {
    await writer[Symbol.asyncDispose]();
    await sealer[Symbol.asyncDispose]();
  };
  try {
    await writer.open();
  } catch (error) {
    await close();
    throw error;
  }
  sealer.wake();
  const readable = createSegmentedDump({ dumpPath: path, format, live: () => live.view });
  return { path, writer, readable, producers, [Symbol.asyncDispose]: close };
}
