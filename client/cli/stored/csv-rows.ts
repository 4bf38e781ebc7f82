import { stringify } from 'csv-stringify/sync';
import type { StoredRecord } from '../../../protocol/stored-messages.js';

const COLUMNS = [
  'timestamp',
  'username',
  'message',
  'seq',
  'endpoint',
  'topic',
  'time',
  'producer',
  'number',
] as const;

/** The first row of a CSV of stored messages: the columns are those of a dump in this format. */
export const CSV_HEADER = `${COLUMNS.join(',')}\n`;

// As in a dump: control characters, lone surrogates, quotes and line separators; and what a spreadsheet could take for the
// beginning of a formula, also behind what is white space or invisible, or behind its own separator.
const NOT_PLAIN = /[\p{Cc}\p{Cs}"\u2028\u2029]|(?:^|[;|])[\s\p{Cf}]*[=+\-@{\uff1d\uff0b\uff0d\uff20]/u;
const UNSAFE_IN_LINES = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069;|]/g;

/**
 * Stored messages as rows of CSV (RFC 4180, LF line ends), in the form of a dump: a text that a spreadsheet could take for
 * a formula, or that is not plain, stands as its JSON literal, and a message that is no text as `{"message":…}`.
 */
export function csvRows(messages: readonly StoredRecord[]): string {
  return stringify(messages.map(rowOf), { record_delimiter: '\n' });
}

function rowOf(record: StoredRecord): string[] {
  const { at, user, message, seq, endpoint, topic = '', time = '', producer = '', number } = record;
  const written = typeof message === 'string' ? safe(message) : oneLine(JSON.stringify({ message }));
  const numbering = number === undefined ? '' : String(number);
  const texts = [endpoint, topic, time, producer].map(safe);
  const [safeEndpoint = '', ...rest] = texts;
  return [safe(at), safe(user), written, String(seq), safeEndpoint, ...rest, numbering];
}

function safe(text: string): string {
  return NOT_PLAIN.test(text) ? oneLine(JSON.stringify(text)) : text;
}

// In JSON these stand in strings only, where an escape means the same.
function oneLine(json: string): string {
  return json.replace(
    UNSAFE_IN_LINES,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
