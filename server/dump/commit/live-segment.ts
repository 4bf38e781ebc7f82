import type { ProducerState } from './producer-table.js';

/** A run of whole lines that has become durable. Offsets in bytes, from the beginning of the live file. */
export interface AppendedRun {
  readonly offset: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
  /** When it was written, as in its records, in milliseconds since the epoch. */
  readonly at: number;
}

/** What a read of the live file found. */
export interface LiveScan {
  /** The first record's number, and when it was written in milliseconds since the epoch; 0 where there is none. */
  readonly first: number;
  readonly firstAt: number;
  readonly producers: Iterable<ProducerState>;
}

/**
 * What is known of the live segment beside its bytes: where its records are, for whoever reads it, and the producers'
 * last numbers. The file tells it, at each event, while the lock is held.
 */
export interface LiveSegment {
  /** The file may be another one, or other than before: reads what has to be known of it, up to `end` bytes. */
  load(path: string, end: number): Promise<LiveScan>;
  appended(run: AppendedRun): void;
  /** It has become a closed segment. */
  closed(path: string): void;
  /** Another program has moved it away. */
  moved(first: number, last: number): Promise<void>;
}
