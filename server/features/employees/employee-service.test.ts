import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { EmployeeCreation } from '../../../protocol/employees.js';
import type { Permission } from '../../../protocol/permissions.js';
import { AppError } from '../../errors/app-error.js';
import { codeOf } from '../../tests/support/code-of.js';
import { ServicesRig } from '../../tests/support/services-rig.js';
import type { Caller } from '../sessions/session-service.js';
import { createEmployeeImportService } from './create-employee-import-service.js';
import { createEmployeeService } from './create-employee-service.js';
import type { EmployeeService } from './employee-service.js';
import type { EmployeeStore } from './employee-store.js';

const JOHN: EmployeeCreation = {
  id: 7,
  first_name: 'John',
  last_name: 'Doe',
  ssn: '012345678',
  date_of_birth: '02-29-2000',
  salary: 100_000,
};
const { id: _id, ...FIELDS } = JOHN;
const MASKED = {
  ...{ id: 7, first_name: 'John', last_name: 'Doe' },
  ...{ ssn: '*****5678', date_of_birth: '**-**-****', salary: '******' },
};
const DEEDS = ['get', 'add', 'update', 'delete'] as const;
type Deed = (typeof DEEDS)[number];
const ALL = DEEDS.map((deed): Permission => `employees:${deed}`);

let rig: ServicesRig;
let clerk: Caller;
let employees: EmployeeService;
const by = {} as Record<Deed, Caller>;

beforeAll(async () => {
  rig = await ServicesRig.open();
  clerk = await rig.member('clerk', { permissions: ALL });
  for (const deed of DEEDS) by[deed] = await rig.member(deed, { permissions: [`employees:${deed}`] });
});

beforeEach(() => {
  ({ employees } = rig.services);
});

afterEach(async () => {
  await rig.services.database.client.employee.deleteMany();
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

async function newest(count: number) {
  const { entries } = await rig.services.audit.page({ limit: count });
  return entries
    .map(({ action, outcome, actor, subject, details }) => ({ action, outcome, actor, subject, details }))
    .reverse();
}

const line = (action: string, more: object = {}) => ({
  ...{ action, outcome: 'done', actor: 'clerk', subject: 'Employee #7', details: {} },
  ...more,
});

/** A version of what was added just now. */
const version = (number: number) => `${String(number)}-${rig.clock.now().getTime().toString(36)}`;

/** The service with a store, or a log, of which something else is known. */
function serviceWith({ store = {}, audit = {} }: { store?: Partial<EmployeeStore>; audit?: object }) {
  const { sessions, access, employeeStore, audit: log } = rig.services;
  const parts = {
    store: { ...employeeStore, ...store },
    audit: { append: log.append.bind(log), record: log.record.bind(log), ...audit },
    clock: rig.clock.now,
  };
  return createEmployeeService({ ...parts, imports: createEmployeeImportService(parts), sessions, access });
}

describe('a record', () => {
  test('is whole only where it alone is read, and all that happens to it is in the audit log', async () => {
    const added = await employees.add(clerk, JOHN);
    const written = { id: 7, updated_at: rig.clock.now().toISOString() };
    expect(added).toEqual({ version: version(1), employee: written });
    expect(await employees.get(clerk, 7)).toEqual({ ...added, employee: { ...JOHN, ...written } });
    const page = { employees: [{ ...MASKED, ...written }], next: null };
    expect(await employees.list(clerk, { limit: 10 })).toEqual(page);
    const changed = await employees.change(clerk, 7, { last_name: 'Roe', salary: 5 }, [added.version]);
    expect(changed).toEqual({ version: version(2), employee: written });
    await employees.remove(clerk, 7, [changed.version]);
    const listed = { count: 1, first: 7, last: 7, is_search: false };
    expect(await newest(5)).toEqual([
      line('employee.added'),
      line('employee.read'),
      line('employees.listed', { subject: null, details: listed }),
      line('employee.changed', { details: { fields: ['last_name', 'salary'] } }),
      line('employee.removed'),
    ]);
  });

  test('is in the audit log without any value, and without what was searched for', async () => {
    await employees.add(clerk, JOHN);
    await employees.change(clerk, 7, { ...FIELDS, first_name: 'Zebulon', ssn: '987654321' }, 'any');
    await employees.list(clerk, { limit: 10, search: 'zebulon doe' });
    const lines = JSON.stringify(await rig.services.database.client.auditEntry.findMany());
    expect(lines).toContain('"is_search\\":true');
    for (const value of [
      '012345678',
      '987654321',
      '02-29-2000',
      '100000',
      'John',
      'Zebulon',
      'zebulon',
      'Doe',
    ])
      expect(lines).not.toContain(value);
  });

  test('is listed a page at a time', async () => {
    const ids = [3, 1, 12, 5, 9];
    for (const id of ids) await employees.add(clerk, { ...JOHN, id });
    const first = await employees.list(clerk, { limit: 3 });
    expect(first).toMatchObject({ employees: [{ id: 1 }, { id: 3 }, { id: 5 }], next: '5' });
    const second = await employees.list(clerk, { limit: 3, cursor: '5' });
    expect(second).toMatchObject({ employees: [{ id: 9 }, { id: 12 }], next: null });
    expect(await employees.list(clerk, { limit: 3, search: '12' })).toMatchObject({
      employees: [{ id: 12 }],
    });
    expect(await employees.list(clerk, { limit: 3, search: 'OHN D' })).toMatchObject({ next: '5' });
    expect(await employees.list(clerk, { limit: 2, cursor: '9999999999999999' })).toEqual({
      employees: [],
      next: null,
    });
  });

  test('has another version after every change that names something, so that no guess tells what was there', async () => {
    await employees.add(clerk, JOHN);
    expect((await employees.change(clerk, 7, FIELDS, 'any')).version).toBe(version(2));
    expect((await employees.change(clerk, 7, {}, [version(2)])).version).toBe(version(2));
    expect((await employees.change(clerk, 7, { salary: 0 }, [version(2)])).version).toBe(version(3));
  });

  test('is another one where it was removed and added again', async () => {
    const first = await employees.add(clerk, JOHN);
    await employees.remove(clerk, 7, 'any');
    rig.clock.advance(1);
    const second = await employees.add(clerk, JOHN);
    for (const write of [
      () => employees.change(clerk, 7, { salary: 1 }, [first.version]),
      () => employees.remove(clerk, 7, [first.version]),
    ])
      expect(await codeOf(write())).toBe('employee.changed_meanwhile');
    await employees.remove(clerk, 7, [first.version, second.version]);
  });

  test('that is not there, or is another version, is in the audit log as refused to whoever asked', async () => {
    await employees.add(clerk, JOHN);
    const attempts = [
      ['employee.read', () => employees.get(clerk, 8), 'employee.unknown'],
      ['employee.changed', () => employees.change(clerk, 8, { salary: 1 }, 'any'), 'employee.unknown'],
      ['employee.removed', () => employees.remove(clerk, 8, 'any'), 'employee.unknown'],
      [
        'employee.changed',
        () => employees.change(clerk, 7, { salary: 1 }, ['9-9']),
        'employee.changed_meanwhile',
      ],
      ['employee.removed', () => employees.remove(clerk, 7, ['9-9']), 'employee.changed_meanwhile'],
      ['employee.added', () => employees.add(clerk, JOHN), 'employee.exists'],
    ] as const;
    for (const [action, attempt, reason] of attempts) {
      expect(await codeOf(attempt())).toBe(reason);
      const subject = reason === 'employee.unknown' ? 'Employee #8' : 'Employee #7';
      const fields = action === 'employee.changed' ? { fields: ['salary'] } : {};
      expect(await newest(1)).toEqual([
        line(action, { subject, outcome: 'refused', details: { ...fields, reason } }),
      ]);
    }
  });

  test('that is not there can be neither changed nor removed, and one that is there not be added', async () => {
    expect(await codeOf(employees.change(clerk, 7, {}, 'any'))).toBe('employee.unknown');
    expect(await codeOf(employees.remove(clerk, 7, 'any'))).toBe('employee.unknown');
    await employees.add(clerk, JOHN);
    expect(await codeOf(employees.add(clerk, JOHN))).toBe('employee.exists');
    expect(await codeOf(employees.change(clerk, 7, {}, []))).toBe('employee.changed_meanwhile');
    expect(await codeOf(employees.remove(clerk, 7, [version(2)]))).toBe('employee.changed_meanwhile');
  });
});

describe('of several who write at once', () => {
  test('exactly one wins, where all expect the same version', async () => {
    await employees.add(clerk, JOHN);
    const salaries = Array.from({ length: 8 }, (_, index) => index);
    const codes = await Promise.all(
      salaries.map((salary) => codeOf(employees.change(clerk, 7, { salary }, [version(1)]))),
    );
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set([undefined, 'employee.changed_meanwhile']));
    const { employee, version: last } = await employees.get(clerk, 7);
    expect([employee.salary, last]).toEqual([codes.indexOf(undefined), version(2)]);
  });

  test('nobody’s fields are lost, where any version will do', async () => {
    await employees.add(clerk, JOHN);
    const changes = [
      ...[{ first_name: 'A' }, { last_name: 'B' }, { ssn: '111111111' }, { date_of_birth: '01-01-1970' }],
      { salary: 1 },
    ];
    await Promise.all(changes.map((change) => employees.change(clerk, 7, change, 'any')));
    const { employee, version: last } = await employees.get(clerk, 7);
    expect(employee).toMatchObject(Object.assign({}, ...changes) as object);
    expect(last).toBe(version(6));
  });

  test('one adds a number, and one removes it', async () => {
    const adding = Array.from({ length: 5 }, () => codeOf(employees.add(clerk, JOHN)));
    const added = await Promise.all(adding);
    expect(added.filter((code) => code === undefined)).toHaveLength(1);
    const removed = await Promise.all(added.map(() => codeOf(employees.remove(clerk, 7, 'any'))));
    expect(removed.filter((code) => code === undefined)).toHaveLength(1);
    expect(new Set([...added, ...removed])).toEqual(
      new Set([undefined, 'employee.exists', 'employee.unknown']),
    );
  });

  test('who comes too late is in the audit log as refused', async () => {
    await employees.add(clerk, JOHN);
    const late = serviceWith({
      store: {
        change: async (before, _changes, now) => {
          await rig.services.employeeStore.change(before, { salary: 1 }, now);
          return undefined;
        },
        remove: () => Promise.resolve(false),
      },
    });
    expect(await codeOf(late.change(clerk, 7, { salary: 2 }, [version(1)]))).toBe(
      'employee.changed_meanwhile',
    );
    expect(await codeOf(late.remove(clerk, 7, [version(2)]))).toBe('employee.changed_meanwhile');
    const reason = 'employee.changed_meanwhile';
    expect(await newest(4)).toEqual([
      line('employee.changed', { details: { fields: ['salary'] } }),
      line('employee.changed', { outcome: 'refused', details: { fields: ['salary'], reason } }),
      line('employee.removed'),
      line('employee.removed', { outcome: 'refused', details: { reason } }),
    ]);
  });
});

describe('where the audit log cannot be written', () => {
  test('nothing is shown, and nothing done', async () => {
    await employees.add(clerk, JOHN);
    const append = () => Promise.reject(new AppError('database.unavailable'));
    const blind = serviceWith({ audit: { append, record: () => Promise.resolve() } });
    const attempts = [
      ...[blind.get(clerk, 7), blind.list(clerk, { limit: 1 }), blind.add(clerk, { ...JOHN, id: 8 })],
      ...[blind.change(clerk, 7, { salary: 1 }, 'any'), blind.remove(clerk, 7, 'any')],
      blind.importAll(clerk, [{ ...JOHN, id: 9 }], { skipConflicts: false }),
    ];
    const codes = await Promise.all(attempts.map((attempt) => codeOf(attempt)));
    expect(new Set(codes)).toEqual(new Set(['database.unavailable']));
    expect(await employees.get(clerk, 7)).toMatchObject({ version: version(1) });
    expect((await employees.list(clerk, { limit: 9 })).employees).toHaveLength(1);
  });
});

describe('who may', () => {
  const attempts: Readonly<Record<Deed, readonly ((caller: Caller) => Promise<unknown>)[]>> = {
    get: [(caller) => employees.get(caller, 7), (caller) => employees.list(caller, { limit: 1 })],
    add: [
      (caller) => employees.add(caller, { ...JOHN, id: 8 }),
      async (caller) => employees.planImport(caller, [JOHN]),
      (caller) => employees.importAll(caller, [{ ...JOHN, id: 9 }], { skipConflicts: false }),
    ],
    update: [(caller) => employees.change(caller, 7, { salary: 1 }, 'any')],
    delete: [(caller) => employees.remove(caller, 7, 'any')],
  };

  // A refusal may be thrown at once.
  const tried = (attempt: () => Promise<unknown>) => codeOf(Promise.resolve().then(attempt));

  test.each(DEEDS)('%s may do that and nothing else', async (permitted) => {
    await employees.add(clerk, JOHN);
    for (const deed of DEEDS)
      for (const attempt of attempts[deed])
        expect([deed, await tried(() => attempt(by[permitted]))]).toEqual([
          deed,
          deed === permitted ? undefined : 'permission.missing',
        ]);
  });

  test('is nobody whose session has ended or who has been suspended', async () => {
    await employees.add(clerk, JOHN);
    const gone = await rig.login('clerk');
    await rig.services.logins.logout(gone);
    const user = await rig.services.users.findByNameKey('get');
    if (user === undefined) throw new Error('nobody');
    rig.services.access.put({ ...user, status: 'suspended' });
    for (const caller of [gone, by.get])
      for (const attempt of Object.values(attempts).flat())
        expect(await tried(() => attempt(caller))).toBe('session.invalid');
    rig.services.access.put(user);
  });
});

test('a damaged record is shown as far as it goes, and repaired by what names it', async () => {
  await employees.add(clerk, JOHN);
  await rig.services.database.client.employee.updateMany({
    data: { ssn: 'x', dateOfBirth: 'x', salary: 'x' },
  });
  const { employee } = await employees.get(clerk, 7);
  expect(employee).toMatchObject({ first_name: 'John', ssn: '', date_of_birth: '', salary: null });
  expect(employee.damaged_fields).toEqual(['ssn', 'date_of_birth', 'salary']);
  expect((await employees.list(clerk, { limit: 1 })).employees).toMatchObject([{ ssn: '*********' }]);
  expect((await employees.change(clerk, 7, FIELDS, [version(1)])).version).toBe(version(2));
  expect((await employees.get(clerk, 7)).employee).toEqual({ ...JOHN, updated_at: employee.updated_at });
});
