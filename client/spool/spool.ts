import { segmentsIn } from './format/file-names.js';
import type { ShipperIdentity } from './shipping/lease.js';
import { dropped } from './shipping/ship-state.js';
import { ShipStateStore } from './shipping/ship-state-store.js';
import { SHIP_LIMITS, Shipper } from './shipping/shipper.js';
import type { ShippingPort } from './shipping/shipping-port.js';
import { countMessages, type FullPolicy, oldestUnclaimed, RoomKeeper } from './storage/room-keeper.js';
import type { SpoolFiles } from './storage/spool-files.js';
import { SpoolWriter } from './storage/spool-writer.js';

export interface SpoolOptions {
  readonly files: SpoolFiles;
  /** How many bytes the messages may take on the disk, at least 64 KiB. */
  readonly maxBytes: number;
  readonly whenFull: FullPolicy;
  /** Ends a wait for room. */
  readonly stop: AbortSignal;
  /** Makes a UUID. */
  readonly newId: () => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly self: ShipperIdentity;
  /** Told of what somebody should know. */
  readonly warn: (text: string) => void;
}

/** The size of a segment where the spool is not a small one, in bytes. */
const MAX_SEGMENT_BYTES = 4 * 1024 * 1024;
/** A spool has room for this many segments, so that one of them can go while others come. */
const MIN_SEGMENTS = 8;

/**
 * A queue on the disk between whoever has messages and the server that takes them: `writer` adds, `shipper` sends. Any
 * number of processes may have the same spool open.
 */
export class Spool {
  readonly files: SpoolFiles;
  readonly states: ShipStateStore;
  readonly writer: SpoolWriter;
  readonly #options: SpoolOptions;

  private constructor(options: SpoolOptions, states: ShipStateStore, writer: SpoolWriter) {
    this.#options = options;
    this.files = options.files;
    this.states = states;
    this.writer = writer;
  }

  /** Opens a spool for adding; makes it where there is none. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const { files, newId, maxBytes, whenFull, stop, warn } = options;
    const states = new ShipStateStore(files, newId);
    const { state } = await states.read();
    const dropOldest = (): Promise<boolean> => dropOldestSegment(files, states, warn);
    const room = new RoomKeeper({ files, maxBytes, policy: whenFull, dropOldest, stop });
    const segmentBytes = Math.min(MAX_SEGMENT_BYTES, Math.ceil(maxBytes / MIN_SEGMENTS));
    const floor = Math.max(state.head, state.claimedTo);
    const writerId = newId().slice(0, 8);
    return new Spool(options, states, await SpoolWriter.open({ files, room, segmentBytes, floor, writerId }));
  }

  /** Makes a shipper that sends through a port. */
  shipTo(port: ShippingPort): Shipper {
    const { files, newId, now, self, warn, maxBytes } = this.#options;
    // What may have been sent is never dropped, so it must not be all of a small spool.
    const limits = { ...SHIP_LIMITS, maxBytes: Math.min(SHIP_LIMITS.maxBytes, Math.ceil(maxBytes / 4)) };
    return new Shipper({ files, store: this.states, port, self, newId, now, warn, limits });
  }

  /** Lets what is being added finish. */
  async close(): Promise<void> {
    await this.writer.close();
  }
}

/**
 * Gives up the oldest segment of which certainly nothing was sent: what may have been sent keeps its number, and what was
 * not has none yet. That it is dropped is on the disk before it is gone.
 */
async function dropOldestSegment(
  files: SpoolFiles,
  states: ShipStateStore,
  warn: (text: string) => void,
): Promise<boolean> {
  const seen = await states.read();
  // What may have been sent is not known then.
  if (seen.isStale) return false;
  const { claimedTo, skip } = seen.state;
  const found = oldestUnclaimed(segmentsIn(await files.list()), Math.max(claimedTo, skip?.to ?? 0));
  if (found === undefined) return false;
  const { segment, next } = found;
  const messages = await countMessages(files, segment);
  if (await states.replace(seen, dropped(seen.state, segment.number, next, messages))) {
    await files.remove(segment.name);
    warn(`The spool is full: ${String(messages)} messages were dropped, the oldest`);
  }
  return true;
}
