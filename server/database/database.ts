import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrismaLibSql } from '@prisma/adapter-libsql';
import { PrismaClient } from './generated/client.js';

export type { PrismaClient };

/** The folder with the models and the migrations: beside the compiled server, and in the sources alike. */
const PRISMA_FOLDER = fileURLToPath(new URL('../../prisma/', import.meta.url));

/**
 * Opens an SQLite database, makes it if there is none, and applies the migrations that it lacks.
 *
 * @param path - the file
 */
export async function openDatabase(path: string): Promise<PrismaClient> {
  const url = `file:${path}`;
  const client = new PrismaClient({ adapter: new PrismaLibSql({ url }) });
  await client.$queryRawUnsafe('PRAGMA journal_mode = WAL');
  if (await lacksMigrations(client)) {
    // Only here, because the engine takes more memory than the rest of the server.
    const { runMigrations } = await import('./schema-engine.js');
    await runMigrations(url, PRISMA_FOLDER);
  }
  return client;
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
