import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { CsvError, parse, type Info } from 'csv-parse';
import { csvDelimiter } from '../../../../protocol/csv-record.js';
import { UnusableFile } from './foreign-file.js';

const MOST_ROW_BYTES = 128 * 1024;
// Parsed in pieces, so that everything else gets its turn.
const PIECE_BYTES = 64 * 1024;

/** A row, told by the line where it ends. */
export type CsvRow =
  | { readonly row: number; readonly values: Readonly<Record<string, string>> }
  | { readonly row: number; readonly damage: string };

/** A CSV whose first line names the columns, in lower case. */
export interface CsvFile {
  readonly columns: readonly string[];
  /** @throws UnusableFile */
  readonly rows: AsyncIterable<CsvRow>;
}

/** The names of the columns that a text's first line has, in lower case. */
export function columnsOf(head: string): readonly string[] {
  const header = firstLine(head);
  return header.split(csvDelimiter(header)).map((name) =>
    name
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .trim()
      .toLowerCase(),
  );
}

/**
 * Reads a CSV (RFC 4180, in UTF-8) whose first line names the columns; `;` and tabs between them are understood too.
 *
 * @throws UnusableFile
 */
export function readCsv(content: Buffer): CsvFile {
  if (!isUtf8(content)) throw new UnusableFile('it is not text in UTF-8');
  const head = content.toString('utf8', 0, MOST_ROW_BYTES);
  const columns = columnsOf(head);
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index);
  if (repeated !== undefined) throw new UnusableFile('its first line names a column twice');
  return { columns, rows: rowsOf(content, columns, csvDelimiter(firstLine(head))) };
}

function firstLine(text: string): string {
  return /^\uFEFF?([^\r\n]*)/.exec(text)?.[1] ?? '';
}

async function* rowsOf(
  content: Buffer,
  columns: readonly string[],
  delimiter: string,
): AsyncGenerator<CsvRow> {
  const parser = Readable.from(piecesOf(content)).pipe(
    parse({
      bom: true,
      delimiter,
      from: 2,
      info: true,
      max_record_size: MOST_ROW_BYTES,
      relax_column_count: true,
      skip_empty_lines: true,
    }),
  );
  try {
    for await (const { info, record } of parser as AsyncIterable<{ info: Info; record: string[] }>) {
      yield rowOf(info.lines, columns, record);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    // Without the parser's message, which quotes what it read.
    throw new UnusableFile(`its line ${String(Number(error['lines']))} is no CSV (${error.code})`);
  }
}

function* piecesOf(content: Buffer): Generator<Buffer> {
  for (let start = 0; start < content.length; start += PIECE_BYTES) {
    yield content.subarray(start, start + PIECE_BYTES);
  }
}

function rowOf(row: number, columns: readonly string[], record: readonly string[]): CsvRow {
  if (record.length !== columns.length) {
    return { row, damage: `it has ${String(record.length)} fields, not ${String(columns.length)}` };
  }
  return { row, values: Object.fromEntries(columns.map((name, index) => [name, record[index] ?? ''])) };
}
