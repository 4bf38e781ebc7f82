import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditQuery } from '../../../../protocol/audit.js';
import { writeEmployeeDatabase } from '../../../tests/support/foreign-files.js';
import { ServicesRig } from '../../../tests/support/services-rig.js';
import type { Actor } from '../../audit/audit-service.js';
import { showEmployeesImport } from './employees-import-report.js';
import { createEmployeesImportService, type EmployeesImportService } from './employees-import-service.js';

const OPERATOR: Actor = { endpoint: 'local', door: 'operator' };
const ALL = { skipConflicts: false };
const HEADER = 'id,first_name,last_name,ssn,date_of_birth,salary';
const GOOD = '2,Ana,Lee,987-65-4321,2/3/1999,50000';

let rig: ServicesRig;
let imports: EmployeesImportService;
let path = '';
let count = 0;

beforeAll(async () => {
  rig = await ServicesRig.open();
  imports = createEmployeesImportService(rig.services.employeeImports);
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await rig.services.database.client.employee.deleteMany();
  count += 1;
  path = join(rig.dataDir, `employees-${String(count)}`);
});

async function writeCsv(...lines: readonly string[]): Promise<void> {
  await writeFile(path, [HEADER, ...lines].join('\n'));
}

async function stored(): Promise<readonly number[]> {
  const rows = await rig.services.database.client.employee.findMany({ orderBy: { id: 'asc' } });
  return rows.map(({ id }) => Number(id));
}

async function audited() {
  const { entries } = await rig.services.audit.page(auditQuery.parse({ limit: '1000' }));
  const ofThis = entries.filter(({ subject }) => subject === `employees-${String(count)}`);
  return ofThis.filter(({ action }) => action !== 'employee.import_planned');
}

describe('an import of employees', () => {
  test('is shown first, and changes nothing until it is applied', async () => {
    writeEmployeeDatabase(path, [[1, 'John', 'Doe', 1_234_567, '1/2/2000', 100_000]]);
    const plan = await imports.plan(path, OPERATOR);
    expect(plan).toEqual({
      path,
      format: 'records',
      counts: { found: 1, wouldAdd: 1, conflicts: 0 },
      normalised: { dates: 1, ssnZeros: 1, ssnDashes: 0, spaces: 0, numbers: 0 },
      wouldAdd: [
        {
          row: 1,
          id: 1,
          name: 'John Doe',
          notes: ['the date of birth is written as mm-dd-yyyy', 'the SSN is filled up with zeros in front'],
        },
      ],
      conflicts: [],
      warnings: [],
    });
    expect(await stored()).toEqual([]);
    expect(await audited()).toEqual([]);
    expect(await imports.apply(path, ALL, OPERATOR)).toEqual({ ...plan, isApplied: true, imported: 1 });
    expect(await rig.services.employeeStore.findById(1)).toMatchObject({
      fields: {
        first_name: 'John',
        last_name: 'Doe',
        ssn: '001234567',
        date_of_birth: '01-02-2000',
        salary: 100_000,
      },
      version: 1,
    });
    expect(await audited()).toMatchObject([{ action: 'employee.imported', door: 'operator', actor: null }]);
  });

  test('adds nobody where one cannot be, and tells all who cannot, by their rows of the file', async () => {
    await writeCsv('1,John,Doe,1,1/1/2000,1');
    await imports.apply(path, ALL, OPERATOR);
    await writeCsv(
      GOOD,
      '3,Bob,Roe,1,2/31/2000,5',
      '1,Jane,Doe,2,1/1/2001,2',
      '4,Eve,Poe,3',
      '2,Ann,Loe,4,1/1/2002,3',
      'x,Ann,Loe,4,1/1/2002,3',
    );
    const conflicts = [
      { row: 3, id: 3, reason: 'the date of birth must be a date of the calendar, mm-dd-yyyy' },
      { row: 4, id: 1, reason: 'there is one of this number already' },
      { row: 5, id: null, reason: 'it has 4 fields, not 6' },
      { row: 6, id: 2, reason: 'it has the id of row 2' },
      { row: 7, id: null, reason: 'the id must be a whole number from 1 to 9007199254740991' },
    ];
    const counts = { found: 6, wouldAdd: 1, conflicts: 5 };
    const wouldAdd = [{ row: 2, id: 2 }];
    expect(await imports.plan(path, OPERATOR)).toMatchObject({ counts, conflicts, wouldAdd });
    expect(await imports.apply(path, ALL, OPERATOR)).toMatchObject({
      ...{ counts, conflicts, wouldAdd, isApplied: false, imported: 0 },
    });
    expect(await stored()).toEqual([1]);
    expect(await imports.apply(path, { skipConflicts: true }, OPERATOR)).toMatchObject({
      ...{ counts, conflicts, wouldAdd, isApplied: true, imported: 1 },
    });
    expect(await stored()).toEqual([1, 2]);
  });

  test('adds nobody where the only trouble is who is there already', async () => {
    await writeCsv('1,John,Doe,1,1/1/2000,1');
    await imports.apply(path, ALL, OPERATOR);
    await writeCsv(GOOD, '1,Jane,Doe,2,1/1/2001,2');
    expect(await imports.apply(path, ALL, OPERATOR)).toMatchObject({ isApplied: false, imported: 0 });
    expect(await stored()).toEqual([1]);
  });

  test('of nobody does nothing', async () => {
    await writeCsv();
    expect(await imports.apply(path, ALL, OPERATOR)).toMatchObject({ isApplied: true, imported: 0 });
    await writeCsv('x,,,,,');
    const report = await imports.apply(path, { skipConflicts: true }, OPERATOR);
    expect(report).toMatchObject({ isApplied: false, imported: 0, counts: { conflicts: 1 } });
    expect(showEmployeesImport(report)).toMatch(/\nnothing imported: 1 employee cannot be\n$/);
  });

  test('of two thousand adds them all, and counts what is written otherwise', async () => {
    const rows = Array.from({ length: 2000 }, (_, index) => [
      index + 1,
      'John',
      'Doe',
      index,
      index % 2 === 0 ? '1/2/2000' : '01-02-2000',
      index,
    ]);
    writeEmployeeDatabase(path, rows);
    expect(await imports.apply(path, ALL, OPERATOR)).toMatchObject({
      imported: 2000,
      normalised: { dates: 1000, ssnZeros: 2000 },
    });
    const { employeeStore } = rig.services;
    expect(await employeeStore.takenOf(rows.map(([id]) => Number(id)))).toHaveProperty('size', 2000);
    expect(await employeeStore.findById(2000)).toMatchObject({
      fields: { ssn: '000001999', salary: 1999 },
    });
  });
});

describe('what is told of an import of employees', () => {
  test('has no SSN, no date of birth and no salary in it', async () => {
    await writeCsv(
      '1,John,Doe,123456789,01-02-1987,65432',
      '2,Ana,Lee,123-45-6789,1/2/1987,65432',
      '3,Bob,Roe,1234567890,1/2/1987,65432',
      '4,Eve,Poe,123456789,1987-01-02,65432',
      '123456789,1/2/1987',
    );
    for (const plan of [
      await imports.plan(path, OPERATOR),
      await imports.apply(path, ALL, OPERATOR),
      await imports.apply(path, { skipConflicts: true }, OPERATOR),
    ]) {
      expect(plan.counts).toEqual({ found: 5, wouldAdd: 2, conflicts: 3 });
      const told = JSON.stringify(plan) + showEmployeesImport(plan) + JSON.stringify(await audited());
      expect(told.replaceAll(path, '')).not.toMatch(/6789|1987|65432/);
    }
  });

  test('is a text that a person reads and no terminal obeys', async () => {
    await writeFile(
      path,
      `${HEADER},\u001B[31mx\n1,John,Doe,1,1/2/2000,1,\n2,Ana,Lee,987654321,01-02-2000,2,\n3,E\u001Bve,Poe,987654321,01-02-2000,2,\n`,
    );
    const text = showEmployeesImport(await imports.plan(path, OPERATOR));
    expect(text).toBe(
      [
        `${path} (csv): 3 employees found`,
        'warning: not taken: \\u001b[31mx',
        'of 1 employee the date of birth is written as mm-dd-yyyy',
        'of 1 employee the SSN is filled up with zeros in front',
        'can be imported:',
        '  2 #1 John Doe: the date of birth is written as mm-dd-yyyy; the SSN is filled up with zeros in front',
        '  3 #2 Ana Lee',
        'cannot be imported:',
        '  4 #3: the first name must be 1 to 100 characters, at least one of them to be seen, none a control character or an invisible mark',
        'nothing imported: 1 employee cannot be (--skip-conflicts imports the others)',
        '',
      ].join('\n'),
    );
    const report = await imports.apply(path, { skipConflicts: true }, OPERATOR);
    expect(showEmployeesImport(report)).toMatch(/\n2 employees imported, 1 employee left out\n$/);
  });
});
