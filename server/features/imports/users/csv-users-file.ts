import { columnsOf, readCsv, type CsvRow } from '../files/csv-file.js';
import { UnusableFile, warnOfUntaken } from '../files/foreign-file.js';
import { storedForm } from './foreign-hash.js';
import {
  checkUserCount,
  FOREIGN_FIELDS,
  type DamagedUser,
  type ForeignPassword,
  type ForeignUser,
  type ForeignUsers,
} from './foreign-user.js';

const OWN_COLUMNS: ReadonlySet<string> = new Set(['username', 'password', 'password_hash']);

type Row = Readonly<Record<string, string>>;

/** Whether a text looks like a CSV of users: its first line names the column that every one has. */
export function looksLikeCsv(head: string): boolean {
  return columnsOf(head).includes('username');
}

/** Reads a CSV of users. @throws UnusableFile */
export async function readCsvUsers(content: Buffer): Promise<ForeignUsers> {
  const { columns, rows } = readCsv(content);
  if (!columns.includes('username')) throw new UnusableFile('its first line names no column username');
  const users: (ForeignUser | DamagedUser)[] = [];
  for await (const row of rows) {
    users.push(readRow(row));
    checkUserCount(users.length);
  }
  const untaken = columns.filter((name) => !FOREIGN_FIELDS.has(name) && !OWN_COLUMNS.has(name));
  return { format: 'csv', users, warnings: warnOfUntaken(untaken) };
}

function readRow(read: CsvRow): ForeignUser | DamagedUser {
  const { row } = read;
  if ('damage' in read) return { row, name: undefined, damage: read.damage };
  const record: Row = read.values;
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
