import { randomBytes } from 'node:crypto';
import { chmod, copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../config/setting-kinds.js';
import type { Database } from '../database/database.js';
import { AppError } from '../errors/app-error.js';
import { openNewDatabase } from '../tests/support/in-process-gatherd.js';
import { temporaryDirectory } from '../tests/support/temporary-directory.js';
import type { DataKeyStore } from './data-key-store.js';
import type { KeyRing } from './key-ring.js';
import { openKeyRing } from './open-key-ring.js';
import { createPrismaDataKeyStore } from './prisma-data-key-store.js';

const PLACE = { table: 'User', column: 'email', row: 'dale' };
const HEX = new Secret(randomBytes(32).toString('hex'));
const OTHER = new Secret(randomBytes(32).toString('hex'));

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let path = '';
let database: Database;
let store: DataKeyStore;

beforeEach(async () => {
  folder = await temporaryDirectory();
  path = join(folder.path, 'master.key');
  database = await openNewDatabase(join(folder.path, 'gatherd.db'));
  store = createPrismaDataKeyStore(database);
});

afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function open(given?: Secret): Promise<KeyRing> {
  return openKeyRing({ given, path }, store, () => new Date(0));
}

async function keyFiles(): Promise<string[]> {
  return (await readdir(folder.path)).filter((name) => name.includes('key')).sort();
}

/** The message of a refused start, which has changed nothing. */
async function refusalOf(given?: Secret): Promise<string> {
  const seen = async () => ({ rows: await store.list(), files: await keyFiles() });
  const before = await seen();
  const error: unknown = await open(given).catch((reason: unknown) => reason);
  if (!(error instanceof AppError)) throw new Error('it was not refused');
  expect(error.code).toBe('key.unusable');
  expect(await seen()).toEqual(before);
  return error.message;
}

describe('at the first start', () => {
  test('a key for each purpose is made, and a file of the master key where none is given', async () => {
    const ring = await open();
    expect((await store.list()).map(({ id }) => id).sort()).toEqual(['audit-1', 'fields-1', 'lookup-1']);
    expect(await keyFiles()).toEqual(['master.key']);
    const again = await open();
    expect(again.open(PLACE, ring.seal(PLACE, 'dale@example.com'))).toBe('dale@example.com');
    expect(again.auditKey).toEqual(ring.auditKey);
    expect(again.lookupHash('email', 'a')).toBe(ring.lookupHash('email', 'a'));
  });

  test('no file is made where a master key is given', async () => {
    await open(HEX);
    expect(await keyFiles()).toEqual([]);
    await open(HEX);
  });

  test('a file of an earlier start that got no further is taken', async () => {
    await writeFile(path, randomBytes(32), { mode: 0o600 });
    const before = await readFile(path);
    await open();
    expect(await readFile(path)).toEqual(before);
  });

  test('two starts at the same time have the same keys', async () => {
    const rings = await Promise.all([open(HEX), open(HEX), open(HEX)]);
    const sealed = rings.map((ring) => ring.seal(PLACE, 'dale'));
    for (const ring of rings) for (const text of sealed) expect(ring.open(PLACE, text)).toBe('dale');
    expect(await store.list()).toHaveLength(3);
  });

  test('what is stored holds no key as it is', async () => {
    const { auditKey } = await open();
    const stored = JSON.stringify(await store.list());
    for (const form of ['hex', 'base64', 'base64url'] as const)
      expect(stored).not.toContain(auditKey.toString(form).slice(0, 40));
  });
});

describe('a start is refused, with nothing changed, where', () => {
  test('another master key is given', async () => {
    await open(HEX);
    expect(await refusalOf(OTHER)).toContain('GATHERD_MASTER_KEY');
  });

  test('a passphrase is given in place of a key, or the other way round', async () => {
    await open(HEX);
    expect(await refusalOf(new Secret('fire walk with me, twice'))).toContain('GATHERD_MASTER_KEY');
  });

  test('the file has another key', async () => {
    await open();
    await writeFile(path, randomBytes(32));
    expect(await refusalOf()).toContain(path);
  });

  test('the file is missing', async () => {
    await open();
    await rm(path);
    expect(await refusalOf()).toContain(`${path} cannot be used: it is missing`);
  });

  test.skipIf(process.platform === 'win32')('others may read the file', async () => {
    await open();
    await chmod(path, 0o644);
    expect(await refusalOf()).toContain(path);
  });

  test('a data key is missing or damaged', async () => {
    await open(HEX);
    await database.write(({ dataKey }) =>
      dataKey.update({ where: { id: 'audit-1' }, data: { wrapped: 'v1.raw.AAAA' } }),
    );
    expect(await refusalOf(HEX)).toContain('damaged');
    await database.write(({ dataKey }) => dataKey.delete({ where: { id: 'audit-1' } }));
    expect(await refusalOf(HEX)).toContain('lacks a data key');
  });

  test('all data keys are gone, but not what was sealed with them', async () => {
    const now = new Date(0);
    await database.write(({ user }) =>
      user.create({
        data: {
          ...{ id: 'dale', name: 'dale', nameKey: 'dale', dataKeyId: 'fields-1' },
          ...{ nameSince: now, createdAt: now, updatedAt: now },
        },
      }),
    );
    expect(await refusalOf()).toContain('lacks its data keys');
    expect(await keyFiles()).toEqual([]);
  });
});

describe('a field', () => {
  test('does not open in another row, or with a key that is not there', async () => {
    const ring = await open(HEX);
    const sealed = ring.seal(PLACE, 'dale');
    const refused = expect.objectContaining({ code: 'key.unusable' }) as unknown;
    expect(() => ring.open({ ...PLACE, row: 'audrey' }, sealed)).toThrow(refused);
    expect(() => ring.open(PLACE, sealed.replace('fields-1', 'fields-2'))).toThrow(refused);
    expect(() => ring.open(PLACE, 'dale')).toThrow(refused);
  });

  test('is found by a hash that depends on the column and the key', async () => {
    const ring = await open(HEX);
    expect(ring.lookupHash('email', 'ab')).toMatch(/^[\w-]{43}$/);
    const all = [
      ring.lookupHash('email', 'ab'),
      ring.lookupHash('emaila', 'b'),
      ring.lookupHash('ema', 'ilab'),
    ];
    expect(new Set(all).size).toBe(3);
  });
});

describe('another master key', () => {
  test.each([
    { name: 'a new file for a file', from: undefined, to: undefined, files: ['master.key'] },
    { name: 'a setting for a file', from: undefined, to: HEX, files: [] },
    { name: 'a file for a setting', from: HEX, to: undefined, files: ['master.key'] },
    { name: 'a setting for a setting', from: HEX, to: OTHER, files: [] },
  ])('opens what the one before did, which opens nothing any more: $name', async ({ from, to, files }) => {
    const ring = await open(from);
    const sealed = ring.seal(PLACE, 'dale');
    const old = join(folder.path, 'copy');
    if (from === undefined) await copyFile(path, old);
    await ring.changeMasterKey(to);
    expect(await keyFiles()).toEqual(files);
    expect(ring.open(PLACE, sealed)).toBe('dale');
    expect((await open(to)).open(PLACE, sealed)).toBe('dale');
    if (from === undefined) await copyFile(old, path);
    await refusalOf(from);
  });

  test('may be followed by another one at once, and by a rotation', async () => {
    const ring = await open();
    await Promise.all([ring.changeMasterKey(undefined), ring.changeMasterKey(HEX), ring.addFieldsKey()]);
    const again = await open(HEX);
    expect(again.keyId).toBe('fields-2');
    await ring.changeMasterKey(undefined);
    expect((await open()).olderKeyIds).toEqual(['fields-1']);
  });

  test.each(['before', 'after'] as const)(
    'whose change ends %s the database has it leaves a directory that starts',
    async (moment) => {
      for (const to of [undefined, HEX]) {
        const from = (await open()).seal(PLACE, 'dale');
        const failing: DataKeyStore = {
          ...store,
          replaceAll: async (keys) => {
            if (moment === 'after') await store.replaceAll(keys);
            throw new Error('killed');
          },
        };
        const ring = await openKeyRing({ given: undefined, path }, failing, () => new Date(0));
        await expect(ring.changeMasterKey(to)).rejects.toThrow('killed');
        const next = moment === 'after' ? to : undefined;
        // Asked for again, where it seemed to have failed, it makes nothing worse.
        await expect(ring.changeMasterKey(to)).rejects.toThrow();
        expect((await open(next)).open(PLACE, from)).toBe('dale');
        expect(await keyFiles()).toEqual(['master.key']);
      }
    },
  );
});
