import {
  checkedRecord,
  jsonLiteral,
  type Batch,
  type DumpRecord,
  type RecordFormat,
} from './record-format.js';

const COLUMNS = ['timestamp', 'username', 'message', 'seq', 'endpoint'] as const;

/**
 * RFC 4180 with a header and LF line ends. A text that is not plain (contract 1, "The dump file") stands as its JSON
 * string literal: it begins with a quote, which no plain text does, so the two cannot be mistaken for each other.
 */
export const csvFormat: RecordFormat = {
  fileName: 'dump.csv',
  header: `${COLUMNS.join(',')}\n`,
  encode: encodeCsv,
  decode: decodeCsv,
};

// Control characters, lone surrogates, quotes and the Unicode line separators; and what a spreadsheet could take for
// the beginning of a formula: the full-width signs too, behind white space or invisible characters, and at the
// beginning of what is a cell where the spreadsheet's own separator is another one.
const NOT_PLAIN = /[\p{Cc}\p{Cs}"\u2028\u2029]|(?:^|[;|])[\s\p{Cf}]*[=+\-@{\uff1d\uff0b\uff0d\uff20]/u;

function encodeCsv(batch: Batch, firstSeq: number, at: string): string {
  const user = cell(batch.user);
  const endpoint = cell(batch.endpoint);
  let lines = '';
  let seq = firstSeq;
  for (const message of batch.messages) {
    lines += `${at},${user},${cell(message)},${String(seq)},${endpoint}\n`;
    seq += 1;
  }
  return lines;
}

function cell(text: string): string {
  const written = NOT_PLAIN.test(text) ? literal(text) : text;
  return /[",]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written;
}

// A separator in an escape is none.
function literal(text: string): string {
  return jsonLiteral(text).replaceAll(';', '\\u003b').replaceAll('|', '\\u007c');
}

function decodeCsv(line: string): DumpRecord | undefined {
  // A control character only stands in a JSON string literal: this is a hole.
  if (line.includes('\0')) return undefined;
  const cells = splitCells(line);
  if (cells?.length !== COLUMNS.length) return undefined;
  const [at = '', user = '', message = '', seq = '', endpoint = ''] = cells;
  if (!/^[1-9]\d*$/.test(seq)) return undefined;
  return checkedRecord(Number(seq), at, plainText(user), plainText(endpoint), plainText(message));
}

// Not by a regular expression, whose stack a cell of some megabytes overflows.
function splitCells(line: string): string[] | undefined {
  const cells: string[] = [];
  let start = 0;
  for (;;) {
    const isQuoted = line.startsWith('"', start);
    const end = isQuoted ? quotedEnd(line, start) : plainEnd(line, start);
    if (end === undefined) return undefined;
    cells.push(isQuoted ? line.slice(start + 1, end - 1).replaceAll('""', '"') : line.slice(start, end));
    if (end === line.length) return cells;
    if (!line.startsWith(',', end)) return undefined;
    start = end + 1;
  }
}

// Behind the first quote that is not doubled.
function quotedEnd(line: string, start: number): number | undefined {
  for (let quote = line.indexOf('"', start + 1); quote !== -1; quote = line.indexOf('"', quote + 2)) {
    if (!line.startsWith('"', quote + 1)) return quote + 1;
  }
  return undefined;
}

function plainEnd(line: string, start: number): number | undefined {
  const comma = line.indexOf(',', start);
  const end = comma === -1 ? line.length : comma;
  return line.slice(start, end).includes('"') ? undefined : end;
}

function plainText(written: string): string | undefined {
  if (!written.startsWith('"')) return written;
  try {
    const text: unknown = JSON.parse(written);
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}
