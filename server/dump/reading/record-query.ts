import type { DumpRecord } from '../format/record-format.js';

/** Which way records are read. */
export type RecordOrder = 'newest' | 'oldest';

/** Which records are wanted. Every bound is exclusive; a bound or filter that is not there refuses nothing. */
export interface RecordQuery {
  readonly order: RecordOrder;
  readonly afterSeq?: number;
  readonly beforeSeq?: number;
  /** Milliseconds since 1970, by the server's clock; a fraction where the time asked for is finer than records are. */
  readonly afterAt?: number;
  readonly beforeAt?: number;
  /** The name as it is stored. */
  readonly user?: string;
  readonly topic?: string;
  /** Stands in the message's text, or in the compact JSON text of a message that is no string. */
  readonly contains?: string;
}

/** Between which numbers and times, all exclusive, a query's records are. */
export interface Bounds {
  readonly afterSeq: number;
  readonly beforeSeq: number;
  readonly afterAt: number;
  readonly beforeAt: number;
}

/** A query's bounds, with infinity where there is none. */
export function boundsOf(query: RecordQuery): Bounds {
  return {
    afterSeq: query.afterSeq ?? 0,
    beforeSeq: query.beforeSeq ?? Infinity,
    afterAt: query.afterAt ?? -Infinity,
    beforeAt: query.beforeAt ?? Infinity,
  };
}

/** Whether a record is wanted. This is the rule; whatever is faster only leaves out what this would refuse. */
export function isWanted(query: RecordQuery, bounds: Bounds, record: DumpRecord): boolean {
  if (!isNumberBetween(record.seq, bounds)) return false;
  if (query.user !== undefined && record.user !== query.user) return false;
  if (query.topic !== undefined && record.topic !== query.topic) return false;
  if (!isBetween(Date.parse(record.at), bounds)) return false;
  return query.contains === undefined || textOf(record).includes(query.contains);
}

/** Whether a number is within a query's bounds. */
export function isNumberBetween(seq: number, { afterSeq, beforeSeq }: Bounds): boolean {
  return seq > afterSeq && seq < beforeSeq;
}

/** Whether a time, in milliseconds since 1970, is within a query's bounds. */
export function isBetween(at: number, { afterAt, beforeAt }: Bounds): boolean {
  return at > afterAt && at < beforeAt;
}

function textOf({ message }: DumpRecord): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/** Which of two numbers is further on in an order. A damaged dump may have numbers that go back; reading never does. */
export function further(order: RecordOrder, one: number, other: number): number {
  return order === 'newest' ? Math.min(one, other) : Math.max(one, other);
}
