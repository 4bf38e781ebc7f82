import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf } from '../../tests/support/code-of.js';
import { PASSWORD, ServicesRig } from '../../tests/support/services-rig.js';
import { usersIn } from '../../tests/support/users-in.js';
import type { Caller } from '../sessions/session-service.js';
import { newUser } from './new-user.js';
import { allOf, pageOf } from './account-view.js';
import { createUserAdminService } from './user-admin-service.js';
import type { UserStore } from './user-store.js';

const MANY = 230;
const NOW = new Date(0);

let rig: ServicesRig;
let admin: Caller;
let member: Caller;

beforeAll(async () => {
  rig = await ServicesRig.open();
  admin = await rig.member('admin', { role: 'admin' });
  member = await rig.member('member');
  const profile = { texts: { full_name: 'One of many' }, metadata: { of: 'm'.repeat(14_000) } };
  const users = Array.from({ length: MANY }, (_, index) => {
    const id = `many-${String(index).padStart(3, '0')}`;
    return { ...newUser({ id, name: id, now: NOW }), profile };
  });
  for (const name of ['a_b', 'a%b', 'axb'])
    users.push({ ...newUser({ id: name, name, now: NOW }), profile: { texts: {}, metadata: {} } as never });
  expect(await rig.services.users.insertAll(users)).toBeUndefined();
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

/** How many turns the event loop had meanwhile. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const count = () => {
    if (isDone) return;
    turns += 1;
    setImmediate(count);
  };
  setImmediate(count);
  await work;
  isDone = true;
  return turns;
}

const pages = async (caller: Caller, limit: number) => {
  const found: { username: string }[][] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await rig.services.userAdmin.list(caller, { limit, cursor });
    found.push(page.users);
    cursor = page.next;
  }
  return found;
};

test('others have their turn while users are listed, whoever asks', async () => {
  const { userAdmin } = rig.services;
  for (const caller of [admin, member, undefined])
    expect(await turnsDuring(userAdmin.listActive(caller))).toBeGreaterThan(MANY / 50);
  expect(await turnsDuring(userAdmin.list(member, { limit: 1000 }))).toBeGreaterThan(MANY / 50);
});

test('a page ends where it is large enough, and the next one goes on behind it', async () => {
  const all = (await usersIn(rig.services.users)).map(({ name }) => name);
  const byBytes = await pages(admin, 1000);
  expect(byBytes.map(({ length }) => length)).toEqual([expect.any(Number), expect.any(Number)]);
  for (const found of [byBytes, await pages(member, 1000), await pages(member, 7)])
    expect(found.flat().map(({ username }) => username)).toEqual(all);
});

test('what has no pages is refused where it is too long', async () => {
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* large() {
    for (let count = 0; count < 17; count += 1) yield ['x'.repeat(2 ** 20)];
  }
  expect(await codeOf(allOf(large(), (text) => text))).toBe('account.list_too_long');
});

test('no more of the others is opened than their full names', async () => {
  const damaged = { metadata: 'v1.fields-1.AAAA' };
  await rig.services.database.write(({ user }) => user.updateMany({ data: damaged }));
  const { users } = await rig.services.userAdmin.list(member, { limit: 1, search: 'many' });
  expect(users).toEqual([{ username: 'many-000', full_name: 'One of many', role: 'user' }]);
});

test('there are at most two lists at once', async () => {
  const { users, access } = rig.services;
  let [open, most] = [0, 0];
  const store: UserStore = {
    ...users,
    summaries: async function* (filter) {
      most = Math.max(most, (open += 1));
      yield* users.summaries(filter);
      open -= 1;
    },
  };
  const lists = createUserAdminService({ ...rig.services, store, access } as never);
  await Promise.all(Array.from({ length: 6 }, () => lists.listActive(undefined)));
  expect([open, most]).toEqual([0, 2]);
});

describe('a search', () => {
  const namesOf = async (search: string) =>
    (await rig.services.userAdmin.list(member, { limit: 100, search })).users.map(({ username }) => username);

  test.each([
    ['a_b', ['a_b']],
    ['a%b', ['a%b']],
    ['_', ['a_b']],
    ['%', ['a%b']],
    ['A_', ['a_b']],
    ['%_', []],
  ])('for %j takes it as it is', async (search, names) => {
    expect(await namesOf(search)).toEqual(names);
  });
});

test('a page has no more than was asked for', async () => {
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* three() {
    yield [{ nameKey: 'a' }, { nameKey: 'b' }];
    yield [{ nameKey: 'c' }];
  }
  const show = ({ nameKey }: { nameKey: string }) => nameKey;
  expect(await pageOf(three(), 2, show)).toEqual({ users: ['a', 'b'], next: 'b' });
  expect(await pageOf(three(), 3, show)).toEqual({ users: ['a', 'b', 'c'], next: null });
});

test('a change to what is there already is not written, nor noted', async () => {
  const { ownAccounts, audit, users } = rig.services;
  await ownAccounts.change(member, { city: 'Twin Peaks', metadata: { a: 1 } });
  const seen = async () => [
    (await audit.page({ limit: 1 })).entries[0]?.seq,
    await users.findByNameKey('member'),
  ];
  const before = await seen();
  await ownAccounts.change(member, { city: 'Twin Peaks', username: 'member', metadata: { a: 1 }, phone: '' });
  expect(await seen()).toEqual(before);
  expect((await rig.login('member', PASSWORD)).session.userName).toBe('member');
});
