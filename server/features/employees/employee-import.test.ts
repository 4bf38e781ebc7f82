import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { codeOf } from '../../tests/support/code-of.js';
import type { Actor } from '../audit/audit-service.js';
import { ServicesRig } from '../../tests/support/services-rig.js';
import { createEmployeeImportService } from './create-employee-import-service.js';
import type { EmployeeImportService } from './employee-service.js';

const OPERATOR: Actor = { endpoint: 'local', door: 'operator' };
const ALL = { skipConflicts: false };
const SOME = { skipConflicts: true };

let rig: ServicesRig;
let imports: EmployeeImportService;

beforeAll(async () => {
  rig = await ServicesRig.open();
  imports = rig.services.employeeImports;
});

afterEach(async () => {
  await rig.services.database.client.employee.deleteMany();
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

function row(id: unknown, fields: object = {}) {
  const names = { first_name: 'Audrey', last_name: 'Horne' };
  return { id, ...names, ssn: '001234567', date_of_birth: '08-24-1971', salary: 10, ...fields };
}

const ids = async () => {
  const rows = await rig.services.database.client.employee.findMany({ orderBy: { id: 'asc' } });
  return rows.map(({ id }) => Number(id));
};
const apply = (rows: readonly unknown[], options: typeof ALL) =>
  imports.apply(rows, options, OPERATOR, 'staff.csv');

const { salary: _salary, ...WITHOUT_SALARY } = row(4);
const MIXED = [
  ...[row(2), row(1), row(2), row('3', { ssn: '1-2', born: 1 }), WITHOUT_SALARY, 'what is this'],
  ...[null, row(5, { date_of_birth: '02-30-2000', salary: -1 }), row(6)],
];
const CONFLICTS = [
  { row: 2, id: 1, reason: 'there is one of this number already' },
  { row: 3, id: 2, reason: 'it has the number of row 1' },
  {
    row: 4,
    id: null,
    reason:
      'id: must be a whole number from 1 to 9007199254740991; ssn: must be nine digits; born: is not known here',
  },
  { row: 5, id: 4, reason: 'salary: is missing' },
  { row: 6, id: null, reason: 'is no object' },
  { row: 7, id: null, reason: 'is no object' },
  {
    row: 8,
    id: 5,
    reason:
      'date_of_birth: must be a date of the calendar, mm-dd-yyyy; salary: must be a whole number from 0 to 9007199254740991',
  },
];

test('a plan tells everything that is wrong, and changes nothing', async () => {
  await apply([row(1)], ALL);
  const report = { found: 9, added: 2, is_applied: false, conflicts: CONFLICTS };
  expect(await imports.plan(MIXED, OPERATOR, 'staff.csv')).toEqual(report);
  expect(await apply(MIXED, ALL)).toEqual(report);
  expect(await ids()).toEqual([1]);
  // Which numbers there are is told by both of them.
  const { entries } = await rig.services.audit.page({ limit: 2 });
  const details = { can_be_added: 2, conflicts: 7, ids: '1-2, 6' };
  expect(entries).toMatchObject([
    { action: 'employee.import_planned', subject: 'staff.csv', details: { ...details, apply: true } },
    { action: 'employee.import_planned', subject: 'staff.csv', details: { ...details, apply: false } },
  ]);
});

test('what is not inserted is not in the audit log as imported', async () => {
  const { employeeStore: store, audit } = rig.services;
  const failing = createEmployeeImportService({
    audit,
    clock: rig.clock.now,
    store: { ...store, insertAll: () => Promise.reject(new AppError('database.unavailable')) },
  });
  expect(await codeOf(failing.apply([row(1)], ALL, OPERATOR, 'staff.csv'))).toBe('database.unavailable');
  const { entries } = await audit.page({ limit: 1 });
  expect(entries).toMatchObject([{ action: 'employee.import_planned', details: { apply: true, ids: '1' } }]);
});

test('those without a conflict are imported where that is wanted', async () => {
  await apply([row(1)], ALL);
  expect(await apply(MIXED, SOME)).toEqual({ found: 9, added: 2, is_applied: true, conflicts: CONFLICTS });
  expect(await ids()).toEqual([1, 2, 6]);
  const { entries } = await rig.services.audit.page({ limit: 1 });
  expect(entries).toMatchObject([
    {
      ...{ action: 'employee.imported', outcome: 'done', subject: 'staff.csv', door: 'operator' },
      details: { imported: 2, left_out: 7, ids: '2, 6' },
    },
  ]);
});

test('nothing to import is not an import', async () => {
  for (const options of [ALL, SOME])
    expect(await apply([], options)).toEqual({ found: 0, added: 0, is_applied: false, conflicts: [] });
});

test('a number that is taken meanwhile is a conflict', async () => {
  const { employeeStore: store, audit, clock } = { ...rig.services, clock: rig.clock.now };
  let isLate = false;
  const late = createEmployeeImportService({
    audit,
    clock,
    store: {
      ...store,
      insertAll: async (employees, now) => {
        if (!isLate) await store.insertAll(employees.slice(1, 2), now);
        isLate = true;
        return store.insertAll(employees, now);
      },
    },
  });
  const rows = [row(1), row(2), row(3)];
  const conflicts = [{ row: 2, id: 2, reason: 'there is one of this number already' }];
  expect(await late.apply(rows, SOME, OPERATOR, 'staff.csv')).toMatchObject({ is_applied: true, conflicts });
  expect(await ids()).toEqual([1, 2, 3]);
  const { entries } = await audit.page({ limit: 3 });
  const planned = 'employee.import_planned';
  expect(entries.map(({ action, details }) => [action, details['ids']])).toEqual([
    ['employee.imported', '1, 3'],
    [planned, '1-3'],
    [planned, '1-3'],
  ]);
});

test('many are imported while others write to the audit log, and each is in it', async () => {
  const rows = Array.from({ length: 6000 }, (_, index) => row(index + 1));
  const running = { isDone: false };
  const importing = apply(rows, ALL).finally(() => (running.isDone = true));
  let meanwhile = 0;
  while (!running.isDone) {
    await rig.services.audit.append({ action: 'login', actor: OPERATOR });
    meanwhile += 1;
  }
  expect(await importing).toMatchObject({ found: 6000, added: 6000, is_applied: true });
  expect(meanwhile).toBeGreaterThan(4);
  const { entries } = await rig.services.audit.page({ limit: 12, action: 'employee.imported' });
  expect(entries.map(({ details }) => details['ids']).reverse()).toEqual(
    Array.from({ length: 12 }, (_, index) => `${String(index * 500 + 1)}-${String(index * 500 + 500)}`),
  );
});

test('two imports of the same go one after the other', async () => {
  const reports = await Promise.all([apply([row(1)], ALL), apply([row(1)], ALL)]);
  expect(reports.map((report) => report.is_applied)).toEqual([true, false]);
});
