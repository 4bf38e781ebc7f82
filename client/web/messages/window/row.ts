import { messageText, type StoredRecord } from '../../../../protocol/stored-messages.js';

/** A line of the list. */
export type Row = RecordRow | GapRow;

/** A message. */
export interface RecordRow {
  readonly kind: 'record';
  /** Where it stands among all rows, and its key: the record's number. */
  readonly place: number;
  readonly record: StoredRecord;
  /** The beginning of the message on one line. */
  readonly preview: string;
  /** About how much memory it takes, in characters. */
  readonly weight: number;
}

/** Says that what was between two numbers is not to be had any more. */
export interface GapRow {
  readonly kind: 'gap';
  /** Just before the record that is behind it. */
  readonly place: number;
  readonly after: number;
  readonly before: number;
  readonly weight: number;
}

const PREVIEW_CHARACTERS = 500;
const FIELDS_WEIGHT = 300;

/** The row of a message. */
export function recordRow(record: StoredRecord): RecordRow {
  const text = messageText(record.message);
  return {
    kind: 'record',
    place: record.seq,
    record,
    preview: text.slice(0, PREVIEW_CHARACTERS),
    weight: text.length + FIELDS_WEIGHT,
  };
}

/** The row of a gap. */
export function gapRow({ after, before }: { readonly after: number; readonly before: number }): GapRow {
  return { kind: 'gap', place: before - 0.5, after, before, weight: FIELDS_WEIGHT };
}

/** The number of the last record that has been looked at with this row. */
export function reachedBy(row: Row): number {
  return row.kind === 'record' ? row.place : row.before - 1;
}
