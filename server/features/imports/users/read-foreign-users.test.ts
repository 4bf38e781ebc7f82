import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hash as argon2Hash } from '@node-rs/argon2';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runsOf } from '../../../tests/support/machine.js';
import { AppError } from '../../../errors/app-error.js';
import {
  gathererHash,
  usersServiceUser,
  writeGathererDatabase,
  writeRecordsDatabase,
  writeUsersServiceFile,
} from '../../../tests/support/foreign-files.js';
import { temporaryDirectory } from '../../../tests/support/temporary-directory.js';
import { PasswordHasher } from '../../../passwords/password-hasher.js';
import type { DamagedUser, ForeignPassword, ForeignUser, ImportFormat } from './foreign-user.js';
import { readForeignUsers } from './read-foreign-users.js';

const hasher = new PasswordHasher(Buffer.from('a pepper for tests'));

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let path = '';

beforeEach(async () => {
  folder = await temporaryDirectory();
  path = join(folder.path, 'users');
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

async function reasonOf(format?: ImportFormat, masterPassword?: string): Promise<string> {
  const error: unknown = await readForeignUsers({ path, format, masterPassword }).catch(
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw error;
  expect(error.code).toBe('import.unusable');
  expect(error.details['path']).toBe(path);
  return String(error.details['reason']);
}

async function onlyUser(format?: ImportFormat): Promise<ForeignUser> {
  const { users } = await readForeignUsers({ path, format });
  expect(users).toHaveLength(1);
  return whole(users[0]);
}

function whole(user: ForeignUser | DamagedUser | undefined): ForeignUser {
  if (user === undefined || 'damage' in user)
    throw new Error(`this user is damaged: ${JSON.stringify(user)}`);
  return user;
}

async function expectOldPassword(password: ForeignPassword, text: string): Promise<void> {
  if (password.kind !== 'stored') throw new Error('there is no hash');
  expect(await hasher.check(password.stored, text)).toEqual({ isRight: true, isOutdated: true });
  expect(await hasher.check(password.stored, `${text}!`)).toEqual({ isRight: false, isOutdated: true });
}

describe('the users service’s file', () => {
  test('is opened with its master password, and has users whose old passwords are right', async () => {
    const users = { dale: usersServiceUser('pässword', { email: 'dale@example.org', role: 'admin' }) };
    await writeUsersServiceFile(path, users, 'correct horse');
    const read = await readForeignUsers({ path, masterPassword: 'correct horse' });
    expect(read).toMatchObject({ format: 'users-service', warnings: [] });
    const dale = whole(read.users[0]);
    expect(dale).toMatchObject({
      row: 1,
      name: 'dale',
      fields: { email: 'dale@example.org', role: 'admin' },
    });
    await expectOldPassword(dale.password, 'pässword');
  });

  test('is opened with the default one where none is said, with a warning', async () => {
    await writeUsersServiceFile(path, { dale: {} });
    const read = await readForeignUsers({ path });
    expect(read.users).toEqual([
      { row: 1, name: 'dale', password: { kind: 'none' }, fields: {}, permissions: null },
    ]);
    expect(read.warnings).toEqual([expect.stringContaining('a password that everybody knows')]);
    expect(await reasonOf('users-service', 'another')).toContain('the password given does not open it');
    await writeUsersServiceFile(path, {}, 'correct horse');
    expect(await reasonOf()).toContain('the default password does not open it');
  });

  test('says which fields are not taken, and which users are damaged', async () => {
    const good = usersServiceUser('x', { shoe_size: 45 });
    await writeUsersServiceFile(path, {
      good,
      text: 'no object',
      odd: { ...good, password_hash: 'no hash' },
      unsalted: { ...good, password_salt: null },
    });
    const { users, warnings } = await readForeignUsers({ path });
    expect(warnings[1]).toBe('not taken: shoe_size');
    expect(users.map((user) => ('damage' in user ? [user.row, user.name, user.damage] : user.row))).toEqual([
      1,
      [2, 'text', 'what stands under the name is no object'],
      [3, 'odd', 'password_hash or password_salt is damaged'],
      [4, 'unsalted', 'password_hash or password_salt is damaged'],
    ]);
  });

  test.each([[['a list']], ['a text'], [null]])('is refused where %j is in it', async (content) => {
    await writeUsersServiceFile(path, content);
    expect(await reasonOf()).toBe('what is encrypted in it is no JSON object of users');
  });

  test('is read as Python’s cryptography writes it', async ({ skip }) => {
    const script = [
      'import base64, json, sys',
      'from cryptography.fernet import Fernet',
      'from cryptography.hazmat.primitives import hashes',
      'from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC',
      "kdf = PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=b'stable_salt_v1', iterations=100000)",
      "key = base64.urlsafe_b64encode(kdf.derive('default_secure_password_2024'.encode()))",
      "sys.stdout.buffer.write(Fernet(key).encrypt(json.dumps({'дарья': {'city': 'Łódź'}}).encode()))",
    ];
    let content: Buffer;
    try {
      content = execFileSync('python3', ['-c', script.join('\n')], { stdio: ['ignore', 'pipe', 'ignore'] });
    } catch {
      skip('Python with its package cryptography is not here');
      return;
    }
    await writeFile(path, content);
    expect(await onlyUser()).toMatchObject({ name: 'дарья', fields: { city: 'Łódź' } });
  });
});

describe('the original gatherer’s database', () => {
  test.each(['dale', 'Дарья'])('has %s with the old password', async (name) => {
    writeGathererDatabase(path, [{ username: name, hash: gathererHash(name, 'pässword') }]);
    const user = await onlyUser();
    expect(user).toMatchObject({ row: 1, name, permissions: null });
    await expectOldPassword(user.password, 'pässword');
  });

  test('says which rows are damaged, also where a name is not UTF-8', async () => {
    const hash = Buffer.alloc(128, 1);
    writeGathererDatabase(path, [
      { username: Buffer.from([0x61, 0xff]), hash },
      { username: null, hash },
      { username: 'short', hash: Buffer.alloc(64, 1) },
      { username: 'new', hash: null },
    ]);
    const { format, users } = await readForeignUsers({ path });
    expect(format).toBe('gatherer');
    expect(users).toMatchObject([
      { row: 1, damage: 'its user name is missing or no text' },
      { row: 2, damage: 'its user name is missing or no text' },
      { row: 3, name: 'short', damage: 'its password_hash has 64 bytes, not 128' },
      { row: 4, name: 'new', password: { kind: 'none' } },
    ]);
  });

  test('is read in UTF-16 too', async () => {
    writeGathererDatabase(path, [{ username: 'Дарья', hash: null }], "PRAGMA encoding = 'UTF-16le'");
    expect((await onlyUser()).name).toBe('Дарья');
  });

  test('stays as it is to the byte, with what stands beside it', async () => {
    writeGathererDatabase(path, [{ username: 'old', hash: null }], 'PRAGMA journal_mode = WAL');
    const writer = new Database(path);
    writer.exec("INSERT INTO users (username) VALUES ('new')");
    const before = await contents();
    expect(Object.keys(before)).toContain('users-wal');
    const { users } = await readForeignUsers({ path });
    expect(users.map(({ name }) => name)).toEqual(['old', 'new']);
    expect(await contents()).toEqual(before);
    writer.close();
  });

  test('is refused where it is damaged', async () => {
    const rows = Array.from({ length: 200 }, (_, index) => ({
      username: `user${String(index)}`,
      hash: Buffer.alloc(128, 1),
    }));
    writeGathererDatabase(path, rows);
    await truncate(path, 16_384);
    expect(await reasonOf()).toBe('database disk image is malformed');
    await writeFile(path, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(100)]));
    expect(await reasonOf()).toBe('file is not a database');
  });
});

async function contents(): Promise<Record<string, string>> {
  const names = await readdir(folder.path);
  const found = names.map(async (name) => [
    name,
    (await readFile(join(folder.path, name))).toString('base64'),
  ]);
  return Object.fromEntries((await Promise.all(found)) as [string, string][]);
}

describe('the records server’s user.db', () => {
  test('has users with their old passwords and permissions', async () => {
    const hash = await bcryptHash('pässword', 4);
    writeRecordsDatabase(path, [
      ['reader', hash, '1,0,1,0'],
      ['nothing', hash, '0,0,0,0'],
      ['empty', hash, null],
    ]);
    const { format, users } = await readForeignUsers({ path });
    expect(format).toBe('records');
    expect(users.map((user) => whole(user).permissions)).toEqual([
      ['messages:write', 'chat', 'employees:get', 'employees:update'],
      null,
      null,
    ]);
    await expectOldPassword(whole(users[0]).password, 'pässword');
  });

  test('says which rows are damaged', async () => {
    const hash = await bcryptHash('x', 4);
    writeRecordsDatabase(path, [
      ['plain', 'secret', '1,1,1,1'],
      ['costly', hash.replace('$04$', '$31$'), '1,1,1,1'],
      ['few', hash, '1,0'],
      ['odd', hash, '1,0,1,2'],
      ['none', null, '1, 1, 1, 1'],
    ]);
    const { users } = await readForeignUsers({ path });
    expect(users.map((user) => ('damage' in user ? user.damage : user.permissions?.length))).toEqual([
      'its password is no hash that can be checked',
      'its password is no hash that can be checked',
      'its permissions are not like 1,0,1,0',
      'its permissions are not like 1,0,1,0',
      6,
    ]);
  });
});

describe('a CSV', () => {
  test('names its columns in its first line', async () => {
    await writeFile(
      path,
      '\uFEFFUserName, email ,password,full_name,metadata,shoe_size\r\n dale ,d@example.org, a b ,"Cooper, Dale","{""a"":1}",45\r\n',
    );
    const { format, users, warnings } = await readForeignUsers({ path });
    expect({ format, warnings }).toEqual({ format: 'csv', warnings: ['not taken: shoe_size'] });
    expect(users).toMatchObject([
      {
        row: 2,
        name: 'dale',
        // Blanks belong to it.
        password: { kind: 'plain', text: ' a b ' },
        fields: { email: 'd@example.org', full_name: 'Cooper, Dale', metadata: { a: 1 } },
      },
    ]);
  });

  test.each([';', '\t'])('may have %j between its fields', async (delimiter) => {
    await writeFile(path, `username,city\ndale,"Twin, Peaks"\n`.replaceAll(/,(?! )/g, delimiter));
    expect(await onlyUser()).toMatchObject({ name: 'dale', fields: { city: 'Twin, Peaks' } });
  });

  test('has hashes that other systems wrote', async () => {
    const argon2 = await argon2Hash('pässword', { memoryCost: 64 });
    // Passlib's own example is of the same shape.
    const pbkdf2 = '$pbkdf2-sha256$6400$.6UI/S.nXIk8jcbdHx3Fhg$98jZicV16ODfEsEZeYPGHU3kbrUrvUEXOPimVSQDD44';
    for (const [hash, password] of [
      [argon2, 'pässword'],
      [await bcryptHash('pässword', 4), 'pässword'],
      [pbkdf2, 'password'],
      [pbkdf2.replaceAll('.', '+').replace('$6400', '$i=6400,l=32'), 'password'],
    ] as const) {
      await writeFile(
        path,
        stringify([
          ['username', 'password_hash'],
          ['dale', hash],
        ]),
      );
      await expectOldPassword((await onlyUser()).password, password);
    }
  });

  test('has damaged rows, each with its line', async () => {
    const argon2 = await argon2Hash('x', { memoryCost: 64 });
    const rows = [
      'username,password,password_hash',
      'both,a,$2b$04$x',
      'few,a',
      'many,a,,,',
      '',
      'md5,,5f4dcc3b5aa765d61d8327deb882cf99',
      `"costly",,"${argon2.replace('m=64', 'm=64000000')}"`,
      'none,,',
    ];
    await writeFile(path, rows.join('\n'));
    const { users } = await readForeignUsers({ path });
    expect(
      users.map((user) => ('damage' in user ? [user.row, user.damage] : [user.row, user.password])),
    ).toEqual([
      [2, 'it has both a password and a password_hash'],
      [3, 'it has 2 fields, not 3'],
      [4, 'it has 5 fields, not 3'],
      [6, 'its password_hash is none that can be checked'],
      [7, 'its password_hash is none that can be checked'],
      [8, { kind: 'none' }],
    ]);
  });

  test.each([
    ['name,password\n', 'its first line names no column username', 'csv'],
    ['username,username\n', 'its first line names a column twice', 'csv'],
    ['username,password\ndale,"a secret\n', 'its line 2 is no CSV (CSV_QUOTE_NOT_CLOSED)', undefined],
    ['username,password\ndale,a "secret"\n', 'its line 2 is no CSV (INVALID_OPENING_QUOTE)', undefined],
    [Buffer.from('username\nd\xffle\n', 'latin1'), 'it is not text in UTF-8', undefined],
    ['', 'its content is of no known format (--format)', undefined],
    ['what is this', 'its content is of no known format (--format)', undefined],
  ] as const)('%j is refused, and nothing of it is told', async (content, reason, format) => {
    await writeFile(path, content);
    expect(await reasonOf(format)).toBe(reason);
  });

  test('is read as it was written, whatever it holds', async () => {
    const cell = fc.string({ unit: 'grapheme' });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell, cell)), async (rows) => {
        const cells = [['username', 'password', 'notes'], ...rows];
        await writeFile(path, stringify(cells, { quoted: true }));
        const { users } = await readForeignUsers({ path });
        const read = users.map((user) => {
          const { name, password, fields } = whole(user);
          return [name, password.kind === 'plain' ? password.text : '', fields['notes']];
        });
        expect(read).toEqual(rows.map(([name, password, notes]) => [name.trim(), password, notes]));
      }),
      { numRuns: runsOf(50) },
    );
  });
});

describe('a file', () => {
  test('of random bytes is refused or read, whatever it is said to be', async () => {
    const heads = ['', 'gAAAAA', 'SQLite format 3\0', 'username,password\n'].map((head) => Buffer.from(head));
    const formats: (ImportFormat | undefined)[] = [undefined, 'users-service', 'gatherer', 'records', 'csv'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...heads),
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(...formats),
        async (head, rest, format) => {
          await writeFile(path, Buffer.concat([head, rest]));
          const done: unknown = await readForeignUsers({ path, format, masterPassword: 'x' }).catch(
            (error: unknown) => error,
          );
          if (done instanceof Error) expect(done).toMatchObject({ code: 'import.unusable' });
        },
      ),
      { numRuns: runsOf(100) },
    );
  });

  test('that is missing, none, or too large is refused before it is read', async () => {
    expect(await reasonOf()).toContain('ENOENT');
    await writeFile(path, 'username\n');
    await truncate(path, 256 * 1024 * 1024 + 1);
    expect(await reasonOf()).toBe('it is larger than 256 MiB');
    path = folder.path;
    expect(await reasonOf()).toBe('it is no file');
  });

  test('with more than 100,000 users is refused', async () => {
    const users = Array.from({ length: 100_001 }, (_, index) => `u${String(index)}`);
    await writeFile(path, `username\n${users.join('\n')}\n`);
    expect(await reasonOf()).toBe('it has more than 100000 users');
    await writeUsersServiceFile(path, Object.fromEntries(users.map((name) => [name, {}])));
    expect(await reasonOf()).toBe('it has more than 100000 users');
    await rm(path);
    writeGathererDatabase(path, []);
    const database = new Database(path);
    database.exec(
      'WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) ' +
        "INSERT INTO users (username) SELECT 'u' || i FROM n",
    );
    database.close();
    expect(await reasonOf()).toBe('it has more than 100000 users');
  });

  test('that is a database of something else, or of two systems, is refused', async () => {
    const database = new Database(path);
    database.exec('CREATE VIEW users AS SELECT 1 AS username, 2 AS password_hash');
    expect(await reasonOf()).toBe('it has none of the tables of users that are known');
    expect(await reasonOf('gatherer')).toBe('it has no table users with the columns username, password_hash');
    database.exec('DROP VIEW users; CREATE TABLE users (username, password_hash)');
    database.exec('CREATE TABLE user (username, password, permissions)');
    expect(await reasonOf()).toBe('it is gatherer and records: say which (--format)');
    database.close();
  });
});
