import type { JsonValue } from '../../../protocol/json-value.js';
import type { Batch } from '../message-log.js';
import type { LineBuffer } from './line-buffer.js';

/** One gathered message as it stands in the dump. */
export interface DumpRecord {
  /** Its place in the dump, counted from 1 without gaps. */
  readonly seq: number;
  /** When it was written: the server's clock, ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  /** The user's name as it was first written. */
  readonly user: string;
  /** The address it came from. */
  readonly endpoint: string;
  /** Mostly a text. */
  readonly message: JsonValue;
  /** 1 to 64 of `A-Za-z0-9._-`, where the sender gave one. */
  readonly topic?: string;
  /** The sender's own clock, where it gave one: RFC 3339. */
  readonly time?: string;
  /** The numbered stream that it belongs to, a UUID, and its number there. Both or neither. */
  readonly producer?: string;
  readonly number?: number;
}

/**
 * How records become lines and back. Each record is exactly one line, whatever its message holds, so that a line end
 * is a record's end and nothing that a sender writes can look like the start of another record.
 */
export interface RecordFormat {
  /** The dump's file name in the data directory. */
  readonly fileName: string;
  /** The first line of a new file with its line end, or an empty text. */
  readonly header: string;
  /** How many bytes a byte of a message's JSON becomes at most. */
  readonly growth: number;
  /** Puts in the lines of a batch, numbered from `firstSeq`, each with its line end; the first `skip` messages are left out. */
  encode(into: LineBuffer, batch: Batch, skip: number, firstSeq: number, at: string): void;
  /** The record in a line without its line end; undefined where there is none. */
  decode(line: string): DumpRecord | undefined;
}

/** The most bytes of a record beside its message, topic and time. */
export const MOST_BYTES_BESIDE = 1024;

const ISO_MILLISECONDS = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** The parts of a record as they come from outside. */
export type UncheckedRecord = Readonly<Partial<Record<keyof DumpRecord, unknown>>>;

/** A record made of parts that came from outside; undefined where one of them cannot be. */
export function checkedRecord(parts: UncheckedRecord): DumpRecord | undefined {
  const { seq, at, user, endpoint, message, topic, time, producer, number } = parts;
  if (!isNumber(seq) || !isTime(at) || message === undefined) return undefined;
  if (typeof user !== 'string' || typeof endpoint !== 'string') return undefined;
  if (![topic, time, producer].every(isOptionalText)) return undefined;
  if (producer === undefined ? number !== undefined : !isNumber(number)) return undefined;
  const given = Object.entries({ topic, time, producer, number }).filter(([, value]) => value !== undefined);
  return { seq, at, user, endpoint, message: message as JsonValue, ...Object.fromEntries(given) };
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && ISO_MILLISECONDS.test(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
