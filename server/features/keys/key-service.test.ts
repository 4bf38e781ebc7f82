import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Secret } from '../../config/setting-kinds.js';
import { openKeyRing } from '../../keys/open-key-ring.js';
import { createPrismaDataKeyStore } from '../../keys/prisma-data-key-store.js';
import { openNewDatabase } from '../../tests/support/new-database.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import type { AuditEvent } from '../audit/audit-service.js';
import { createKeyService } from './key-service.js';

const NOTHING = {
  table: 'User',
  columns: ['email'],
  resealSome: () => Promise.resolve({ rows: 0, damaged: 0 }),
};
const ACTOR = { endpoint: 'local', door: 'operator' } as const;

test('rotations, finished ones and changes of the master key stand in the audit log, without the key', async () => {
  await using folder = await temporaryDirectory();
  await using database = await openNewDatabase(join(folder.path, 'gatherd.db'));
  const path = join(folder.path, 'master.key');
  const store = createPrismaDataKeyStore(database);
  const ring = await openKeyRing({ given: undefined, path }, store, () => new Date(0));
  const events: AuditEvent[] = [];
  const audit = {
    append: (event: AuditEvent) => {
      events.push(event);
      return Promise.resolve();
    },
  };
  const keys = createKeyService({ ring, tables: [NOTHING], audit });

  expect((await keys.rotate(ACTOR).next()).value).toMatchObject({ keyId: 'fields-2', isResumed: false });
  expect(await keys.finishRotation()).toBeUndefined();
  await ring.addFieldsKey();
  expect(await keys.finishRotation()).toMatchObject({ keyId: 'fields-3', isResumed: true });
  const given = new Secret(randomBytes(32).toString('hex'));
  expect(await keys.changeMasterKey(ACTOR, given)).toEqual({ source: 'setting' });
  expect(await keys.changeMasterKey(ACTOR, undefined)).toEqual({ source: 'file' });

  expect(events.map(({ action }) => action)).toEqual(Array(4).fill('key.rotated'));
  expect(events.map(({ subject }) => subject?.name)).toEqual([
    ...['fields-2', 'fields-3', 'master key', 'master key'],
  ]);
  expect(JSON.stringify(events)).not.toContain(given.reveal());
});
