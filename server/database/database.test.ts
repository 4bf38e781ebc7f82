import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import LibSql from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openNewDatabase } from '../tests/support/new-database.js';
import { openDatabase, type Database } from './database.js';
import { runMigrations } from './schema-engine.js';
import { codeOf } from '../tests/support/code-of.js';

const PRISMA = fileURLToPath(new URL('../../prisma/', import.meta.url));

let folder = '';
let path = '';
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-database-'));
  path = join(folder, 'gatherd.db');
  database = await openNewDatabase(path);
});

afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const TIMES = { createdAt: new Date(0), updatedAt: new Date(0), nameSince: new Date(0) };

function insertUser(id: string = randomUUID(), name = id): Promise<unknown> {
  return database.write(({ user }) => user.create({ data: { id, name, nameKey: id, ...TIMES } }));
}

/** As `sqlite3` in another terminal would. */
function lockFromOutside(): Disposable {
  const outside = new LibSql(path);
  outside.exec('BEGIN IMMEDIATE');
  return {
    [Symbol.dispose]: () => {
      outside.close();
    },
  };
}

test('a write waits for another program that writes for a moment, and holds nothing else up', async () => {
  const lock = lockFromOutside();
  const written = codeOf(insertUser());
  // Let go in this thread: a write that kept it meanwhile would wait in vain.
  await sleep(100);
  lock[Symbol.dispose]();
  expect(await written).toBeUndefined();
});

test('what is deleted is overwritten, by whatever connection', async () => {
  const isOn = async () => {
    const [row] = await database.client.$queryRawUnsafe<Record<string, unknown>[]>('PRAGMA secure_delete');
    return Number(Object.values(row ?? {})[0]);
  };
  expect(await isOn()).toBe(1);
  await database.client.$transaction([database.client.user.count()]);
  expect(await isOn()).toBe(1);
  const lock = lockFromOutside();
  const written = codeOf(insertUser());
  await sleep(10);
  lock[Symbol.dispose]();
  expect(await written).toBeUndefined();
  expect(await isOn()).toBe(1);
});

test('a write that failed makes the database unhealthy until a write works again', async () => {
  expect(await database.isHealthy()).toBe(true);
  const lock = lockFromOutside();
  expect(await codeOf(insertUser())).toBe('database.unavailable');
  // Reads work all the time.
  expect(await database.read(({ user }) => user.count())).toBe(0);
  expect(await database.isHealthy()).toBe(false);
  lock[Symbol.dispose]();
  expect(await database.isHealthy()).toBe(true);
});

test('what is written after a locked database is committed, and leaves no lock behind', async () => {
  const lock = lockFromOutside();
  expect(await codeOf(insertUser())).toBe('database.unavailable');
  lock[Symbol.dispose]();
  await insertUser();
  const outside = new LibSql(path);
  expect(outside.prepare('SELECT count(*) AS users FROM "User"').get()).toMatchObject({ users: 1 });
  outside.exec('BEGIN IMMEDIATE; ROLLBACK');
  outside.close();
});

test('a full disk is told from other failures', async () => {
  await database.client.$queryRawUnsafe('PRAGMA max_page_count = 1');
  const fill = async () => {
    for (let count = 0; count < 20; count += 1) await insertUser(randomUUID(), 'x'.repeat(4000));
  };
  expect(await codeOf(fill())).toBe('database.disk_full');
});

test('a key that is taken is no failure', async () => {
  const data = { id: 'dale', name: 'dale', nameKey: 'dale', ...TIMES };
  expect(await database.insertIfFree(({ user }) => user.create({ data }))).toBe(true);
  expect(await database.insertIfFree(({ user }) => user.create({ data }))).toBe(false);
});

test('what belongs to nobody is not written, and that is no failure', async () => {
  const place = { address: '::1', isOpen: true, identifiedAt: new Date(0) };
  const insertPlace = (userId: string) =>
    database.writeIfOwned(({ endpoint }) => endpoint.create({ data: { userId, ...place } }));
  expect(await insertPlace('dale')).toBe(false);
  // A probe would not get past the lock: reads are all that is tried.
  const lock = lockFromOutside();
  expect(await database.isHealthy()).toBe(true);
  lock[Symbol.dispose]();
  await insertUser('dale');
  expect(await insertPlace('dale')).toBe(true);
  expect(await codeOf(insertPlace('dale'))).toBe('database.unavailable');
});

test('what belongs to a user goes with the user', async () => {
  await insertUser('dale');
  await database.write(({ endpoint }) =>
    endpoint.create({ data: { userId: 'dale', address: '::1', isOpen: true, identifiedAt: new Date(0) } }),
  );
  await database.write(({ user }) => user.deleteMany({ where: { id: 'dale' } }));
  expect(await database.read(({ endpoint }) => endpoint.count())).toBe(0);
});

test('no commit is synced in this thread, also after a transaction', async () => {
  for (let round = 0; round < 2; round += 1) {
    await insertUser();
    // 1 is NORMAL.
    expect(await database.client.$queryRawUnsafe('PRAGMA synchronous')).toEqual([{ synchronous: 1 }]);
    await database.write((client) => client.$transaction([client.user.deleteMany()]));
  }
});

test('a database is opened while another program writes to it for a moment', async () => {
  const lock = lockFromOutside();
  const opened = openDatabase(path);
  await sleep(300);
  lock[Symbol.dispose]();
  await using again = await opened;
  expect(await again.isHealthy()).toBe(true);
});

test('what a database has from before the accounts goes on: nobody is logged out, and nobody forgotten', async () => {
  const old = join(folder, 'old');
  const [first = ''] = (await readdir(join(PRISMA, 'migrations'))).sort();
  await cp(join(PRISMA, 'migrations', first), join(old, 'migrations', first), { recursive: true });
  await cp(join(PRISMA, 'migrations', 'migration_lock.toml'), join(old, 'migrations', 'migration_lock.toml'));
  await cp(join(PRISMA, 'schema.prisma'), join(old, 'schema.prisma'));
  const oldPath = join(folder, 'old.db');
  await runMigrations(`file:${oldPath}`, old);
  const before = new LibSql(oldPath);
  before.exec(`
    INSERT INTO User VALUES ('1', 'Dale', 'dale', '$argon2id$', '127.0.0.1', '2026-11-20T00:00:00.000+00:00');
    INSERT INTO Endpoint VALUES ('1', '127.0.0.1', 1, '2026-11-20T00:00:00.000+00:00', NULL);
    INSERT INTO Session VALUES ('s', '1', '127.0.0.1', '2026-11-20T00:00:00.000+00:00', '2027-11-20T00:00:00.000+00:00');
  `);
  before.close();
  await using after = await openDatabase(oldPath);
  const createdAt = new Date('2026-11-20T00:00:00.000Z');
  expect(await after.client.user.findMany({ include: { sessions: true, endpoints: true } })).toMatchObject([
    {
      ...{
        id: '1',
        name: 'Dale',
        passwordHash: '$argon2id$',
        role: 'user',
        status: 'active',
        permissions: null,
      },
      ...{ createdAt, updatedAt: createdAt, nameSince: createdAt },
      sessions: [{ id: 's', kind: 'handshake', address: '127.0.0.1' }],
      endpoints: [{ address: '127.0.0.1', isOpen: true }],
    },
  ]);
});

test('calls that follow each other without a pause leave others their turns', async () => {
  let turns = 0;
  let isDone = false;
  const other = () => {
    turns += 1;
    if (!isDone) setImmediate(other);
  };
  setImmediate(other);
  let reads = 0;
  const read = async () => {
    for (; turns <= 5 && reads < 1000; reads += 1) await database.read(({ user }) => user.count());
  };
  await Promise.all([read(), read()]);
  isDone = true;
  expect(turns).toBeGreaterThan(5);
});
