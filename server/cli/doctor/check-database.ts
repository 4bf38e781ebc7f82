import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type Database from 'libsql';
import { PRISMA_FOLDER } from '../../built-files.js';
import type { Settings } from '../../config/settings.js';
import type { WrappedKey } from '../../keys/data-key-store.js';
import { loadKey } from '../../keys/key-file.js';
import { masterKeysOf, sourceName } from '../../keys/master-key-source.js';
import { unwrapAll } from '../../keys/wrapped-keys.js';
import { openReadOnly } from '../open-read-only.js';
import { ok, problem, warning, type Finding } from './finding.js';

const MIGRATIONS = join(PRISMA_FOLDER, 'migrations');
const NO_ADMINISTRATOR = 'there is none: `gatherd admin create` makes one';

/** Looks at database and keys, also while a server runs. Nothing is written, made or migrated. */
export async function checkDatabase(settings: Settings): Promise<Finding[]> {
  const path = join(settings.dataDir, 'gatherd.db');
  if (!existsSync(path))
    return [ok('database', 'it is made at the first start'), ...noAdministrator(settings)];
  const database = openReadOnly(path);
  try {
    const migrations = await checkMigrations(database);
    const isCurrent = migrations.every(({ level }) => level === 'ok');
    return [
      ...checkIntegrity(database),
      ...migrations,
      ...(isCurrent ? await checkKeys(database, settings) : []),
      ...(isCurrent ? checkAdministrators(database, settings) : []),
    ];
  } catch (error) {
    return [problem('database', `${path} cannot be read: ${(error as Error).message}`)];
  } finally {
    database.close();
  }
}

function checkIntegrity(database: Database.Database): Finding[] {
  const rows = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
  const wrong = rows.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  if (wrong.length === 0) return [ok('database', 'it is whole')];
  return [problem('database', `it is damaged (${wrong[0] ?? ''}): restore a backup`)];
}

async function checkMigrations(database: Database.Database): Promise<Finding[]> {
  const known = new Set(
    database
      .prepare('SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL')
      .all()
      .map((row) => (row as { name: string }).name),
  );
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0)
    return [warning('migrations', `the next start applies ${missing.join(', ')}: make a backup before`)];
  if ([...known].some((name) => !names.includes(name)))
    return [problem('migrations', 'the database is of a newer gatherd than this one')];
  return [ok('migrations', 'all are applied')];
}

async function checkKeys(database: Database.Database, settings: Settings): Promise<Finding[]> {
  const file = (name: string) => join(settings.dataDir, name);
  const rows = database.prepare('SELECT id, purpose, wrapped FROM DataKey').all() as WrappedKey[];
  return [
    await checkMasterKey({ given: settings.masterKey, path: file('master.key') }, rows),
    settings.pepper === undefined
      ? await checkKeyFile('pepper', file('pepper.key'), hasPepperedPasswords(database))
      : ok('pepper', 'it is GATHERD_PEPPER'),
    await checkKeyFile('token key', file('token.key'), false),
  ];
}

async function checkMasterKey(source: Parameters<typeof masterKeysOf>[0], rows: readonly WrappedKey[]) {
  const name = sourceName(source);
  if (rows.length === 0) return ok('master key', 'nothing is encrypted yet');
  try {
    for (const { master } of await masterKeysOf(source))
      if ((await unwrapAll(master, rows)) !== undefined)
        return ok('master key', `${name} opens the data keys`);
    return problem(
      'master key',
      `${name} does not open the data keys: restore it, or the database of its time`,
    );
  } catch (error) {
    return problem('master key', (error as Error).message);
  }
}

async function checkKeyFile(about: string, path: string, isNeeded: boolean): Promise<Finding> {
  try {
    if ((await loadKey(path)) !== undefined) return ok(about, `${path} can be used`);
  } catch (error) {
    return problem(about, (error as Error).message);
  }
  return isNeeded
    ? problem(about, `${path} is missing: restore it, without it no password is right`)
    : ok(about, `${path} is made at the next start`);
}

function hasPepperedPasswords(database: Database.Database): boolean {
  return (
    database.prepare(`SELECT 1 FROM User WHERE passwordHash LIKE '$argon2id$%' LIMIT 1`).all().length > 0
  );
}

function checkAdministrators(database: Database.Database, settings: Settings): Finding[] {
  const [row] = database
    .prepare(
      `SELECT count(*) AS count FROM User WHERE status = 'active' AND passwordHash IS NOT NULL
       AND (permissions IS NULL AND role = 'admin' OR ' ' || permissions || ' ' LIKE '% users:manage %')`,
    )
    .all() as { count: number }[];
  const count = row?.count ?? 0;
  if (count === 0) return noAdministrator(settings);
  const found = ok('administrator', count === 1 ? 'there is one' : `there are ${String(count)}`);
  if (settings.adminPassword === undefined) return [found];
  return [found, warning('administrator', 'GATHERD_ADMIN_PASSWORD is not needed any more: remove it')];
}

function noAdministrator({ adminPassword }: Settings): Finding[] {
  if (adminPassword === undefined) return [problem('administrator', NO_ADMINISTRATOR)];
  return [warning('administrator', 'there is none: the next start makes admin from GATHERD_ADMIN_PASSWORD')];
}
