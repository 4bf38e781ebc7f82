import { pbkdf2Sync, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database, type PrismaClient } from '../../database/database.js';
import { AppError, type ErrorDetails } from '../../errors/app-error.js';
import { openNewDatabase } from '../../tests/support/new-database.js';
import { TestClock } from '../../tests/support/test-clock.js';
import type { FieldCipher } from '../../keys/field-cipher.js';
import { openKeyRing } from '../../keys/open-key-ring.js';
import { createPrismaDataKeyStore } from '../../keys/prisma-data-key-store.js';
import type { Enrollment } from '../invites/invite-service.js';
import { createAccountService, type AccountService } from './account-service.js';
import { newUser } from './new-user.js';
import { LoginThrottle } from '../../passwords/login-throttle.js';
import { pbkdf2Stored } from '../../passwords/password-formats.js';
import { PasswordHasher } from '../../passwords/password-hasher.js';
import { createPrismaUserStore } from './prisma-user-store.js';
import { UserCount } from './user-count.js';
import type { UserStore } from './user-store.js';

const HOME = '198.51.100.1';
const ELSEWHERE = '198.51.100.2';

let folder = '';
let database: Database;
let store: UserStore;
let cipher: FieldCipher;
const clock = new TestClock();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-accounts-'));
  database = await openNewDatabase(join(folder, 'gatherd.db'));
  cipher = await openKeyRing(
    { given: undefined, path: join(folder, 'master.key') },
    createPrismaDataKeyStore(database),
    clock.now,
  );
  store = createPrismaUserStore(database, cipher);
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function createAccounts(
  options: {
    enrollment?: Enrollment;
    wrongPasswords?: number;
    maxPendingUsers?: number;
    store?: UserStore;
  } = {},
): AccountService {
  const { enrollment = 'open', wrongPasswords = 0, maxPendingUsers = 1000 } = options;
  return createAccountService({
    store: options.store ?? store,
    hasher: new PasswordHasher(Buffer.from('a pepper for tests')),
    throttle: new LoginThrottle(wrongPasswords, 0),
    firstPasswordPolicy: undefined,
    invites: { admit: (_code, _name, make) => admitted(enrollment, make) },
    audit: { note: () => undefined },
    pending: new UserCount(maxPendingUsers, 0, 'account.too_many_pending'),
    clock: clock.now,
    newId: randomUUID,
  });
}

function admitted<Made>(enrollment: Enrollment, make: () => Promise<Made>): Promise<Made> {
  if (enrollment === 'open') return make();
  return Promise.reject(new AppError('account.enrollment_closed'));
}

async function errorOf(promise: Promise<unknown>): Promise<{ code: string; details: ErrorDetails }> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw new Error(`expected an AppError, got ${String(error)}`);
  return { code: error.code, details: error.details };
}

describe('identifying', () => {
  test('makes a user once, and finds it in any spelling', async () => {
    const accounts = createAccounts();
    const made = await accounts.identify('Straße', HOME);
    expect(made).toMatchObject({ isNew: true, account: { name: 'Straße' } });
    const found = await accounts.identify('STRASSE', ELSEWHERE);
    expect(found).toMatchObject({ isNew: false, account: { id: made.account.id, name: 'Straße' } });
  });

  test('by many at once makes one user', async () => {
    const accounts = createAccounts();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => accounts.identify('crowd', HOME)));
    expect(outcomes.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(outcomes.map(({ account }) => account.id)).size).toBe(1);
  });

  test('makes nobody where enrollment is closed, and finds who is there', async () => {
    const { account } = await createAccounts().identify('early', HOME);
    const closed = createAccounts({ enrollment: 'closed' });
    expect(await closed.identify('early', HOME)).toMatchObject({ account: { id: account.id }, isNew: false });
    expect((await errorOf(closed.identify('late', HOME))).code).toBe('account.enrollment_closed');
    expect(await store.findByNameKey('late')).toBeUndefined();
  });
});

describe('a first password', () => {
  test('is set from the endpoint that made the user, and from no other', async () => {
    const accounts = createAccounts();
    const { account } = await accounts.identify('first', HOME);
    const stranger = await errorOf(
      accounts.authenticate(account, { password: 'mine', endpoint: ELSEWHERE, isProven: false }),
    );
    expect(stranger).toEqual({ code: 'account.wrong_password', details: { name: 'first' } });
    expect(
      await accounts.authenticate(account, { password: 'pass', endpoint: HOME, isProven: false }),
    ).toEqual({ isFirst: true });
    expect(
      await accounts.authenticate(account, { password: 'pass', endpoint: ELSEWHERE, isProven: false }),
    ).toEqual({ isFirst: false });
    expect(
      (await errorOf(accounts.authenticate(account, { password: 'mine', endpoint: HOME, isProven: false })))
        .code,
    ).toBe('account.wrong_password');
  });

  test('is never set for a user who was made in another way', async () => {
    const id = randomUUID();
    const user = newUser({ id, name: 'imported', now: clock.now(), passwordHash: null });
    await store.insert(user);
    const accounts = createAccounts();
    const refusal = await errorOf(
      accounts.authenticate(user, { password: 'pass', endpoint: HOME, isProven: false }),
    );
    expect(refusal.code).toBe('account.wrong_password');
    expect((await store.findById(id))?.passwordHash).toBeNull();
  });

  test('is one password, whoever comes at the same time', async () => {
    const accounts = createAccounts();
    const { account } = await accounts.identify('race', HOME);
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map((password) =>
        accounts.authenticate(account, { password: password, endpoint: HOME, isProven: false }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('a password in an old format', () => {
  const salt = Buffer.from('veteran');
  const stored = pbkdf2Stored(100_000, salt, pbkdf2Sync('pass', salt, 100_000, 128, 'sha256'));

  test('is good, and stored anew by the first login; a wrong one changes nothing', async () => {
    const id = randomUUID();
    const user = newUser({ id, name: 'veteran', now: clock.now(), passwordHash: stored });
    await store.insert(user);
    const [accounts, account] = [createAccounts(), user];
    await errorOf(accounts.authenticate(account, { password: 'wrong', endpoint: HOME, isProven: false }));
    expect((await store.findById(id))?.passwordHash).toBe(stored);
    await accounts.authenticate(account, { password: 'pass', endpoint: HOME, isProven: false });
    const renewed = (await store.findById(id))?.passwordHash;
    expect(renewed).toMatch(/^\$argon2id\$/);
    await accounts.authenticate(account, { password: 'pass', endpoint: HOME, isProven: false });
    expect((await store.findById(id))?.passwordHash).toBe(renewed);
  });
});

describe('guessing', () => {
  test('from elsewhere does not lock out who has proven a password at an endpoint', async () => {
    const accounts = createAccounts({ wrongPasswords: 2 });
    const { account } = await accounts.identify('owner', HOME);
    await accounts.authenticate(account, { password: 'pass', endpoint: HOME, isProven: false });
    for (let count = 0; count < 2; count += 1) {
      await errorOf(
        accounts.authenticate(account, { password: 'guess', endpoint: ELSEWHERE, isProven: false }),
      );
    }
    const thirdGuess = await errorOf(
      accounts.authenticate(account, { password: 'guess', endpoint: ELSEWHERE, isProven: false }),
    );
    expect(thirdGuess).toEqual({ code: 'account.throttled', details: { retryAfter: 1 } });
    expect(
      await accounts.authenticate(account, { password: 'pass', endpoint: HOME, isProven: true }),
    ).toEqual({ isFirst: false });
  });

  test('at a name that nobody has is told so, after a hash', async () => {
    const claim = { password: 'pass', endpoint: HOME };
    expect((await errorOf(createAccounts().find('nobody', claim))).code).toBe('account.not_found');
  });

  const claim = { password: 'guess', endpoint: HOME, isProven: false };
  test.each([
    ['AUTHENTICATE', 'account.not_found', (of: AccountService) => of.find('laura', claim)],
    ['a login', 'account.wrong_password', (of: AccountService) => of.refuseUnknown('laura', claim)],
    [
      'a login by address',
      'account.wrong_password',
      (of: AccountService) => of.refuseUnknown('l@fbi.example', claim),
    ],
  ])(
    'at a name that nobody has, 500 times at once by %s, costs as few hashes as at another',
    async (_door, code, guess) => {
      const accounts = createAccounts({ wrongPasswords: 3 });
      const errors = await Promise.all(Array.from({ length: 500 }, () => errorOf(guess(accounts))));
      const codes = errors.map((error) => error.code);
      expect(codes.filter((each) => each === code)).toHaveLength(3);
      // Of a hundred that may wait, and whoever comes when the first of these has had its turn.
      const others = codes.filter((each) => each !== code);
      expect(others.filter((each) => each === 'account.throttled').length).toBeGreaterThanOrEqual(97);
      expect(new Set(others)).toEqual(new Set(['account.throttled', 'account.hashing_busy']));
    },
  );
});

test('users that never authenticated are removed after a time, and nobody else', async () => {
  const accounts = createAccounts();
  const [stale, member] = [await accounts.identify('stale', HOME), await accounts.identify('member', HOME)];
  await accounts.authenticate(member.account, { password: 'pass', endpoint: HOME, isProven: false });
  const id = randomUUID();
  await store.insert(newUser({ id, name: 'made', now: clock.now() }));
  clock.advance(1000);
  const { account: fresh } = await accounts.identify('fresh', HOME);
  const removed = await removedBy(accounts);
  expect(removed).toContain(stale.account.id);
  for (const kept of [member.account.id, id, fresh.id]) {
    expect(removed).not.toContain(kept);
    expect(await store.findById(kept)).toBeDefined();
  }
  expect(await store.findById(stale.account.id)).toBeUndefined();
  expect(await store.hasPepperedPasswords()).toBe(true);
});

test('all users that never authenticated are removed, however many there are', async () => {
  const createdAt = clock.now();
  const data = Array.from({ length: 2500 }, () => {
    const id = randomUUID();
    return {
      id,
      name: id,
      nameKey: id,
      homeEndpoint: HOME,
      createdAt,
      updatedAt: createdAt,
      nameSince: createdAt,
    };
  });
  await database.client.user.createMany({ data });
  clock.advance(1);
  expect((await removedBy(createAccounts())).length).toBeGreaterThanOrEqual(2500);
  expect(await store.countNeverAuthenticated()).toBe(0);
});

test('who sets a first password while the others are removed is not among the removed', async () => {
  const { account } = await createAccounts().identify('just in time', HOME);
  const gone = await createAccounts().identify('too late', HOME);
  clock.advance(1);
  // Between the look at who is stale and the removal.
  const client = withPassword(database.client, account.id);
  const slow = createPrismaUserStore(new Database(client), cipher);
  expect(await slow.removeNeverAuthenticated(clock.now())).toEqual([gone.account.id]);
  expect(await store.findById(account.id)).toBeDefined();
});

test('there are only so many users that never authenticated; a first password makes room, and so does a removal', async () => {
  const accounts = createAccounts({ maxPendingUsers: 2 });
  await database.client.user.deleteMany();
  const names = ['pending 1', 'pending 2', 'pending 3', 'pending 4'];
  const outcomes = await Promise.allSettled(names.map((name) => accounts.identify(name, HOME)));
  const made = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.account] : []));
  expect(made).toHaveLength(2);
  const [first] = made;
  if (first === undefined) throw new Error('nobody was made');
  expect((await errorOf(accounts.identify('pending 5', HOME))).code).toBe('account.too_many_pending');
  expect(await accounts.identify(first.name, HOME)).toMatchObject({ isNew: false });
  await accounts.authenticate(first, { password: 'pass', endpoint: HOME, isProven: false });
  expect(await accounts.identify('pending 5', HOME)).toMatchObject({ isNew: true });
  clock.advance(1);
  expect(await removedBy(accounts)).toHaveLength(2);
  expect(await accounts.identify('pending 6', HOME)).toMatchObject({ isNew: true });
});

async function removedBy(accounts: AccountService): Promise<string[]> {
  const removed: string[] = [];
  for await (const ids of accounts.removeNeverAuthenticated(clock.now())) removed.push(...ids);
  return removed;
}

/** A client that sets a user's password after the first look at users. */
function withPassword(client: PrismaClient, id: string): PrismaClient {
  let isFirst = true;
  const extended = client.$extends({
    query: {
      user: {
        async findMany({ args, query }) {
          const users = await query(args);
          if (isFirst) await client.user.update({ where: { id }, data: { passwordHash: 'a hash' } });
          isFirst = false;
          return users;
        },
      },
    },
  });
  return extended as unknown as PrismaClient;
}
