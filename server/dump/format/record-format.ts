import type { JsonValue } from '../../../protocol/json-value.js';

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

/** Messages of one sender that are stored all or not at all. */
export interface Batch {
  readonly user: string;
  readonly endpoint: string;
  readonly messages: readonly string[];
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
  /** The lines of a batch, numbered from `firstSeq`, each with its line end. */
  encode(batch: Batch, firstSeq: number, at: string): string;
  /** The record in a line without its line end; undefined where there is none. */
  decode(line: string): DumpRecord | undefined;
}

const UNSAFE_IN_LINES = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * A text as a JSON string literal on one line: RFC 8259, with DEL, the C1 controls, the Unicode line separators and the
 * marks that turn the direction of text escaped too, since some readers end a line at them and terminals obey them.
 */
export function jsonLiteral(text: string): string {
  return JSON.stringify(text).replace(
    UNSAFE_IN_LINES,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const ISO_MILLISECONDS = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** A record made of parts that came from outside; undefined where one of them cannot be. */
export function checkedRecord(
  seq: unknown,
  at: unknown,
  user: unknown,
  endpoint: unknown,
  message: unknown,
): DumpRecord | undefined {
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  if (typeof at !== 'string' || !ISO_MILLISECONDS.test(at)) return undefined;
  if (typeof user !== 'string' || typeof endpoint !== 'string' || typeof message !== 'string')
    return undefined;
  return { seq, at, user, endpoint, message };
}
