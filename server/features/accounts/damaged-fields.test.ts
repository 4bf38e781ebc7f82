import { afterEach, beforeEach, expect, test } from 'vitest';
import { ServicesRig } from '../../tests/support/services-rig.js';
import type { Caller } from '../sessions/session-service.js';

const SEALED = 'v1.fields-1.AAAA';
const DALE = {
  email: 'dale@example.org',
  full_name: 'Dale Cooper',
  city: 'Twin Peaks',
  notes: 'coffee',
  metadata: { pie: 'cherry' },
};

let rig: ServicesRig;
let admin: Caller;

beforeEach(async () => {
  rig = await ServicesRig.open();
  admin = await rig.member('admin', { role: 'admin' });
  await rig.create('dale', DALE);
  await damage({ email: SEALED, fullName: 'what is this', notes: SEALED, metadata: SEALED });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

async function damage(data: object): Promise<void> {
  await rig.services.database.write(({ user }) => user.update({ where: { nameKey: 'dale' }, data }));
}

const rowOf = () => rig.services.database.client.user.findUnique({ where: { nameKey: 'dale' } });

const DAMAGED = {
  ...{ email: '', full_name: '', notes: '', metadata: {}, city: 'Twin Peaks' },
  damaged_fields: ['full_name', 'notes', 'email', 'metadata'],
};

test('damaged fields are shown empty and named, and everything else of their user works', async () => {
  const { userAdmin, ownAccounts } = rig.services;
  expect((await userAdmin.list(admin, { limit: 10 })).users[1]).toMatchObject(DAMAGED);
  expect(await userAdmin.show(admin, 'dale')).toMatchObject(DAMAGED);
  const dale = await rig.login('dale');
  expect(await rig.login('dale@example.org')).toMatchObject({ session: { userName: 'dale' } });
  expect(await ownAccounts.get(dale)).toMatchObject(DAMAGED);
  expect((await userAdmin.list(dale, { limit: 10 })).users[1]).toMatchObject({
    username: 'dale',
    full_name: '',
  });
  expect(await userAdmin.change(admin, 'dale', { status: 'suspended' })).toMatchObject(DAMAGED);
  await userAdmin.remove(admin, 'dale');
  expect(await rowOf()).toBeNull();
});

test('a change of something else leaves what is damaged as it is, and what is written anew is whole', async () => {
  const { ownAccounts } = rig.services;
  const dale = await rig.login('dale');
  const before = await rowOf();
  const left = await ownAccounts.change(dale, { city: 'Seattle', notes: 'tea' });
  expect(left).toMatchObject({ city: 'Seattle', notes: 'tea', full_name: '' });
  expect(left.damaged_fields).toEqual(['full_name', 'email', 'metadata']);
  const { email, emailHash, fullName, metadata } = before ?? {};
  expect(await rowOf()).toMatchObject({ email, emailHash, fullName, metadata });
  const { city: _city, ...others } = DALE;
  const whole = await ownAccounts.change(dale, others);
  expect(whole).toMatchObject(others);
  expect(whole).not.toHaveProperty('damaged_fields');
  expect(await ownAccounts.get(dale)).toEqual(whole);
});

test('what only seemed damaged to a change is not lost by it', async () => {
  const { users } = rig.services;
  const { id = '', profile } = (await users.findByNameKey('dale')) ?? {};
  expect(profile?.damaged).toBeDefined();
  await users.change(id, { profile: { texts: { notes: 'back again' }, metadata: { back: true } } });
  await users.change(id, {
    profile: { texts: { city: 'Seattle' }, metadata: {}, damaged: profile?.damaged ?? [] },
  });
  expect((await users.findByNameKey('dale'))?.profile).toMatchObject({
    texts: { notes: 'back again', city: 'Seattle' },
    metadata: { back: true },
  });
});
