import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRISMA_FOLDER } from '../built-files.js';
import { DatabaseAdapter } from './database-adapter.js';
import { isBusy, isForeignKeyViolation, isUniqueViolation, toAppError } from './database-error.js';
import { PrismaClient } from './generated/client.js';
import { LoopTurns } from '../net/loop-turns.js';
import { WalSync } from './wal-sync.js';

export type { PrismaClient };

const BUSY_FOR_MS = 2000;
const BUSY_PAUSE_MS = 25;

/** The database: every call goes through it, which tells its failures apart and knows whether it works. */
export class Database implements AsyncDisposable {
  readonly client: PrismaClient;
  readonly #turns = new LoopTurns();
  readonly #writes = new Set<Promise<unknown>>();
  #isFailing = false;

  readonly #wal: Pick<WalSync, 'sync'> | undefined;

  /** @param wal - makes durable what was written; without it that is left to SQLite */
  constructor(client: PrismaClient, wal?: Pick<WalSync, 'sync'>) {
    this.client = client;
    this.#wal = wal;
  }

  /** Reads. @throws AppError `database.…` */
  async read<Result>(call: (client: PrismaClient) => PromiseLike<Result>): Promise<Result> {
    try {
      return await this.#inTurn(call);
    } catch (error) {
      throw toAppError(error);
    }
  }

  /** Writes, as one statement; resolves when that is durable. @throws AppError `database.…` */
  async write<Result>(call: (client: PrismaClient) => PromiseLike<Result>): Promise<Result> {
    const written = this.#writeDurably(call);
    this.#writes.add(written);
    try {
      const result = await written;
      this.#isFailing = false;
      return result;
    } catch (error) {
      // A key that does not fit is refused by a database that works.
      this.#isFailing = !isUniqueViolation(error) && !isForeignKeyViolation(error);
      throw toAppError(error);
    } finally {
      this.#writes.delete(written);
    }
  }

  async #writeDurably<Result>(call: (client: PrismaClient) => PromiseLike<Result>): Promise<Result> {
    const result = await this.#inTurn(call);
    await this.#wal?.sync();
    return result;
  }

  /** Resolves when every write that has begun is done, or has failed. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#writes);
  }

  /** Inserts; answers whether that was made, that is, whether its keys were free. @throws AppError `database.…` */
  async insertIfFree(insert: (client: PrismaClient) => PromiseLike<unknown>): Promise<boolean> {
    try {
      await this.write(insert);
      return true;
    } catch (error) {
      if (isUniqueViolation((error as Error).cause)) return false;
      throw error;
    }
  }

  /** Writes what belongs to a row; answers whether that row is there. @throws AppError `database.…` */
  async writeIfOwned(write: (client: PrismaClient) => PromiseLike<unknown>): Promise<boolean> {
    try {
      await this.write(write);
      return true;
    } catch (error) {
      if (isForeignKeyViolation((error as Error).cause)) return false;
      throw error;
    }
  }

  /** Whether reads work, and writes too: after one that failed a small one is tried. */
  async isHealthy(): Promise<boolean> {
    // Written to the file even where it is what it was.
    const probe = this.#isFailing ? 'PRAGMA user_version = 0' : 'SELECT 1';
    try {
      await this.client.$queryRawUnsafe(probe);
      this.#isFailing = false;
      return true;
    } catch {
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.$disconnect();
  }

  #inTurn<Result>(call: (client: PrismaClient) => PromiseLike<Result>): Promise<Result> {
    return this.#turns.run(() => whileBusy(() => call(this.client)));
  }
}

/**
 * Opens an SQLite database, makes it if there is none, and applies the migrations that it lacks.
 *
 * SQLite's own defaults, as libsql is built, are what is needed: foreign keys are enforced.
 *
 * @param path - the file
 */
export async function openDatabase(path: string): Promise<Database> {
  const url = `file:${path}`;
  const client = new PrismaClient({ adapter: new DatabaseAdapter({ url }) });
  await whileBusy(() => client.$queryRawUnsafe('PRAGMA journal_mode = WAL'));
  if (await lacksMigrations(client)) {
    // Only here, because the engine takes more memory than the rest of the server.
    const { runMigrations } = await import('./schema-engine.js');
    await runMigrations(url, PRISMA_FOLDER);
  }
  return new Database(client, new WalSync(path));
}

/**
 * Tries again for two seconds while another program has the database locked. SQLite could wait by itself
 * (`busy_timeout`), but libsql would do it in this thread, and every message with it.
 */
async function whileBusy<Result>(call: () => PromiseLike<Result>): Promise<Result> {
  const until = performance.now() + BUSY_FOR_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
      await sleep(BUSY_PAUSE_MS);
    }
  }
}

async function lacksMigrations(client: PrismaClient): Promise<boolean> {
  const applied = await appliedMigrations(client);
  const entries = await readdir(join(PRISMA_FOLDER, 'migrations'), { withFileTypes: true });
  return entries.some((entry) => entry.isDirectory() && !applied.has(entry.name));
}

async function appliedMigrations(client: PrismaClient): Promise<ReadonlySet<string>> {
  const tables = await client.$queryRawUnsafe<unknown[]>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name = '_prisma_migrations'`,
  );
  if (tables.length === 0) return new Set();
  const rows = await client.$queryRawUnsafe<{ migration_name: string }[]>(
    'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL',
  );
  return new Set(rows.map((row) => row.migration_name));
}
