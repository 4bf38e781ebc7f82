import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANYBODY, HERE, PASSWORD, ServicesRig } from '../../tests/support/services-rig.js';
import { createAccountImportService } from './account-import-service.js';
import { newUser } from './new-user.js';

let rig: ServicesRig;

beforeAll(async () => {
  rig = await ServicesRig.open();
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

const TAKEN = { code: 'account.name_taken' };
/** However it is written, it is compared as one. */
const WRITTEN = ['anonymous', 'Anonymous', 'ＡＮＯＮＹＭＯＵＳ'];

test.each(WRITTEN)('%s cannot become an account by any door', async (username) => {
  const { accounts, registrations } = rig.services;
  await expect(accounts.identify(username, HERE)).rejects.toMatchObject(TAKEN);
  await expect(registrations.register(ANYBODY, { username, password: PASSWORD })).rejects.toMatchObject(
    TAKEN,
  );
  await expect(registrations.registerCredential(ANYBODY, username, 'pie')).rejects.toMatchObject(TAKEN);
  await expect(rig.create(username)).rejects.toMatchObject(TAKEN);
  expect(await rig.services.users.findByNameKey('anonymous')).toBeUndefined();
});

test('an account cannot be renamed to it', async () => {
  const admin = await rig.member('admin', { role: 'admin' });
  await rig.create('dale');
  const { userAdmin } = rig.services;
  for (const username of WRITTEN)
    await expect(userAdmin.change(admin, 'dale', { username })).rejects.toMatchObject(TAKEN);
  await userAdmin.change(admin, 'dale', { username: 'anonymous2' });
});

test('an import of it is a conflict, and nothing of it is inserted', async () => {
  const imports = createAccountImportService(rig.services.users);
  const user = newUser({ id: 'an-id', name: 'Anonymous', now: new Date() });
  expect(await imports.collisionOf(user)).toBe('name_taken');
  const other = newUser({ id: 'another-id', name: 'laura', now: new Date() });
  expect(await imports.insertAll([other, user])).toEqual({ index: 1, why: 'name_taken' });
  expect(await rig.services.users.findByNameKey('laura')).toBeUndefined();
});
