import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { Secret } from '../config/setting-kinds.js';
import { passphraseMasterKey, rawMasterKey } from './master-key.js';
import { givenMasterKey } from './master-key-source.js';

const NAME = { id: 'fields-1', purpose: 'fields' };
const KEY = randomBytes(32);
const PASSPHRASE = 'through the darkness of future past';

test('64 hexadecimal digits are the key itself, in either case', async () => {
  const bytes = randomBytes(32);
  const wrapped = await rawMasterKey('here', bytes).wrap(NAME, KEY);
  expect(wrapped).toMatch(/^v1\.raw\.[\w-]{80}$/);
  for (const hex of [bytes.toString('hex'), bytes.toString('hex').toUpperCase()])
    expect(await givenMasterKey(new Secret(hex)).unwrap(NAME, wrapped)).toEqual(KEY);
});

test('anything else is a passphrase, whose cost and salt stand in what it wrapped', async () => {
  const wrapped = await givenMasterKey(new Secret(PASSPHRASE)).wrap(NAME, KEY);
  expect(wrapped).toMatch(/^v1\.scrypt\.17\.8\.1\.[\w-]{22}\.[\w-]{80}$/);
  const again = passphraseMasterKey('here', PASSPHRASE);
  expect(await again.unwrap(NAME, wrapped)).toEqual(KEY);
  // With the salt that is known already, so that a start derives once.
  const salt = wrapped.split('.')[5];
  expect((await again.wrap({ ...NAME, id: 'fields-2' }, KEY)).split('.')[5]).toBe(salt);
  expect(await passphraseMasterKey('here', `${PASSPHRASE} `).unwrap(NAME, wrapped)).toBeUndefined();
});

test('a wrapped key opens only under its master key, by its own name and as it is', async () => {
  const master = rawMasterKey('here', randomBytes(32));
  const wrapped = await master.wrap(NAME, KEY);
  expect(await master.unwrap(NAME, wrapped)).toEqual(KEY);
  const others = [
    rawMasterKey('here', randomBytes(32)).unwrap(NAME, wrapped),
    passphraseMasterKey('here', PASSPHRASE).unwrap(NAME, wrapped),
    master.unwrap({ ...NAME, id: 'fields-2' }, wrapped),
    master.unwrap({ ...NAME, purpose: 'audit' }, wrapped),
    master.unwrap(NAME, wrapped.slice(0, -1)),
    master.unwrap(NAME, wrapped.replace('v1.raw', 'v1.RAW')),
    master.unwrap(NAME, ''),
  ];
  for (const other of others) expect(await other).toBeUndefined();
});

test.each(['16.8.1', '21.8.1', '17.9.1', '17.8.2', '99.99.9', '17.8'])(
  'a cost that we would not choose is not paid: %s',
  async (cost) => {
    const wrapped = `v1.scrypt.${cost}.${'A'.repeat(22)}.${'A'.repeat(80)}`;
    expect(await passphraseMasterKey('here', PASSPHRASE).unwrap(NAME, wrapped)).toBeUndefined();
  },
);
