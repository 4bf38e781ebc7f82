import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Secret } from '../config/setting-kinds.js';
import { Database } from '../database/database.js';
import { createPrismaUserStore } from '../features/accounts/prisma-user-store.js';
import { rowOf, sealedUsers } from '../features/accounts/user-row.js';
import type { User } from '../features/accounts/user-store.js';
import { openNewDatabase } from '../tests/support/new-database.js';
import { temporaryDirectory } from '../tests/support/temporary-directory.js';
import type { KeyRing } from './key-ring.js';
import { openKeyRing } from './open-key-ring.js';
import { createPrismaDataKeyStore } from './prisma-data-key-store.js';
import {
  finishRotation,
  rotateKeys,
  type RotationOutcome,
  type RotationProgress,
  type SealedTable,
} from './rotate-keys.js';

const MASTER = new Secret(randomBytes(32).toString('hex'));
const NAMES = Array.from({ length: 7 }, (_, index) => `user${String(index)}`);

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: Database;

beforeEach(async () => {
  folder = await temporaryDirectory();
  database = await openNewDatabase(join(folder.path, 'gatherd.db'));
});

afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A server's keys and users, as they are after a start on the database. */
async function start(on = database) {
  const source = { given: MASTER, path: join(folder.path, 'master.key') };
  const ring = await openKeyRing(source, createPrismaDataKeyStore(on), () => new Date(0));
  const users = createPrismaUserStore(on, ring);
  // Two rows at a time, so that there is something between them.
  const table: SealedTable = {
    ...sealedUsers(users),
    resealSome: (keyId, limit) => users.resealSome(keyId, Math.min(limit, 2)),
  };
  return { ring, users, table };
}

function userNamed(name: string): User {
  const now = new Date(0);
  return {
    ...{ id: name, name, nameKey: name, nameSince: now, createdAt: now, updatedAt: now, lastLoginAt: null },
    ...{ passwordHash: null, oneTimeUntil: null, homeEndpoint: null, isCredential: false },
    ...{ role: 'user', status: 'active', permissions: null },
    email: `${name}@example.com`,
    profile: { texts: { city: 'Twin Peaks' }, metadata: { of: name } },
  };
}

async function addUsers(): Promise<void> {
  const { users } = await start();
  expect(await users.insertAll(NAMES.map(userNamed))).toBeUndefined();
}

async function finish(ring: KeyRing, tables: readonly SealedTable[]) {
  const steps: RotationProgress[] = [];
  const rotation = rotateKeys(ring, tables);
  for (;;) {
    const { done, value } = await rotation.next();
    if (done === true) return { outcome: value satisfies RotationOutcome, steps };
    steps.push(value);
  }
}

async function fieldsKeys(): Promise<string[]> {
  const rows = await database.read(({ dataKey }) => dataKey.findMany({ where: { purpose: 'fields' } }));
  return rows.map(({ id }) => id).sort();
}

/** Everything that is sealed in the database. */
async function sealedTexts(): Promise<string> {
  return JSON.stringify(await database.read(({ user }) => user.findMany()));
}

async function assertAllReadable(): Promise<void> {
  const { users } = await start();
  for (const name of NAMES)
    expect((await users.findByEmail(`${name}@example.com`))?.profile.metadata).toEqual({ of: name });
}

test('a rotation seals everything anew, says how far it is, and removes the key before', async () => {
  await addUsers();
  const { ring, table } = await start();
  const { outcome, steps } = await finish(ring, [table]);
  expect(outcome).toEqual({
    ...{ keyId: 'fields-2', isResumed: false, rows: 7, damaged: 0 },
    ...{ removed: ['fields-1'], kept: [] },
  });
  expect(steps.map(({ rows }) => rows)).toEqual([2, 4, 6, 7]);
  expect(await fieldsKeys()).toEqual(['fields-2']);
  expect(await sealedTexts()).not.toContain('v1.fields-1.');
  await assertAllReadable();
  expect((await finish(ring, [table])).outcome).toMatchObject({ keyId: 'fields-3', removed: ['fields-2'] });
});

test('a rotation that nothing is sealed for is done at once', async () => {
  const { ring, table } = await start();
  expect((await finish(ring, [table])).outcome).toMatchObject({ rows: 0, removed: ['fields-1'] });
});

test('what is changed, added and read meanwhile is neither lost nor undone', async () => {
  await addUsers();
  const { ring, users, table } = await start();
  const changes: Promise<unknown>[] = [];
  const rotation = rotateKeys(ring, [table]);
  for (let step = 0; ; step += 1) {
    const { done } = await rotation.next();
    if (done === true) break;
    // Not waited for: they go on while rows are sealed anew.
    for (const name of NAMES)
      changes.push(
        users.change(name, { email: `${name}-${String(step)}@example.com`, updatedAt: new Date(step) }),
      );
    changes.push(users.insert(userNamed(`new${String(step)}`)));
    changes.push(users.findById('user0'));
  }
  await Promise.all(changes);
  expect(await fieldsKeys()).toEqual(['fields-2']);
  const after = await start();
  for (const name of NAMES)
    expect((await after.users.findById(name))?.email).toMatch(new RegExp(`^${name}-\\d@example`));
  expect((await after.users.findById('new0'))?.email).toBe('new0@example.com');
});

test('a write that was begun under the key before is waited for', async () => {
  const { ring, table } = await start();
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const row = rowOf(userNamed('dale'), ring);
  const written = database.write(async ({ user }) => {
    await held;
    return user.create({ data: row });
  });
  let isFinished = false;
  const finished = finish(ring, [table]).then(() => (isFinished = true));
  // Longer than all of it takes where nothing is waited for.
  for (let count = 0; count < 50; count += 1) await database.read(({ user }) => user.count());
  expect(isFinished).toBe(false);
  letGo();
  await written;
  await finished;
  expect((await (await start()).users.findById('dale'))?.email).toBe('dale@example.com');
});

/** A database that does nothing any more from one of its writes on, as after kill -9. */
class DyingDatabase extends Database {
  #left: number;
  readonly #isLastDone: boolean;

  constructor(alive: Database, writes: number, isLastDone: boolean) {
    super(alive.client);
    this.#left = writes;
    this.#isLastDone = isLastDone;
  }

  override async write<Result>(
    call: Parameters<typeof Database.prototype.write<Result>>[0],
  ): Promise<Result> {
    this.#left -= 1;
    if (this.#left > 0 || (this.#left === 0 && this.#isLastDone)) {
      const result = await super.write(call);
      if (this.#left > 0) return result;
    }
    throw new Error('killed');
  }
}

test('a rotation that is killed at any of its writes is finished by the next one, with nothing lost', async () => {
  await addUsers();
  for (let writes = 1, wasKilled = true; wasKilled; writes += 1) {
    for (const isLastDone of [false, true]) {
      const dying = await start(new DyingDatabase(database, writes, isLastDone));
      wasKilled = await finish(dying.ring, [dying.table]).then(
        () => false,
        (error: unknown) => (error as Error).message === 'killed',
      );
      await assertAllReadable();
      const { ring, table } = await start();
      const wasUnfinished = ring.olderKeyIds.length > 0;
      const { outcome } = await finish(ring, [table]);
      expect(outcome.isResumed).toBe(wasUnfinished);
      expect(await fieldsKeys()).toEqual([outcome.keyId]);
    }
  }
  await assertAllReadable();
});

test('a key that anything is still under is kept, whatever the rows say of themselves', async () => {
  await addUsers();
  const { ring, users, table } = await start();
  const forgetful: SealedTable = {
    ...table,
    resealSome: async (keyId, limit) => {
      await database.write(({ user }) =>
        user.updateMany({ where: { id: 'user3' }, data: { dataKeyId: keyId } }),
      );
      return table.resealSome(keyId, limit);
    },
  };
  const { outcome } = await finish(ring, [forgetful]);
  expect(outcome).toMatchObject({ removed: [], kept: ['fields-1'] });
  expect((await users.findById('user3'))?.email).toBe('user3@example.com');
  expect(await ring.removeOlderKey('fields-2', [table])).toBe(false);
  expect(await fieldsKeys()).toEqual(['fields-1', 'fields-2']);
});

test('a field that cannot be opened is left as it is with the key it may be under, and no rotation is held up by it', async () => {
  await addUsers();
  const damaged = { city: 'v1.fields-1.AAAA' };
  await database.write(({ user }) => user.update({ where: { id: 'user5' }, data: damaged }));
  const { ring, table } = await start();
  expect((await finish(ring, [table])).outcome).toMatchObject({
    ...{ keyId: 'fields-2', rows: 7, damaged: 1 },
    ...{ removed: [], kept: ['fields-1'] },
  });
  expect(await database.read(({ user }) => user.findUnique({ where: { id: 'user5' } }))).toMatchObject({
    ...damaged,
    dataKeyId: 'fields-2',
  });
  await assertAllReadable();
  // There is nothing to finish at a start, and a rotation is a new one.
  expect((await finishRotation(ring, [table]).next()).value).toBeUndefined();
  expect((await finish(ring, [table])).outcome).toMatchObject({
    ...{ keyId: 'fields-3', isResumed: false, rows: 7, damaged: 1 },
    ...{ removed: ['fields-2'], kept: ['fields-1'] },
  });
  await assertAllReadable();
});
