import type { Overview } from '../../../protocol/overview.js';

/** How much room there is for the dump. */
export interface Space {
  readonly free: number;
  /** What the dump takes of all that it can have. */
  readonly percentTaken: number;
  readonly isLow: boolean;
}

const LOW_BYTES = 2 ** 30;
const LOW_SHARE = 0.1;

/** Judges what is left on the disk; undefined where that is not known. Little is less than 1 GiB, or a tenth of what the dump can have. */
export function spaceOf({ bytes, free_bytes: free }: Overview['dump']): Space | undefined {
  if (free === null) return undefined;
  const room = bytes + free;
  const isLow = free < LOW_BYTES || free < room * LOW_SHARE;
  return { free, percentTaken: room === 0 ? 100 : (bytes / room) * 100, isLow };
}
