import type { AppendedRun } from '../segments/block-builder.js';

/** When the records of the live file begin. */
export interface LiveBegin {
  /** The first record's number, and when it was written in milliseconds since the epoch; 0 where there is none. */
  readonly first: number;
  readonly firstAt: number;
}

/**
 * What is known of the live segment beside its bytes: where its records are, for whoever reads it, and the producers'
 * last numbers. The file tells it of each event, while the lock is held.
 */
export interface LiveSegment {
  /**
   * The file may be another one, or other than before: reads what has to be known of it.
   *
   * @param end - bytes that are durable
   * @param lastSeq - the number of the last record
   */
  load(end: number, lastSeq: number): Promise<LiveBegin>;
  /** The highest number that is known from closed segments; 0 where nothing is. For when the live file shows none. */
  lastClosed(): Promise<number>;
  /** Records have become durable. The producers' table does not know of them yet. */
  appended(run: AppendedRun): void;
  /** It has become a closed segment. @param lastSeq - the number of its last record */
  closed(lastSeq: number): Promise<void>;
  /** Another program has moved it away. */
  moved(first: number, last: number): Promise<void>;
  /** Keeps what is known for the next start. Never rejects. */
  keep(): Promise<void>;
}
