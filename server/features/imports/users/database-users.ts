import { setImmediate as nextTurn } from 'node:timers/promises';
import { ROLE_PERMISSIONS, type Permission } from '../../../../protocol/permissions.js';
import { pbkdf2Stored } from '../../../passwords/password-formats.js';
import { ForeignDatabase } from '../files/foreign-database.js';
import { UnusableFile } from '../files/foreign-file.js';
import { storedForm } from './foreign-hash.js';
import {
  checkUserCount,
  MAX_FOREIGN_USERS,
  type DamagedUser,
  type ForeignUser,
  type ForeignUsers,
} from './foreign-user.js';

type Cell = Buffer | null;
type ReadText = (cell: Cell) => string | undefined;
type ReadFields = Pick<ForeignUser, 'password' | 'permissions'> | { readonly damage: string };

/** A system that keeps its users in SQLite. */
interface DatabaseFormat {
  readonly table: string;
  /** The user name's first. */
  readonly columns: readonly string[];
  readonly read: (name: string, cells: readonly Cell[], textOf: ReadText) => ReadFields;
}

/** The formats that are SQLite databases. */
export type DatabaseFormatName = 'gatherer' | 'records';

// Contract 1, "States"; contract 3.
const FORMATS: Readonly<Record<DatabaseFormatName, DatabaseFormat>> = {
  gatherer: { table: 'users', columns: ['username', 'password_hash'], read: readGatherer },
  records: { table: 'user', columns: ['username', 'password', 'permissions'], read: readRecords },
};

const GATHERER_HASH_BYTES = 128;
const GATHERER_ROUNDS = 100_000;
// The order of the digits.
const RECORDS_PERMISSIONS = [
  'employees:get',
  'employees:add',
  'employees:update',
  'employees:delete',
] as const;
const ROWS_A_TURN = 500;

/**
 * Reads the users of the original gatherer's database or of the records server's `user.db`. Neither the file nor what
 * stands beside it is changed.
 *
 * @param wanted - where it is left out, the tables tell
 * @throws UnusableFile; SQLite's errors
 */
export async function readDatabaseUsers(path: string, wanted?: DatabaseFormatName): Promise<ForeignUsers> {
  const database = await ForeignDatabase.open(path);
  try {
    const format = wanted ?? formatOf(database);
    const { table, columns, read } = FORMATS[format];
    if (!database.hasTable(table, columns)) {
      throw new UnusableFile(`it has no table ${table} with the columns ${columns.join(', ')}`);
    }
    const users: (ForeignUser | DamagedUser)[] = [];
    for (const cells of database.rows(table, columns, MAX_FOREIGN_USERS + 1)) {
      users.push(readRow(users.length + 1, cells, database, read));
      checkUserCount(users.length);
      // SQLite is read in this thread: everything else gets its turn in between.
      if (users.length % ROWS_A_TURN === 0) await nextTurn();
    }
    return { format, users, warnings: [] };
  } finally {
    await database[Symbol.asyncDispose]();
  }
}

function formatOf(database: ForeignDatabase): DatabaseFormatName {
  const names = Object.keys(FORMATS) as DatabaseFormatName[];
  const [found, another] = names.filter((name) =>
    database.hasTable(FORMATS[name].table, FORMATS[name].columns),
  );
  if (found === undefined) throw new UnusableFile('it has none of the tables of users that are known');
  if (another !== undefined) throw new UnusableFile(`it is ${found} and ${another}: say which (--format)`);
  return found;
}

function readRow(
  row: number,
  cells: readonly Cell[],
  database: ForeignDatabase,
  read: DatabaseFormat['read'],
): ForeignUser | DamagedUser {
  const textOf: ReadText = (cell) => (cell === null ? undefined : database.text(cell));
  const [first = null, ...others] = cells;
  const name = textOf(first);
  if (name === undefined) return { row, name, damage: 'its user name is missing or no text' };
  const fields = read(name, others, textOf);
  if ('damage' in fields) return { row, name, damage: fields.damage };
  return { row, name, fields: {}, ...fields };
}

function readGatherer(name: string, [hash = null]: readonly Cell[]): ReadFields {
  if (hash === null) return { password: { kind: 'none' }, permissions: null };
  if (hash.length !== GATHERER_HASH_BYTES) {
    return {
      damage: `its password_hash has ${String(hash.length)} bytes, not ${String(GATHERER_HASH_BYTES)}`,
    };
  }
  const stored = pbkdf2Stored(GATHERER_ROUNDS, Buffer.from(name, 'utf8'), hash);
  return { password: { kind: 'stored', stored }, permissions: null };
}

function readRecords(
  _name: string,
  [hash = null, bits = null]: readonly Cell[],
  textOf: ReadText,
): ReadFields {
  const stored = storedForm(textOf(hash) ?? '');
  if (hash !== null && stored === undefined) return { damage: 'its password is no hash that can be checked' };
  const permissions = permissionsOf(bits === null ? '' : textOf(bits));
  if (permissions === undefined) return { damage: 'its permissions are not like 1,0,1,0' };
  return { password: stored === undefined ? { kind: 'none' } : { kind: 'stored', stored }, permissions };
}

// A user with any of them has these and what every user may do; one with none is like every user.
function permissionsOf(bits: string | undefined): readonly Permission[] | null | undefined {
  if (bits === '') return null;
  const digits = bits?.split(',').map((digit) => digit.trim()) ?? [];
  const isWhole = digits.length === RECORDS_PERMISSIONS.length;
  if (!isWhole || !digits.every((digit) => digit === '0' || digit === '1')) return undefined;
  const granted = RECORDS_PERMISSIONS.filter((_, index) => digits[index] === '1');
  return granted.length === 0 ? null : [...ROLE_PERMISSIONS.user, ...granted];
}
