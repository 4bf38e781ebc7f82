import { setTimeout as sleep } from 'node:timers/promises';
import { segmentsIn, type NumberedFile } from '../format/file-names.js';
import { SegmentScan } from '../format/segment-scan.js';
import { SpoolError } from '../spool-error.js';
import type { SpoolFiles } from './spool-files.js';

/** What happens to a message for which there is no room: it waits, takes the place of the oldest, or is refused. */
export const FULL_POLICIES = ['block', 'drop-oldest', 'fail'] as const;
export type FullPolicy = (typeof FULL_POLICIES)[number];

export interface RoomKeeperOptions {
  readonly files: SpoolFiles;
  /** How many bytes the messages may take on the disk. */
  readonly maxBytes: number;
  readonly policy: FullPolicy;
  /** Gives up the oldest segment that has certainly not been sent; false where there is none. */
  readonly dropOldest: () => Promise<boolean>;
  /** Ends a wait for room. */
  readonly stop: AbortSignal;
}

/** How much may be added between two looks at the directory, in bytes. */
const LOOK_AFTER_BYTES = 1024 * 1024;
const LOOK_AGAIN_MS = 100;

/** Keeps the spool within its limit. */
export class RoomKeeper {
  readonly #options: RoomKeeperOptions;
  #used = 0;
  #addedSinceLook = Number.POSITIVE_INFINITY;

  constructor(options: RoomKeeperOptions) {
    this.#options = options;
  }

  /** Tells of bytes that were written. */
  noteAdded(bytes: number): void {
    this.#used += bytes;
    this.#addedSinceLook += bytes;
  }

  /**
   * Resolves once there is room.
   *
   * @throws SpoolError `full` where the policy is to fail, and where a wait is ended.
   */
  async waitFor(bytes: number): Promise<void> {
    const { maxBytes, policy, dropOldest, stop } = this.#options;
    while (!(await this.#hasRoom(bytes))) {
      // A group that is larger than the whole spool has its turn when nothing else is there.
      if (policy === 'fail' || stop.aborted)
        throw new SpoolError('full', `The spool is full: it may hold ${String(maxBytes)} bytes`);
      const isDropped = policy === 'drop-oldest' && (await dropOldest());
      if (!isDropped) await sleep(LOOK_AGAIN_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  async #hasRoom(bytes: number): Promise<boolean> {
    const { maxBytes, files } = this.#options;
    const isStale = this.#addedSinceLook > Math.min(LOOK_AFTER_BYTES, maxBytes / 16);
    if (!isStale && this.#used + bytes <= maxBytes) return true;
    const segments = segmentsIn(await files.list());
    const sizes = await Promise.all(segments.map(({ name }) => files.size(name)));
    this.#used = sizes.reduce((sum, size) => sum + size, 0);
    this.#addedSinceLook = 0;
    return this.#used + bytes <= maxBytes || segments.length <= 1;
  }
}

/** The oldest segment with nothing below `from`, and where the one after it begins; never the last one. */
export function oldestUnclaimed(
  segments: readonly NumberedFile[],
  from: number,
): { readonly segment: NumberedFile; readonly next: number } | undefined {
  const index = segments.findIndex(({ number }) => number >= from);
  const segment = segments[index];
  const next = segments[index + 1];
  return segment === undefined || next === undefined ? undefined : { segment, next: next.number };
}

/** How many messages a segment holds that count. */
export async function countMessages(files: SpoolFiles, { name, number }: NumberedFile): Promise<number> {
  const file = await files.open(name, { isMade: false });
  if (file === undefined) return 0;
  try {
    const lines = new SegmentScan(number).push(await file.read(0, await files.size(name)));
    return lines.reduce((sum, { items }) => sum + items.length, 0);
  } finally {
    await file.close();
  }
}
