import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { UserStore } from '../features/accounts/user-store.js';
import { sealedUsers } from '../features/accounts/user-row.js';
import { createKeyService } from '../features/keys/key-service.js';
import { rawMasterKey } from '../keys/master-key.js';
import { ServicesRig } from '../tests/support/services-rig.js';
import { operatorCommands, type OperatorServices } from './operator-commands.js';
import { runCommand } from './control-command.js';

let rig: ServicesRig;

beforeEach(async () => {
  rig = await ServicesRig.open();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

function rotate(users: UserStore): Promise<unknown> {
  const { keys: ring, audit } = rig.services;
  const keyService = createKeyService({ ring, tables: [sealedUsers(users)], audit });
  // Nothing else is asked here.
  const commands = operatorCommands({ keyService } as OperatorServices);
  const args = { newMasterKey: { setting: randomBytes(32).toString('hex') } };
  const context = { signal: new AbortController().signal, onProgress: () => undefined };
  return runCommand(commands, 'key.rotate', args, context);
}

/** Data keys of fields that a master key opens, wherever in the database's files they are. */
async function openedBy(masterKey: Buffer): Promise<string[]> {
  const files = ['gatherd.db', 'gatherd.db-wal'].map((name) => readFile(join(rig.dataDir, name), 'latin1'));
  const content = (await Promise.all(files)).join('');
  const master = rawMasterKey('a test', masterKey);
  const opened = new Set<string>();
  // Of a text that is overwritten in part the beginning may be another's: each place where one may begin.
  for (const [wrapped] of content.matchAll(/v1\.raw\.[\w-]{80}/g)) {
    for (const id of ['fields-1', 'fields-2', 'fields-3', 'fields-4'])
      if ((await master.unwrap({ id, purpose: 'fields' }, wrapped)) !== undefined) opened.add(id);
  }
  return [...opened].sort();
}

test.each([
  ['is done at once', false],
  ['finishes one that was broken off', true],
])(
  'a rotation with a new master key that %s leaves no key that the old one opens',
  async (_how, isBroken) => {
    const { users, keys } = rig.services;
    await rig.create('dale', { email: 'dale@example.org' });
    const old = await readFile(join(rig.dataDir, 'master.key'));
    if (isBroken) await keys.addFieldsKey();
    expect(await openedBy(old)).toEqual(isBroken ? ['fields-1', 'fields-2'] : ['fields-1']);
    const outcome = await rotate(users);
    expect(outcome).toMatchObject({
      keyId: isBroken ? 'fields-3' : 'fields-2',
      kept: [],
      newMasterKey: 'setting',
    });
    expect(await openedBy(old)).toEqual([]);
    expect(await users.findByEmail('dale@example.org')).toMatchObject({ name: 'dale' });
  },
);
