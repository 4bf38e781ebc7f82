import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { CsvError, parse, type Info } from 'csv-parse';
import { storedForm } from './foreign-hash.js';
import {
  checkUserCount,
  FOREIGN_FIELDS,
  UnusableFile,
  warnOfUntaken,
  type DamagedUser,
  type ForeignPassword,
  type ForeignUser,
  type ForeignUsers,
} from './foreign-user.js';

const OWN_COLUMNS: ReadonlySet<string> = new Set(['username', 'password', 'password_hash']);
const MOST_ROW_BYTES = 128 * 1024;
// Parsed in pieces, so that everything else gets its turn.
const PIECE_BYTES = 64 * 1024;

type Row = Readonly<Record<string, string>>;

/** Whether a text looks like a CSV of users: its first line names the column that every one has. */
export function looksLikeCsv(head: string): boolean {
  return columnsOf(firstLine(head)).includes('username');
}

/**
 * Reads a CSV (RFC 4180, in UTF-8) whose first line names the columns; `;` and tabs between them are understood too.
 *
 * @throws UnusableFile
 */
export async function readCsvUsers(content: Buffer): Promise<ForeignUsers> {
  if (!isUtf8(content)) throw new UnusableFile('it is not text in UTF-8');
  const header = firstLine(content.toString('utf8', 0, MOST_ROW_BYTES));
  const columns = columnsOf(header);
  checkColumns(columns);
  const users: (ForeignUser | DamagedUser)[] = [];
  for await (const { line, values } of rowsOf(content, delimiterOf(header))) {
    users.push(readRow(line, columns, values));
    checkUserCount(users.length);
  }
  const untaken = columns.filter((name) => !FOREIGN_FIELDS.has(name) && !OWN_COLUMNS.has(name));
  return { format: 'csv', users, warnings: warnOfUntaken(untaken) };
}

function firstLine(text: string): string {
  return /^\uFEFF?([^\r\n]*)/.exec(text)?.[1] ?? '';
}

// No column has a delimiter in its name: the one that is there is the one between them.
function delimiterOf(header: string): string {
  return [',', ';', '\t'].find((delimiter) => header.includes(delimiter)) ?? ',';
}

function columnsOf(header: string): readonly string[] {
  return header.split(delimiterOf(header)).map((name) =>
    name
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .toLowerCase(),
  );
}

function checkColumns(columns: readonly string[]): void {
  if (!columns.includes('username')) throw new UnusableFile('its first line names no column username');
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index);
  if (repeated !== undefined) throw new UnusableFile('its first line names a column twice');
}

async function* rowsOf(content: Buffer, delimiter: string) {
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
      yield { line: info.lines, values: record };
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

function readRow(
  row: number,
  columns: readonly string[],
  values: readonly string[],
): ForeignUser | DamagedUser {
  if (values.length !== columns.length) {
    const damage = `it has ${String(values.length)} fields, not ${String(columns.length)}`;
    return { row, name: undefined, damage };
  }
  const record: Row = Object.fromEntries(columns.map((name, index) => [name, values[index] ?? '']));
  const name = record['username']?.trim() ?? '';
  const password = passwordOf(record);
  if ('damage' in password) return { row, name, damage: password.damage };
  return { row, name, password, fields: { ...record, metadata: metadataOf(record) }, permissions: null };
}

function passwordOf(record: Row): ForeignPassword | { readonly damage: string } {
  const { password = '', password_hash: hash = '' } = record;
  if (password !== '' && hash !== '') return { damage: 'it has both a password and a password_hash' };
  if (password !== '') return { kind: 'plain', text: password };
  if (hash === '') return { kind: 'none' };
  const stored = storedForm(hash.trim());
  if (stored === undefined) return { damage: 'its password_hash is none that can be checked' };
  return { kind: 'stored', stored };
}

// What is no JSON stays a text, which is no metadata.
function metadataOf({ metadata = '' }: Row): unknown {
  try {
    return metadata === '' ? undefined : (JSON.parse(metadata) as unknown);
  } catch {
    return metadata;
  }
}
