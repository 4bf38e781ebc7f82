import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EmployeeCreation } from '../../../protocol/employees.js';
import { Secret } from '../../config/setting-kinds.js';
import type { Database } from '../../database/database.js';
import type { KeyRing } from '../../keys/key-ring.js';
import { openKeyRing } from '../../keys/open-key-ring.js';
import { createPrismaDataKeyStore } from '../../keys/prisma-data-key-store.js';
import { rotateKeys } from '../../keys/rotate-keys.js';
import { openNewDatabase } from '../../tests/support/new-database.js';
import { SecretSearch } from '../../tests/support/secret-search.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { sealedEmployees } from './employee-row.js';
import type { EmployeeFilter, EmployeeStore } from './employee-store.js';
import { createPrismaEmployeeStore } from './prisma-employee-store.js';

const MASTER = new Secret(randomBytes(32).toString('hex'));
const NOW = new Date(1_000);
const LATER = new Date(2_000);
const MOST = Number.MAX_SAFE_INTEGER;

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: Database;
let ring: KeyRing;
let store: EmployeeStore;

beforeEach(async () => {
  folder = await temporaryDirectory();
  database = await openNewDatabase(join(folder.path, 'gatherd.db'));
  const source = { given: MASTER, path: join(folder.path, 'master.key') };
  ring = await openKeyRing(source, createPrismaDataKeyStore(database), () => NOW);
  store = createPrismaEmployeeStore(database, ring);
});

afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function employee(id: number, fields: Partial<EmployeeCreation> = {}): EmployeeCreation {
  const ssn = String(id % 1_000_000_000).padStart(9, '0');
  const names = { first_name: `First${String(id)}`, last_name: 'Last' };
  return { id, ...names, ssn, date_of_birth: '01-02-1990', salary: id, ...fields };
}

async function found(filter: EmployeeFilter = {}): Promise<number[]> {
  const ids: number[] = [];
  for await (const some of store.list(filter)) ids.push(...some.map(({ id }) => id));
  return ids;
}

async function read(id: number) {
  const one = await store.findById(id);
  if (one === undefined) throw new Error(`there is no ${String(id)}`);
  return one;
}

async function damage(id: number, data: object): Promise<void> {
  await database.write((client) => client.employee.update({ where: { id: BigInt(id) }, data }));
}

test('what is written is read again, to the largest number', async () => {
  for (const id of [1, MOST]) {
    const one = employee(id, { salary: id });
    expect(await store.insert(one, NOW)).toBe(true);
    expect(await store.insert(one, NOW)).toBe(false);
    const { id: _id, ...fields } = one;
    expect(await store.findById(id)).toEqual({
      id,
      fields,
      damaged: [],
      version: 1,
      createdAt: NOW,
      updatedAt: NOW,
    });
  }
  expect(await store.findById(2)).toBeUndefined();
  expect(await store.takenOf([1, 2, MOST])).toEqual(new Set([1, MOST]));
});

test('of two changes of one version one is made', async () => {
  await store.insert(employee(1), NOW);
  const before = await read(1);
  const outcomes = await Promise.all([
    store.change(before, { first_name: 'Laura' }, LATER),
    store.change(before, { ssn: '999999999' }, LATER),
  ]);
  expect(outcomes.filter((outcome) => outcome !== undefined)).toEqual([await read(1)]);
  expect(await read(1)).toMatchObject({ version: 2, updatedAt: LATER });
});

test('one that was removed and made again is another one', async () => {
  await store.insert(employee(1), NOW);
  const before = await read(1);
  expect(await store.remove(1, { ...before, version: 2 })).toBe(false);
  expect(await store.remove(1, { ...before, createdAt: LATER })).toBe(false);
  expect(await store.remove(1, before)).toBe(true);
  expect(await store.remove(1)).toBe(false);
  await store.insert(employee(1, { first_name: 'Other' }), LATER);
  expect(await store.change(before, { last_name: 'Palmer' }, LATER)).toBeUndefined();
  expect((await read(1)).fields.last_name).toBe('Last');
});

test('they are listed by number, found by number or a part of the name, and nothing is a wildcard', async () => {
  const names = [
    ...[employee(7), employee(70), employee(8, { first_name: 'Agent 7' }), employee(2)],
    ...[
      employee(20, { first_name: 'a%b' }),
      employee(21, { first_name: 'a_b' }),
      employee(22, { first_name: 'axb' }),
    ],
    employee(23, { first_name: 'Ärger', last_name: 'GROẞ' }),
  ];
  expect(await store.insertAll(names, NOW)).toBe(true);
  expect(await found()).toEqual([2, 7, 8, 20, 21, 22, 23, 70]);
  expect(await found({ afterId: 8 })).toEqual([20, 21, 22, 23, 70]);
  expect(await found({ nameContains: '7', id: 7 })).toEqual([7, 8, 70]);
  expect(await found({ nameContains: '2', id: 2 })).toEqual([2]);
  expect(await found({ nameContains: 'a%b' })).toEqual([20]);
  expect(await found({ nameContains: 'a_b' })).toEqual([21]);
  expect(await found({ nameContains: '%' })).toEqual([20]);
  expect(await found({ nameContains: 'ärger gross' })).toEqual([23]);
  expect(await found({ nameContains: 'nobody' })).toEqual([]);
});

test('all are inserted or none', async () => {
  const many = Array.from({ length: 600 }, (_, index) => employee(index + 1));
  await store.insert(employee(600), NOW);
  expect(await store.insertAll(many, NOW)).toBe(false);
  expect(await store.insertAll(many, NOW)).toBe(false);
  expect(await found()).toEqual([600]);
  await store.remove(600);
  expect(await store.insertAll(many, NOW)).toBe(true);
  expect(await found()).toEqual(many.map(({ id }) => id));
});

test('while many are sealed others read, and nothing of them is there yet', async () => {
  const many = Array.from({ length: 6000 }, (_, index) => employee(index + 1));
  const running = { isDone: false };
  const inserted = store.insertAll(many, NOW).finally(() => (running.isDone = true));
  let meanwhile = 0;
  while (!running.isDone) if ((await store.findById(1)) === undefined) meanwhile += 1;
  expect(await inserted).toBe(true);
  // In one transaction from the first row on, one would get in before it.
  expect(meanwhile).toBeGreaterThan(3);
});

test('more than a window are all found', async () => {
  // Without a seal each: these are not opened.
  const values = `SELECT value, 'F', 'L', CASE value WHEN 20500 THEN 'f x' ELSE 'f l' END, '', '', '', 'none', 1, 0, 0`;
  const numbers =
    'WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 20600)';
  await database.write((client) =>
    client.$executeRawUnsafe(`INSERT INTO "Employee" ${numbers} ${values} FROM n`),
  );
  expect(await found({ nameContains: 'x' })).toEqual([20_500]);
  expect((await found()).length).toBe(20_600);
});

test('nothing of what is personal is in the files', async () => {
  const search = new SecretSearch();
  const ssn = search.use('the SSN', '398517264');
  const date = search.use('the date of birth', '07-19-1961');
  const salary = 73_918_264;
  search.use('the salary', String(salary));
  await store.insert(employee(5, { ssn, date_of_birth: date, salary }), NOW);
  await store.insertAll([employee(6, { ssn, date_of_birth: date, salary })], NOW);
  await store.insert(employee(7), NOW);
  await store.change(await read(7), { ssn, date_of_birth: date, salary }, LATER);
  const names = await readdir(folder.path);
  expect(names).toContain('gatherd.db-wal');
  const files = Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder.path, name)))));
  search.see('the files', files);
  expect(search.leaks()).toEqual([]);
  expect(files.includes('First5')).toBe(true);
});

test('salaries are as long as each other where they are kept', async () => {
  await store.insertAll([employee(1, { salary: 0 }), employee(2, { salary: MOST })], NOW);
  const rows = await database.client.employee.findMany({ select: { salary: true } });
  expect(new Set(rows.map(({ salary }) => salary.length)).size).toBe(1);
});

test('what is damaged, or was moved, is told and not shown, stays, and is repaired by what names it', async () => {
  await store.insertAll([employee(1, { ssn: '111111111' }), employee(2, { ssn: '222222222' })], NOW);
  const other = await database.client.employee.findUniqueOrThrow({ where: { id: 2n } });
  await damage(1, { ssn: other.ssn, salary: 'what is this' });
  expect(await read(1)).toMatchObject({ fields: { ssn: '', salary: null }, damaged: ['ssn', 'salary'] });
  for await (const some of store.list({})) expect(some.map(({ ssn }) => ssn)).toEqual(['', '222222222']);
  const changed = await store.change(await read(1), { ssn: '333333333' }, LATER);
  expect(changed).toEqual(await read(1));
  expect(changed).toMatchObject({ fields: { ssn: '333333333', salary: null }, damaged: ['salary'] });
  const row = await database.client.employee.findUniqueOrThrow({ where: { id: 1n } });
  expect(row.salary).toBe('what is this');
});

test('a rotation seals them anew, changes no version, and leaves what is damaged', async () => {
  const many = Array.from({ length: 120 }, (_, index) => employee(index + 1));
  await store.insertAll(many, NOW);
  const before = await read(3);
  await damage(7, { ssn: 'v1.fields-1.AAAA' });
  const table = sealedEmployees(store);
  const rotation = rotateKeys(ring, [table]);
  let step = await rotation.next();
  while (step.done !== true) {
    // In the middle of it.
    await store.change(await read(1), { ssn: '123123123' }, LATER);
    step = await rotation.next();
  }
  expect(step.value).toMatchObject({
    keyId: 'fields-2',
    rows: 120,
    damaged: 1,
    removed: [],
    kept: ['fields-1'],
  });
  expect(await read(3)).toEqual(before);
  expect((await read(1)).fields.ssn).toBe('123123123');
  expect(await read(7)).toMatchObject({ damaged: ['ssn'], fields: { salary: 7 } });
  const rows = await database.client.employee.findMany();
  expect(
    rows.every(({ dataKeyId, salary }) => dataKeyId === 'fields-2' && salary.startsWith('v1.fields-2.')),
  ).toBe(true);
  await store.change(await read(7), { ssn: '777777777' }, LATER);
  const again = rotateKeys(ring, [table]);
  while ((step = await again.next()).done !== true);
  expect(step.value).toMatchObject({ damaged: 0, kept: [] });
});

test('a database with employees has to have had its keys', async () => {
  const keys = createPrismaDataKeyStore(database);
  expect(await keys.hasTraces()).toBe(false);
  await store.insert(employee(1), NOW);
  expect(await keys.hasTraces()).toBe(true);
});
