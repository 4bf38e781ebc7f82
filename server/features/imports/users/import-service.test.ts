import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../../database/database.js';
import { openKeyRing } from '../../../keys/open-key-ring.js';
import { createPrismaDataKeyStore } from '../../../keys/prisma-data-key-store.js';
import {
  gathererHash,
  usersServiceUser,
  writeGathererDatabase,
  writeRecordsDatabase,
  writeUsersServiceFile,
} from '../../../tests/support/foreign-files.js';
import { openNewDatabase } from '../../../tests/support/new-database.js';
import { temporaryDirectory } from '../../../tests/support/temporary-directory.js';
import { TestClock } from '../../../tests/support/test-clock.js';
import { createAccountImportService } from '../../accounts/account-import-service.js';
import { createPrismaUserStore } from '../../accounts/prisma-user-store.js';
import type { User, UserStore } from '../../accounts/user-store.js';
import type { Actor, AuditEvent } from '../../audit/audit-service.js';
import { PasswordHasher } from '../../../passwords/password-hasher.js';
import { showImport } from './import-report.js';
import { createImportService, type ImportOptions, type ImportService } from './import-service.js';
import { usersIn } from '../../../tests/support/users-in.js';

const OPERATOR: Actor = { endpoint: 'local', door: 'operator' };
const ALL: ImportOptions = { keepRoles: false, skipConflicts: false };
const clock = new TestClock();
const hasher = new PasswordHasher(Buffer.from('a pepper for tests'));

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let path = '';
let database: Database;
let store: UserStore;
let events: AuditEvent[] = [];
let imports: ImportService;

beforeEach(async () => {
  folder = await temporaryDirectory();
  path = join(folder.path, 'users');
  database = await openNewDatabase(join(folder.path, 'gatherd.db'));
  const source = { given: undefined, path: join(folder.path, 'master.key') };
  const keys = await openKeyRing(source, createPrismaDataKeyStore(database), clock.now);
  store = createPrismaUserStore(database, keys);
  events = [];
  imports = createWith(store);
});

afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function createWith(users: UserStore): ImportService {
  const audit = {
    append: (event: AuditEvent) => {
      events.push(event);
      return Promise.resolve();
    },
  };
  return createImportService({
    accounts: createAccountImportService(users),
    hasher,
    audit,
    clock: clock.now,
    newId: randomUUID,
  });
}

async function found(nameKey: string): Promise<User> {
  const user = await store.findByNameKey(nameKey);
  if (user === undefined) throw new Error(`there is no user ${nameKey}`);
  return user;
}

async function count(): Promise<number> {
  return (await usersIn(store)).length;
}

async function expectOldPassword(nameKey: string, password: string): Promise<void> {
  const { passwordHash } = await found(nameKey);
  expect(await hasher.check(passwordHash ?? '', password)).toEqual({ isRight: true, isOutdated: true });
}

async function importCsv(lines: readonly string[], options: Partial<ImportOptions> = {}) {
  await writeFile(path, lines.join('\n'));
  return imports.apply({ path }, { ...ALL, ...options }, OPERATOR);
}

describe('an import from the users service', () => {
  const profile = {
    full_name: 'Dale Cooper',
    phone: 5551234,
    address: '',
    metadata: { badge: 'FBI' },
    created_at: '2024-02-03T04:05:06.789012',
    updated_at: '2025-02-03 04:05:06+02:00',
    last_login: 1_750_000_000.5,
  };

  test('takes everything, and the old password is right', async () => {
    const dale = usersServiceUser('damn fine', { email: ' Dale@Example.org ', ...profile });
    await writeUsersServiceFile(path, { dale });
    const report = await imports.apply({ path }, ALL, OPERATOR);
    expect(report).toMatchObject({
      isApplied: true,
      imported: 1,
      counts: { found: 1, wouldAdd: 1, conflicts: 0 },
      wouldAdd: [{ row: 1, name: 'dale', role: 'user', status: 'active', notes: [] }],
    });
    expect(await found('dale')).toMatchObject({
      name: 'dale',
      email: 'Dale@Example.org',
      role: 'user',
      status: 'active',
      permissions: null,
      homeEndpoint: null,
      isCredential: false,
      profile: { texts: { full_name: 'Dale Cooper', phone: '5551234' }, metadata: { badge: 'FBI' } },
      createdAt: new Date('2024-02-03T04:05:06.789Z'),
      updatedAt: new Date('2025-02-03T02:05:06Z'),
      lastLoginAt: new Date(1_750_000_000_500),
      // What an earlier bearer of the name sent here is not its own.
      nameSince: clock.now(),
    });
    await expectOldPassword('dale', 'damn fine');
  });

  test('makes everybody a user, unless roles are kept; who has a known default password is inactive', async () => {
    await writeUsersServiceFile(path, {
      admin: usersServiceUser('admin123', { role: 'admin', status: 'active' }),
      chief: usersServiceUser('x', { role: 'Moderator' }),
      gone: usersServiceUser('admin123', { status: 'suspended', role: 'king' }),
    });
    const [without, kept] = [
      await imports.plan({ path }, { keepRoles: false }),
      await imports.plan({ path }, { keepRoles: true }),
    ];
    const inactive =
      'has a default password that everybody knows: arrives inactive and without it, an administrator has to make one';
    expect(without.wouldAdd).toMatchObject([
      { name: 'admin', role: 'user', status: 'inactive', notes: ['was admin: becomes user', inactive] },
      { name: 'chief', role: 'user', status: 'active', notes: ['was moderator: becomes user'] },
      {
        name: 'gone',
        role: 'user',
        status: 'suspended',
        notes: ['its role is unknown: becomes user', expect.any(String)],
      },
    ]);
    expect(kept.wouldAdd).toMatchObject([
      { name: 'admin', role: 'admin', status: 'inactive', notes: [inactive] },
      { name: 'chief', role: 'moderator', status: 'active', notes: [] },
      { name: 'gone', role: 'user', status: 'suspended' },
    ]);
    expect(await count()).toBe(0);
    await imports.apply({ path }, { ...ALL, keepRoles: true }, OPERATOR);
    expect(await found('admin')).toMatchObject({ role: 'admin', status: 'inactive' });
  });

  test('leaves out what is not possible here, and says so', async () => {
    await writeUsersServiceFile(path, {
      dale: {
        email: 'no address',
        city: 'x'.repeat(101),
        notes: ['a list'],
        metadata: 'a text',
        status: 'asleep',
        created_at: '2999-01-01',
        last_login: 'yesterday',
      },
    });
    await imports.apply({ path }, ALL, OPERATOR);
    const dale = await found('dale');
    expect(dale).toMatchObject({
      email: null,
      status: 'inactive',
      lastLoginAt: null,
      createdAt: clock.now(),
    });
    expect(dale.profile).toEqual({ texts: {}, metadata: {} });
  });

  test('notes what it leaves out', async () => {
    await writeUsersServiceFile(path, {
      dale: { email: 'x', city: 'x'.repeat(101), created_at: '1.1.2024' },
    });
    const { wouldAdd } = await imports.plan({ path }, ALL);
    expect(wouldAdd[0]?.notes).toEqual([
      'has no password: an administrator has to make one',
      'created_at is left out: it is no time in the past',
      'email is left out: it must be an e-mail address of at most 254 characters',
      'city is left out: it must be a text of at most 100 characters',
    ]);
  });
});

describe('an import from databases', () => {
  test('of the original gatherer has users who log in with their old passwords', async () => {
    writeGathererDatabase(path, [
      { username: 'Dale', hash: gathererHash('Dale', 'damn fine') },
      { username: 'new', hash: null },
    ]);
    await imports.apply({ path }, ALL, OPERATOR);
    await expectOldPassword('dale', 'damn fine');
    // No endpoint may give it its first password.
    expect(await found('new')).toMatchObject({ passwordHash: null, homeEndpoint: null });
  });

  test('of the records server has their permissions', async () => {
    const hash = await bcryptHash('damn fine', 4);
    writeRecordsDatabase(path, [
      ['dale', hash, '0,0,0,1'],
      ['harry', hash, '0,0,0,0'],
    ]);
    await imports.apply({ path }, { ...ALL, keepRoles: true }, OPERATOR);
    await expectOldPassword('dale', 'damn fine');
    expect((await found('dale')).permissions).toEqual(['messages:write', 'chat', 'employees:delete']);
    expect((await found('harry')).permissions).toBeNull();
  });
});

describe('an import from a CSV', () => {
  test('hashes the passwords in it', async () => {
    await importCsv(['username,password,role', 'dale,damn fine,admin', 'audrey,admin123,']);
    const { passwordHash, role } = await found('dale');
    expect(passwordHash).toMatch(/^\$argon2id\$/);
    expect(await hasher.check(passwordHash ?? '', 'damn fine')).toEqual({ isRight: true, isOutdated: false });
    expect(role).toBe('user');
    expect((await found('audrey')).status).toBe('inactive');
  });

  test('tells what cannot be imported, and imports nothing', async () => {
    const report = await importCsv([
      'username,email,password',
      'dale,,damn fine',
      'd le,,x',
      ',,x',
      `${'x'.repeat(100)},,x`,
      `long,,${'x'.repeat(129)}`,
      'few',
    ]);
    const rule = 'the user name must be 1 to 32 letters, digits or marks of any script, or . _ - @ +';
    expect(report).toMatchObject({ isApplied: false, imported: 0 });
    expect(report.conflicts).toEqual([
      { row: 3, name: 'd le', reason: rule },
      { row: 4, name: '', reason: rule },
      { row: 5, name: 'x'.repeat(64), reason: rule },
      { row: 6, name: 'long', reason: 'the password must be 1 to 128 characters' },
      { row: 7, name: null, reason: 'it has 1 fields, not 3' },
    ]);
    expect(await count()).toBe(0);
    expect(events).toEqual([]);
  });

  test('leaves out users that a login could not tell apart, if it is told to', async () => {
    const lines = [
      'username,email',
      'dale,dale@example.org',
      'ＤＡＬＥ,',
      'cooper,DALE@example.org',
      'dale@example.org,',
      'bob@example.org,bob@example.org',
    ];
    expect((await importCsv(lines)).isApplied).toBe(false);
    const report = await importCsv(lines, { skipConflicts: true });
    expect(report).toMatchObject({ isApplied: true, imported: 2 });
    const reason = 'it has the user name or e-mail address of row 2';
    expect(report.conflicts.map((conflict) => [conflict.row, conflict.reason])).toEqual([
      [3, reason],
      [4, reason],
      [5, reason],
    ]);
  });

  test('changes nobody who is there already', async () => {
    await importCsv(['username,email', 'Dale,dale@example.org', 'gordon@example.org,']);
    const before = await usersIn(store);
    const report = await importCsv(
      [
        'username,email',
        'dale,',
        'cooper,Dale@example.org',
        'dale@example.org,',
        'gordon,gordon@example.org',
        'harry,',
      ],
      { skipConflicts: true },
    );
    expect(report.conflicts.map(({ name, reason }) => `${String(name)}: ${reason}`)).toEqual([
      'dale: the user name exists already',
      'cooper: the e-mail address is registered already',
      'dale@example.org: the user name is the e-mail address of another account',
      'gordon: the e-mail address is the user name of another account',
    ]);
    expect(report.imported).toBe(1);
    expect(await usersIn(store, { nameContains: 'harry' })).toHaveLength(1);
    expect((await usersIn(store)).filter(({ nameKey }) => nameKey !== 'harry')).toEqual(before);
  });

  test.each([false, true])('looks again when it inserts (conflicts skipped: %s)', async (skipConflicts) => {
    let isLate = true;
    // Another import is quicker once.
    const racing: UserStore = {
      ...store,
      insertAll: async (users) => {
        if (isLate) {
          isLate = false;
          const [first] = users;
          if (first !== undefined) await store.insert({ ...first, id: randomUUID() });
        }
        return store.insertAll(users);
      },
    };
    imports = createWith(racing);
    const report = await importCsv(['username', 'dale', 'harry'], { skipConflicts });
    expect(report.conflicts).toEqual([{ row: 2, name: 'dale', reason: 'the user name exists already' }]);
    expect(report).toMatchObject(
      skipConflicts ? { isApplied: true, imported: 1 } : { isApplied: false, imported: 0 },
    );
    expect(await count()).toBe(skipConflicts ? 2 : 1);
  });

  test('has a damaged hash told as a conflict', async () => {
    const damaged = `$argon2id$v=19$m=64,t=1,p=1$${'A'.repeat(11)}$${'A'.repeat(17)}`;
    await writeFile(path, `username;password_hash\ndale;${damaged}\n`);
    const { conflicts, wouldAdd } = await imports.plan({ path }, ALL);
    expect({ conflicts, wouldAdd }).toEqual({
      conflicts: [{ row: 2, name: 'dale', reason: 'its password hash is damaged' }],
      wouldAdd: [],
    });
  });

  test('of no users does nothing', async () => {
    expect(await importCsv(['username'])).toMatchObject({ isApplied: true, imported: 0 });
    expect(events).toEqual([]);
  });
});

describe('what is told of an import', () => {
  test('stands in the audit log with all names, and without any secret', async () => {
    const names = Array.from({ length: 501 }, (_, index) => `user${String(index)}`);
    await importCsv(['username', ...names]);
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      action: 'account.imported',
      actor: OPERATOR,
      subject: { name: 'users' },
      details: { format: 'csv', imported: 501, left_out: 0 },
    });
    expect(events.flatMap(({ details }) => details?.['names'])).toEqual(names);
  });

  test('has no secret of the file in it', async () => {
    const secret = 'SeCrEtSeCrEt';
    const report = await importCsv(
      [
        'username,password,password_hash,email',
        `dale,${secret},,`,
        `both,${secret},${secret},`,
        `few,${secret}`,
      ],
      { skipConflicts: true },
    );
    expect(report.imported).toBe(1);
    expect(JSON.stringify([report, events]) + showImport(report)).not.toMatch(/SeCrEt|argon2/);
  });

  test('is a text that a person reads and no terminal obeys', async () => {
    await writeFile(path, 'username,city,\u001B[31mx\ndale,,\nd\u001B[31m,,\n');
    const plan = await imports.plan({ path }, ALL);
    const text = showImport(plan);
    expect(text).toBe(
      [
        `${path} (csv): 2 users found`,
        'warning: not taken: \\u001b[31mx',
        'can be imported:',
        '  2 dale (user, active): has no password: an administrator has to make one',
        'cannot be imported:',
        '  3 d\\u001b[31m: the user name must be 1 to 32 letters, digits or marks of any script, or . _ - @ +',
        'nothing imported: 1 user cannot be (--skip-conflicts imports the others)',
        '',
      ].join('\n'),
    );
    const report = await imports.apply({ path }, { ...ALL, skipConflicts: true }, OPERATOR);
    expect(showImport(report)).toContain('\n1 user imported, 1 user left out\n');
  });

  test('names no more than a hundred of a kind', async () => {
    const names = Array.from({ length: 103 }, (_, index) => `user${String(index)}`);
    await writeFile(path, ['username', ...names].join('\n'));
    const text = showImport(await imports.plan({ path }, ALL));
    expect(text).toContain('  101 user99 (user, active)');
    expect(text).not.toContain('user100');
    expect(text).toMatch(/and 3 more\nnothing imported yet: --apply imports 103 users\n$/);
  });
});
