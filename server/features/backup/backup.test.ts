import { randomBytes } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../config/setting-kinds.js';
import { claimDataDirectory, type DataDirectory } from '../../data-directory/claim-data-directory.js';
import { openDatabase, type Database } from '../../database/database.js';
import { createKey } from '../../keys/key-file.js';
import type { KeyRing } from '../../keys/key-ring.js';
import { openKeyRing } from '../../keys/open-key-ring.js';
import { createPrismaDataKeyStore } from '../../keys/prisma-data-key-store.js';
import { codeOf } from '../../tests/support/code-of.js';
import { openNewDatabase } from '../../tests/support/new-database.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { createPrismaUserStore } from '../accounts/prisma-user-store.js';
import type { User, UserStore } from '../accounts/user-store.js';
import type { AuditEvent } from '../audit/audit-service.js';
import { createBackupService, type BackupService } from './backup-service.js';
import { restoreBackup } from './restore-backup.js';

const OPERATOR = { endpoint: 'local', door: 'operator' } as const;
const WITH_KEYS = { withKeys: true };
const MADE_AT = '2026-11-21T02:44:57.123Z';
const NOTES = ['dump.ndjson.last-seq', 'dump.ndjson.manifest'];
const ALL = ['backup.json', ...NOTES, 'gatherd.db', 'master.key', 'pepper.key', 'token.key'];
const THE_DUMP = 'the dump, whose files are copied by themselves';

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let directory: DataDirectory;
let database: Database;
let keys: KeyRing;
let users: UserStore;
let service: BackupService;
let events: AuditEvent[];
let dataDir = '';
let target = '';
let restored = '';

beforeEach(async () => {
  folder = await temporaryDirectory();
  dataDir = join(folder.path, 'data');
  target = join(folder.path, 'backups', 'monday');
  restored = join(folder.path, 'restored');
  directory = await claimDataDirectory(dataDir);
  database = await openNewDatabase(directory.file('gatherd.db'));
  for (const name of ['token.key', 'pepper.key']) await createKey(directory.file(name));
  for (const name of NOTES) await writeFile(directory.file(name), `${name}\n`);
  await openRing();
});

afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function openRing(given?: Secret): Promise<void> {
  keys = await ringOf(database, directory.file('master.key'), given);
  users = createPrismaUserStore(database, keys);
  events = [];
  service = createBackupService({
    directory,
    keys,
    audit: {
      append: (event) => {
        events.push(event);
        return Promise.resolve();
      },
    },
    keySettings: given === undefined ? [] : ['GATHERD_MASTER_KEY'],
    version: '1.2.3',
    clock: () => new Date(MADE_AT),
  });
}

function ringOf(on: Database, path: string, given?: Secret): Promise<KeyRing> {
  return openKeyRing({ given, path }, createPrismaDataKeyStore(on), () => new Date(0));
}

async function addUser(name: string): Promise<void> {
  const now = new Date(0);
  const user: User = {
    ...{ id: name, name, nameKey: name, nameSince: now, createdAt: now, updatedAt: now, lastLoginAt: null },
    ...{ passwordHash: null, oneTimeUntil: null, homeEndpoint: null, isCredential: false },
    ...{ role: 'user', status: 'active', permissions: null },
    email: `${name}@example.com`,
    profile: { texts: { city: 'Twin Peaks' }, metadata: { of: name } },
  };
  await users.insert(user);
  const session = { id: name, userId: name, address: '::1', issuedAt: now, expiresAt: now };
  await database.write((client) => client.session.create({ data: session }));
}

/** Users, opened, and sessions of a data directory that a server would start on. */
async function contentOf(path: string, given?: Secret) {
  await using opened = await openDatabase(join(path, 'gatherd.db'));
  const store = createPrismaUserStore(opened, await ringOf(opened, join(path, 'master.key'), given));
  const sessions = await opened.read(({ session }) => session.findMany({ orderBy: { id: 'asc' } }));
  const integrity = await opened.client.$queryRawUnsafe('PRAGMA integrity_check');
  return { users: await store.list({}, 10_000), sessions, integrity };
}

test('a restored backup has the same users, sessions and keys', async () => {
  for (const name of ['audrey', 'dale']) await addUser(name);
  const report = await service.backup(OPERATOR, target, WITH_KEYS);
  expect(report).toMatchObject({ path: target, madeAt: MADE_AT, lacks: [THE_DUMP] });
  expect((await readdir(target)).sort()).toEqual(ALL);
  const restore = await restoreBackup(target, restored);
  expect(restore).toMatchObject({ version: '1.2.3', madeAt: MADE_AT, kept: [], lacks: [THE_DUMP] });
  expect([...restore.restored].sort()).toEqual(ALL.slice(1));
  for (const name of ['token.key', 'pepper.key', 'master.key', ...NOTES])
    expect(await readFile(join(restored, name))).toEqual(await readFile(directory.file(name)));
  const content = await contentOf(restored);
  expect(content.users.map(({ email, profile }) => [email, profile.metadata])).toEqual([
    ['audrey@example.com', { of: 'audrey' }],
    ['dale@example.com', { of: 'dale' }],
  ]);
  expect(content).toEqual(await contentOf(dataDir));
});

test('a backup that is made while others write is of one moment', async () => {
  let written = 0;
  for (const name of ['one', 'two']) {
    const before = written;
    const progress = { isDone: false };
    const made = service
      .backup(OPERATOR, join(target, name), WITH_KEYS)
      .finally(() => (progress.isDone = true));
    for (; !progress.isDone; written += 1) {
      await addUser(`user${String(written)}`);
      // The database works in this thread, so nothing else would have a turn.
      await nextTurn();
    }
    await made;
    await restoreBackup(join(target, name), join(restored, name));
    const { users: found, sessions, integrity } = await contentOf(join(restored, name));
    expect(integrity).toEqual([{ integrity_check: 'ok' }]);
    // Users are written one after another, each one's session after the user.
    const names = Array.from({ length: found.length }, (_, index) => `user${String(index)}`);
    expect(found.map((user) => user.name).sort()).toEqual(names.sort());
    expect([0, 1]).toContain(found.length - sessions.length);
    expect(sessions.length).toBeGreaterThanOrEqual(before);
    expect(sessions.length).toBeLessThanOrEqual(written);
  }
});

test('the keys fit the database, although the master key is changed all the time', async () => {
  await addUser('dale');
  const changing = Array.from({ length: 6 }, () => keys.changeMasterKey(undefined));
  for (const name of ['one', 'two']) {
    await service.backup(OPERATOR, join(target, name), WITH_KEYS);
    await restoreBackup(join(target, name), join(restored, name));
    expect((await contentOf(join(restored, name))).users).toHaveLength(1);
  }
  await Promise.all(changing);
});

test.skipIf(process.platform === 'win32')(
  'a backup is its owner’s only, and so is what is restored',
  async () => {
    await service.backup(OPERATOR, target, WITH_KEYS);
    await restoreBackup(target, restored);
    for (const path of [target, restored]) {
      expect((await stat(path)).mode & 0o777).toBe(0o700);
      for (const name of ALL.slice(path === target ? 0 : 1))
        expect([name, (await stat(join(path, name))).mode & 0o777]).toEqual([name, 0o600]);
    }
  },
);

test('a backup stands in the audit log', async () => {
  await service.backup(OPERATOR, target, { withKeys: false });
  expect(events).toMatchObject([
    { action: 'backup.made', subject: { name: target }, details: { withKeys: false } },
  ]);
});

test('a backup without keys says so, and is restored beside them', async () => {
  await addUser('dale');
  const { lacks } = await service.backup(OPERATOR, target, { withKeys: false });
  const names = ['token.key', 'pepper.key', 'master.key'];
  expect(lacks).toEqual([...names.map((name) => `${name}, which was left out`), THE_DUMP]);
  expect((await readdir(target)).filter((name) => name.endsWith('.key'))).toEqual([]);
  await mkdir(restored);
  await cp(directory.file('master.key'), join(restored, 'master.key'));
  expect((await restoreBackup(target, restored)).lacks).toEqual(
    lacks.filter((lack) => !lack.startsWith('master')),
  );
  expect((await contentOf(restored)).users).toHaveLength(1);
});

test('without its master key a restored backup does not start, and is not made unusable by that', async () => {
  await addUser('dale');
  await service.backup(OPERATOR, target, { withKeys: false });
  await restoreBackup(target, restored);
  expect(await codeOf(contentOf(restored))).toBe('key.unusable');
  await cp(directory.file('master.key'), join(restored, 'master.key'));
  expect((await contentOf(restored)).users).toHaveLength(1);
});

test('a key that is a setting is named', async () => {
  const given = new Secret(randomBytes(32).toString('hex'));
  await keys.changeMasterKey(given);
  await openRing(given);
  const { lacks } = await service.backup(OPERATOR, target, WITH_KEYS);
  expect(lacks).toEqual(['GATHERD_MASTER_KEY, which is a setting', THE_DUMP]);
  await restoreBackup(target, restored);
  expect((await contentOf(restored, given)).users).toEqual([]);
});

describe('a backup is refused, and leaves nothing behind,', () => {
  test('where there is something already', async () => {
    await mkdir(target, { recursive: true });
    await service.backup(OPERATOR, target, WITH_KEYS);
    expect(await codeOf(service.backup(OPERATOR, target, WITH_KEYS))).toBe('backup.unusable');
    expect((await readdir(target)).sort()).toEqual(ALL);
    expect(await codeOf(service.backup(OPERATOR, join(target, 'backup.json'), WITH_KEYS))).toBe(
      'backup.unusable',
    );
    expect(await readdir(join(target, '..'))).toEqual(['monday']);
  });

  test('where a file cannot be read', async () => {
    await rm(directory.file('pepper.key'));
    await mkdir(directory.file('pepper.key'));
    expect(await codeOf(service.backup(OPERATOR, target, WITH_KEYS))).toBe('backup.unusable');
    expect(await readdir(join(target, '..'))).toEqual([]);
    expect(events).toEqual([]);
  });
});

describe('a restore is refused, and writes nothing,', () => {
  async function assertRefused(): Promise<void> {
    const before = await readdir(restored).catch(() => 'missing');
    expect(await codeOf(restoreBackup(target, restored))).toBe('backup.unusable');
    const after = await readdir(restored).catch(() => 'missing');
    expect(after).toEqual(before);
  }

  beforeEach(async () => {
    await service.backup(OPERATOR, target, WITH_KEYS);
  });

  test('where any file of the backup is damaged, cut short or missing', async () => {
    for (const name of ALL) {
      const whole = await readFile(join(target, name));
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(damaged.length >> 1) ^ 1, damaged.length >> 1);
      for (const content of [damaged, whole.subarray(0, -1 - (whole.length >> 1))]) {
        await writeFile(join(target, name), content);
        await assertRefused();
      }
      await rm(join(target, name));
      await assertRefused();
      await writeFile(join(target, name), whole);
    }
    await restoreBackup(target, restored);
  });

  test.each([
    (list: object) => ({ ...list, backup: 2 }),
    (list: object) => ({ ...list, files: [] }),
    (list: { files: object[] }) => ({ ...list, files: [...list.files, ...list.files] }),
    (list: { files: object[] }) => ({
      ...list,
      files: [...list.files, { name: '../data/token.key', bytes: 0, sha256: '0'.repeat(64) }],
    }),
    (list: object) => ({ ...list, more: true }),
  ])('where its list is not one that is made (%#)', async (change) => {
    const path = join(target, 'backup.json');
    const list = JSON.parse(await readFile(path, 'utf8')) as { files: object[] };
    await writeFile(path, JSON.stringify(change(list)));
    await assertRefused();
  });

  test('where there is no backup', async () => {
    target = join(folder.path, 'elsewhere');
    await assertRefused();
  });

  test.each(['gatherd.db', 'gatherd.db-wal', 'gatherd.db-journal'])('where there is %s', async (name) => {
    await mkdir(restored);
    await writeFile(join(restored, name), '');
    await assertRefused();
  });

  test.each(['token.key', 'pepper.key', 'master.key'])('where there is another %s', async (name) => {
    await (await claimDataDirectory(restored))[Symbol.asyncDispose]();
    await createKey(join(restored, name));
    await assertRefused();
  });

  test('where a server has the data directory', async () => {
    await using _claimed = await claimDataDirectory(restored);
    expect(await codeOf(restoreBackup(target, restored))).toBe('data_directory.in_use');
  });
});

test('a restore that was broken off is done again, and what a dump that is there says of itself stays', async () => {
  await service.backup(OPERATOR, target, WITH_KEYS);
  await mkdir(restored);
  await cp(directory.file('token.key'), join(restored, 'token.key'));
  await writeFile(join(restored, 'pepper.key.restoring'), 'half');
  await writeFile(join(restored, 'dump.ndjson.manifest'), 'a later one');
  const { kept } = await restoreBackup(target, restored);
  expect([...kept].sort()).toEqual(['dump.ndjson.manifest', 'token.key']);
  expect(await readFile(join(restored, 'dump.ndjson.manifest'), 'utf8')).toBe('a later one');
  expect((await readdir(restored)).filter((name) => name.endsWith('.restoring'))).toEqual([]);
});
