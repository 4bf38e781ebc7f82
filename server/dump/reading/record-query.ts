import type { DumpRecord } from '../format/record-format.js';

/** Which way records are read. */
export type RecordOrder = 'newest' | 'oldest';

/** Which records are wanted. Every bound is exclusive; a bound or filter that is not there refuses nothing. */
export interface RecordQuery {
  readonly order: RecordOrder;
  readonly afterSeq?: number | undefined;
  readonly beforeSeq?: number | undefined;
  /** Milliseconds since 1970, by the server's clock; a fraction where the time asked for is finer than records are. */
  readonly afterAt?: number | undefined;
  readonly beforeAt?: number | undefined;
  /** The name as it is stored. */
  readonly user?: string | undefined;
  readonly topic?: string | undefined;
  /** Stands in the message's text, or in the compact JSON text of a message that is no string. */
  readonly contains?: string | undefined;
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
  if (!isNumberBetween(record.seq, bounds) || !isBetween(Date.parse(record.at), bounds)) return false;
  return isOfFilters(query, record);
}

/** Whether a message is one that a query's filters want, wherever it stands. */
export function isOfFilters(
  { user, topic, contains }: Pick<RecordQuery, 'user' | 'topic' | 'contains'>,
  message: Pick<DumpRecord, 'user' | 'message'> & { readonly topic?: string | undefined },
): boolean {
  if (user !== undefined && message.user !== user) return false;
  if (topic !== undefined && message.topic !== topic) return false;
  return contains === undefined || textOf(message).includes(contains);
}

/** Whether a number is within a query's bounds. */
export function isNumberBetween(seq: number, { afterSeq, beforeSeq }: Bounds): boolean {
  return seq > afterSeq && seq < beforeSeq;
}

/** Whether a time, in milliseconds since 1970, is within a query's bounds. */
export function isBetween(at: number, { afterAt, beforeAt }: Bounds): boolean {
  return at > afterAt && at < beforeAt;
}

function textOf({ message }: Pick<DumpRecord, 'message'>): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}

/** Which of two numbers is further on in an order. A damaged dump may have numbers that go back; reading never does. */
export function further(order: RecordOrder, one: number, other: number): number {
  return order === 'newest' ? Math.min(one, other) : Math.max(one, other);
}
