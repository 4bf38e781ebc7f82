import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../database/database.js';
import { AppError } from '../errors/app-error.js';
import { openNewDatabase } from '../tests/support/new-database.js';
import { PasswordHasher } from './password-hasher.js';
import { assertSamePepper, loadPepper } from './pepper.js';
import { createPrismaKeyCheckStore } from './prisma-key-check-store.js';

let folder = '';
let path = '';
let database: Database;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-pepper-'));
  path = join(folder, 'pepper.key');
  database = await openNewDatabase(join(folder, 'gatherd.db'));
});

afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** What a start does; answers what it says where it refuses. */
async function start(given?: string): Promise<string | undefined> {
  const where = { passwordHash: { startsWith: '$argon2id$' } };
  const hasPasswords = async () => (await database.client.user.count({ where })) > 0;
  try {
    const pepper = await loadPepper(given, path, hasPasswords);
    await using hasher = new PasswordHasher(pepper.secret);
    await assertSamePepper(hasher, pepper, createPrismaKeyCheckStore(database), hasPasswords);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'key.unusable') throw error;
    return error.message;
  }
}

async function addUser(passwordHash: string): Promise<void> {
  const id = randomUUID();
  const at = new Date(0);
  const data = { id, name: id, nameKey: id, passwordHash, createdAt: at, updatedAt: at, nameSince: at };
  await database.client.user.create({ data });
}

test('a pepper that passwords were not made with is refused, in either direction', async () => {
  expect(await start()).toBeUndefined();
  await addUser('$argon2id$a hash');
  expect(await start()).toBeUndefined();
  expect(await start('a pepper of the operator')).toContain('GATHERD_PEPPER cannot be used: the passwords');
  await rm(path);
  expect(await start()).toContain(`${path} cannot be used: it is missing`);
});

test('the pepper of a setting cannot be left out any more either', async () => {
  expect(await start('a pepper of the operator')).toBeUndefined();
  await addUser('$argon2id$a hash');
  expect(await start('a pepper of the operator')).toBeUndefined();
  expect(await start('another')).toContain('the passwords were made with another pepper');
  expect(await start()).toContain('it is missing');
});

test('a pepper may change as long as no password was made with it', async () => {
  expect(await start('one')).toBeUndefined();
  await addUser('$pbkdf2-sha256$i=100000$c2FsdA==$aGFzaA==');
  expect(await start('another')).toBeUndefined();
  await addUser('$argon2id$a hash');
  expect(await start('one')).toContain('another pepper');
});

test('a start tells by itself which fingerprint it keeps: hashed like a password, unless the pepper is random', async () => {
  const store = createPrismaKeyCheckStore(database);
  expect(await start('a pepper of the operator')).toBeUndefined();
  expect(await store.find('pepper')).toMatch(/^\$argon2id\$/);
  expect(await start()).toBeUndefined();
  expect(await store.find('pepper')).toMatch(/^\$hmac-sha256\$/);
});

test('the fingerprint that a former version kept of random bytes is known, and replaced', async () => {
  const { secret } = await loadPepper(undefined, path, () => Promise.resolve(false));
  await using hasher = new PasswordHasher(secret);
  const store = createPrismaKeyCheckStore(database);
  const former = await hasher.hash('the pepper of gatherd');
  await store.save('pepper', former);
  await addUser('$argon2id$a hash');
  expect(await start()).toBeUndefined();
  expect(await store.find('pepper')).toMatch(/^\$hmac-sha256\$/);
  await store.save('pepper', former);
  await writeFile(path, randomBytes(32));
  expect(await start()).toContain('another pepper');
});
