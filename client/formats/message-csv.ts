import { stringify } from 'csv-stringify/sync';
import { cellOfJson, cellOfText } from '../../protocol/csv-record.js';
import { lineSafeJson } from '../../protocol/line-safe.js';
import type { StoredRecord } from '../../protocol/stored-messages.js';

/**
 * Stored messages as rows of CSV (RFC 4180, LF line ends), in the form of a dump: a text that a spreadsheet could take for
 * a formula, or that is not plain, stands as its JSON literal, and a message that is no text as `{"message":…}`.
 */
export function csvRows(messages: readonly StoredRecord[]): string {
  return stringify(messages.map(rowOf), { record_delimiter: '\n' });
}

function rowOf(record: StoredRecord): string[] {
  const { at, user, message, seq, endpoint, topic = '', time = '', producer = '', number } = record;
  const numbering = number === undefined ? '' : String(number);
  const texts = [endpoint, topic, time, producer].map(cellOfText);
  return [cellOfText(at), cellOfText(user), messageCell(message), String(seq), ...texts, numbering];
}

function messageCell(message: StoredRecord['message']): string {
  return typeof message === 'string'
    ? cellOfText(message)
    : cellOfJson(lineSafeJson(JSON.stringify(message)));
}
