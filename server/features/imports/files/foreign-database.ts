import { chmod, copyFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TextDecoder } from 'node:util';
import Database from 'libsql';
import { UnusableFile } from './foreign-file.js';

// What belongs to a SQLite database beside its file: what it has not yet taken over, and what it would take back.
const SUFFIXES = ['', '-wal', '-journal'] as const;
const MISSING = 'missing';
/** What the folder of a copy begins with; the process that made it comes next. */
const FOLDER = 'gatherd-import-';

/** A SQLite database of another system. All that is read of it are bytes: libsql ends the process at a text that is not UTF-8. */
export class ForeignDatabase implements AsyncDisposable {
  readonly #folder: string;
  readonly #database: Database.Database;
  readonly #decoder: TextDecoder;

  private constructor(folder: string, database: Database.Database) {
    this.#folder = folder;
    this.#database = database;
    const [row] = database.prepare('PRAGMA encoding').all() as { encoding: string }[];
    this.#decoder = new TextDecoder(row?.encoding ?? 'UTF-8', { fatal: true, ignoreBOM: true });
  }

  /**
   * Opens a copy: SQLite may write to what it opens, if only to take over what stands beside it. Copies of processes that were killed
   * are removed first.
   *
   * @throws UnusableFile where it changes meanwhile or is damaged; SQLite's errors
   */
  static async open(path: string): Promise<ForeignDatabase> {
    await removeAbandoned();
    const folder = await mkdtemp(join(tmpdir(), `${FOLDER}${String(process.pid)}-`));
    try {
      const copy = join(folder, 'copy.db');
      await copyUnchanged(path, copy);
      const database = new Database(copy);
      database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
      refuseDamaged(database);
      return new ForeignDatabase(folder, database);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Whether there is a table, no view, with these columns. @param table - in lower case */
  hasTable(table: string, columns: readonly string[]): boolean {
    const tables = this.#database
      .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND lower(name) = ?")
      .all(table);
    if (tables.length === 0) return false;
    const found = this.#database
      .prepare(`SELECT CAST(lower(name) AS BLOB) AS name FROM pragma_table_info('${table}')`)
      .all() as { name: ArrayBuffer }[];
    const names = new Set(found.map(({ name }) => this.text(Buffer.from(name))));
    return columns.every((column) => names.has(column));
  }

  /** How many rows a table has. @param atMost - further ones are not counted */
  count(table: string, atMost: number): number {
    const [row] = this.#database
      .prepare(`SELECT count(*) AS count FROM (SELECT 1 FROM "${table}" LIMIT ${String(atMost)})`)
      .all() as { count: number }[];
    return row?.count ?? 0;
  }

  /**
   * Some columns of the rows of a table, as bytes, a text in the database's encoding; null where there is nothing.
   *
   * @param limit - the most rows
   */
  *rows(table: string, columns: readonly string[], limit: number): Generator<readonly (Buffer | null)[]> {
    const selected = columns.map((column, index) => `CAST("${column}" AS BLOB) AS c${String(index)}`);
    const statement = this.#database.prepare(
      `SELECT ${selected.join(', ')} FROM "${table}" LIMIT ${String(limit)}`,
    );
    for (const row of statement.iterate() as Iterable<Record<string, ArrayBuffer | null>>) {
      yield columns.map((_, index) => {
        const value = row[`c${String(index)}`] ?? null;
        return value === null ? null : Buffer.from(value);
      });
    }
  }

  /** Bytes as the text that they are; undefined where they are none. */
  text(bytes: Buffer): string | undefined {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

// What a file lacks that was cut off, SQLite would read as empty rows.
function refuseDamaged(database: Database.Database): void {
  const [row] = database.prepare("SELECT quick_check = 'ok' AS isWhole FROM pragma_quick_check(1)").all() as {
    isWhole: number;
  }[];
  if (row?.isWhole !== 1) throw new UnusableFile('it is damaged, or not all of it is there: copy it anew');
}

// Whoever was killed could not do it; there is everything in them, in plain text.
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = /^gatherd-import-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    // Somebody else's is left to them.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function copyUnchanged(path: string, copy: string): Promise<void> {
  const before = await statesOf(path);
  for (const [index, suffix] of SUFFIXES.entries()) {
    if (before[index] === MISSING) continue;
    await copyFile(path + suffix, copy + suffix);
    // The mode is copied too.
    await chmod(copy + suffix, 0o600);
  }
  const after = await statesOf(path);
  if (before.join() !== after.join()) throw new UnusableFile('it changes: stop what writes to it first');
}

function statesOf(path: string): Promise<readonly string[]> {
  return Promise.all(
    SUFFIXES.map(async (suffix) => {
      const state = await stat(path + suffix).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      });
      return state === undefined ? MISSING : `${String(state.size)}@${String(state.mtimeMs)}`;
    }),
  );
}
