import { messageText, type StoredRecord } from '../../../../protocol/stored-messages.js';

/** A line of the list. */
export type Row = RecordRow | GapRow;

/** A message, as much of it as the list shows. */
export interface RecordRow {
  readonly kind: 'record';
  /** Where it stands among all rows, and its key: the record's number. */
  readonly place: number;
  readonly at: string;
  readonly user: string;
  readonly topic: string | undefined;
  /** The beginning of the message on one line. */
  readonly preview: string;
  /** All of it; undefined where that is long: it is read again when it is looked at. */
  readonly whole: StoredRecord | undefined;
}

/** Says that what was between two numbers is not to be had any more. */
export interface GapRow {
  readonly kind: 'gap';
  /** Just before the record that is behind it. */
  readonly place: number;
  readonly after: number;
  readonly before: number;
}

const PREVIEW_CHARACTERS = 500;
/** Thousands of rows are held, so a row is small whatever was sent. */
const WHOLE_CHARACTERS = 1_000;

/** The row of a message. */
export function recordRow(record: StoredRecord): RecordRow {
  const { seq, at, user, topic, message } = record;
  const text = messageText(message);
  const isShort = text.length <= WHOLE_CHARACTERS;
  const preview = text.slice(0, PREVIEW_CHARACTERS);
  return {
    kind: 'record',
    place: seq,
    ...{ at, user, topic },
    preview: isShort ? preview : detached(preview),
    whole: isShort ? record : undefined,
  };
}

// A part of a text keeps the whole text in memory, unless it is made anew.
function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}

/** The row of a gap. */
export function gapRow({ after, before }: { readonly after: number; readonly before: number }): GapRow {
  return { kind: 'gap', place: before - 0.5, after, before };
}

/** The number of the last record that has been looked at with this row. */
export function reachedBy(row: Row): number {
  return row.kind === 'record' ? row.place : row.before - 1;
}
