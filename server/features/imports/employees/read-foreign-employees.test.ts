import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runsOf } from '../../../tests/support/machine.js';
import { employeeFields } from '../../../../protocol/employees.js';
import { AppError } from '../../../errors/app-error.js';
import { writeEmployeeDatabase, type ForeignCell } from '../../../tests/support/foreign-files.js';
import { temporaryDirectory } from '../../../tests/support/temporary-directory.js';
import { readForeignEmployees } from './read-foreign-employees.js';

const DECLARED = 'id INTEGER PRIMARY KEY, fname TEXT, lname TEXT, ssn INTEGER, dob TEXT, salary INTEGER';
const HEADER = 'id,first_name,last_name,ssn,date_of_birth,salary';
const JOHN = {
  id: 1,
  first_name: 'John',
  last_name: 'Doe',
  ssn: '001234567',
  date_of_birth: '01-02-2000',
  salary: 100_000,
};

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let path = '';

beforeEach(async () => {
  folder = await temporaryDirectory();
  path = join(folder.path, 'employees');
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

async function readRows(rows: Iterable<readonly ForeignCell[]>, columns?: string, pragma?: string) {
  await rm(path, { force: true });
  writeEmployeeDatabase(path, rows, columns, pragma);
  return (await readForeignEmployees(path)).employees;
}

async function readCsv(content: string | Buffer) {
  await writeFile(path, content);
  return readForeignEmployees(path);
}

async function reasonOf(): Promise<string> {
  const error: unknown = await readForeignEmployees(path).catch((reason: unknown) => reason);
  if (!(error instanceof AppError)) throw error;
  expect(error).toMatchObject({ code: 'import.unusable', details: { path } });
  return String(error.details['reason']);
}

describe('an employee.db', () => {
  test('as the records server makes it is read, an SSN that lost its zeros with them', async () => {
    const rows = [
      [1, 'John', 'Doe', '001234567', '01-02-2000', 100_000],
      [2, 'Ana', 'Ñandú, "Jr."', 987_654_321, '1/2/1999', 0],
    ];
    expect(await readRows(rows, DECLARED)).toEqual([
      { row: 1, employee: JOHN, changes: ['ssnZeros'] },
      {
        row: 2,
        employee: {
          id: 2,
          first_name: 'Ana',
          last_name: 'Ñandú, "Jr."',
          ssn: '987654321',
          date_of_birth: '01-02-1999',
          salary: 0,
        },
        changes: ['dates'],
      },
    ]);
  });

  test('may have a value in any of these forms, and what is written otherwise is told', async () => {
    const forms: [ForeignCell[], string[]][] = [
      [[1, 'John', 'Doe', 1_234_567, '01-02-2000', 100_000], ['ssnZeros']],
      [['1', 'John', 'Doe', '001234567', '01-02-2000', '100000'], []],
      [[1, 'John', 'Doe', '001-23-4567', '01-02-2000', 100_000], ['ssnDashes']],
      [[1, 'John', 'Doe', '001234567', '1/02/2000', 100_000], ['dates']],
      [[1, 'John', 'Doe', '001234567', '1-2-2000', 100_000], ['dates']],
      [[' 1', 'John', 'Doe', '001234567\n', '01-02-2000', 100_000], ['spaces']],
      [[1, Buffer.from('John'), 'Doe', Buffer.from('001234567'), '01-02-2000', 100_000], []],
      [
        ['01.00', 'John', 'Doe', '1234567.0', '01-02-2000', '0100000'],
        ['ssnZeros', 'numbers'],
      ],
      [
        ['01', 'John', 'Doe', '001-23-4567 ', '1/2/2000', '100000.0'],
        ['dates', 'ssnDashes', 'spaces', 'numbers'],
      ],
    ];
    expect(await readRows(forms.map(([row]) => row))).toEqual(
      forms.map(([, changes], index) => ({ row: index + 1, employee: JOHN, changes })),
    );
  });

  test('may have floating point numbers that are whole', async () => {
    const rows = [[1, 'John', 'Doe', 1_234_567, '01-02-2000', 100_000]];
    const [read] = await readRows(rows, 'id REAL, fname TEXT, lname TEXT, ssn REAL, dob TEXT, salary REAL');
    expect(read).toEqual({ row: 1, employee: JOHN, changes: ['ssnZeros', 'numbers'] });
  });

  test.each(['UTF-16le', 'UTF-16be'])('may be in %s', async (encoding) => {
    const rows = [[1, 'Ана', '李', 1_234_567, '01-02-2000', 100_000]];
    const [read] = await readRows(rows, DECLARED, `PRAGMA encoding = '${encoding}'`);
    expect(read).toMatchObject({ employee: { ...JOHN, first_name: 'Ана', last_name: '李' } });
  });

  test('has a damaged row where a cell cannot be', async () => {
    const ID = 'the id must be a whole number from 1 to 9007199254740991';
    const NAME =
      'must be 1 to 100 characters, at least one of them to be seen, none a control character or an invisible mark';
    const SSN = 'the SSN must be nine digits';
    const DATE = 'the date of birth must be a date of the calendar, mm-dd-yyyy';
    const SALARY = 'the salary must be a whole number from 0 to 9007199254740991';
    const cells: [number, ForeignCell, string][] = [
      [0, 'x', ID],
      [0, 0, ID],
      [0, -1, ID],
      [0, 1.5, ID],
      [0, null, ID],
      [0, '9007199254740993', ID],
      [1, null, `the first name ${NAME}`],
      [1, '  ', `the first name ${NAME}`],
      [1, 'a\u0007b', `the first name ${NAME}`],
      [2, 'x'.repeat(101), `the last name ${NAME}`],
      [2, Buffer.from([0x44, 0xff]), `the last name ${NAME}`],
      [3, 1_234_567_890, SSN],
      [3, '12-345-6789', SSN],
      [3, '123-45-678', SSN],
      [3, '123 45 6789', SSN],
      [3, -123_456_789, SSN],
      [3, null, SSN],
      [3, '', SSN],
      [3, '１２３４５６７８９', SSN],
      [4, '02/31/2000', DATE],
      [4, '02-29-1900', DATE],
      [4, '13/01/2000', DATE],
      [4, '1/2-2000', DATE],
      [4, '1/2/99', DATE],
      [4, '2000-01-02', DATE],
      [4, '01-02-2000 00:00', DATE],
      [4, 36_526, DATE],
      [5, -1, SALARY],
      [5, 0.5, SALARY],
      [5, '50,000', SALARY],
      [5, '', SALARY],
      [5, null, SALARY],
      [5, 1e300, SALARY],
    ];
    const good: readonly ForeignCell[] = [7, 'John', 'Doe', 1_234_567, '01-02-2000', 100_000];
    const rows = cells.map(([place, cell]) => good.with(place, cell));
    expect(await readRows([...rows, good])).toEqual([
      ...cells.map(([place, , damage], index) => ({ row: index + 1, id: place === 0 ? null : 7, damage })),
      { row: cells.length + 1, employee: { ...JOHN, id: 7 }, changes: ['ssnZeros'] },
    ]);
  });

  test('has all that is wrong with a row told, and no value of it', async () => {
    const [read] = await readRows([[3, '', 'Doe', '123-456-789', '31/02/2000', 'much']]);
    expect(read).toEqual({
      row: 1,
      id: 3,
      damage:
        'the first name must be 1 to 100 characters, at least one of them to be seen, none a control character or an invisible mark; ' +
        'the SSN must be nine digits; ' +
        'the date of birth must be a date of the calendar, mm-dd-yyyy; ' +
        'the salary must be a whole number from 0 to 9007199254740991',
    });
  });

  test('that has another table, or fewer columns, is refused', async () => {
    writeEmployeeDatabase(path, [], 'id, fname, lname, ssn, birthday, salary');
    const reason = 'it has no table employee with the columns id, fname, lname, ssn, dob, salary';
    expect(await reasonOf()).toBe(reason);
    const database = new Database(path);
    database.exec(
      'DROP TABLE employee; CREATE VIEW employee AS SELECT 1 id, 2 fname, 3 lname, 4 ssn, 5 dob, 6 salary',
    );
    database.close();
    expect(await reasonOf()).toBe(reason);
  });
});

describe('a CSV of employees', () => {
  test.each([
    ['our names', `${HEADER}\n`],
    ['the records server’s', 'id,fname,lname,ssn,dob,salary\n'],
    ['a mark, capitals, quotes and CRLF', '\uFEFFID,"First_Name", last_name,SSN,"DOB",Salary\r\n'],
  ])('with %s is read', async (_what, header) => {
    const end = header.endsWith('\r\n') ? '\r\n' : '\n';
    expect(await readCsv(`${header}1,John,"Doe",001234567,01-02-2000,100000${end}`)).toEqual({
      format: 'csv',
      employees: [{ row: 2, employee: JOHN, changes: [] }],
      warnings: [],
    });
  });

  test.each([';', '\t'])('may have %j between its fields, and columns in any order', async (delimiter) => {
    const rows = ['salary,dob,ssn,lname,fname,id', '100000,1/2/2000,1234567,Doe,John,1'];
    const { employees } = await readCsv(rows.join('\n').replaceAll(',', delimiter));
    expect(employees).toEqual([{ row: 2, employee: JOHN, changes: ['dates', 'ssnZeros'] }]);
  });

  test('has what is not taken told, and rows of another length', async () => {
    const { employees, warnings } = await readCsv(
      `${HEADER},badge\n1,John,Doe,001234567,01-02-2000,100000,7\n2,John\n\n3,J,D,1,1/1/2001,1,2,3\n`,
    );
    expect(warnings).toEqual(['not taken: badge']);
    expect(employees).toEqual([
      { row: 2, employee: JOHN, changes: [] },
      { row: 3, id: null, damage: 'it has 2 fields, not 7' },
      { row: 5, id: null, damage: 'it has 8 fields, not 7' },
    ]);
  });

  test.each([
    ['id,first_name,last_name,ssn,salary\n', 'its first line does not name date_of_birth'],
    [`${HEADER},fname\n`, 'its first line names both first_name and fname'],
    [`${HEADER},id\n`, 'its first line names a column twice'],
    [`${HEADER}\n1,"John\n`, 'its line 2 is no CSV (CSV_QUOTE_NOT_CLOSED)'],
    [Buffer.from(`${HEADER}\n1,J\xf6hn\n`, 'latin1'), 'it is not text in UTF-8'],
    ['1,John,Doe,123456789,01-01-2000,1\n', expect.stringContaining('it is neither') as string],
    ['', expect.stringContaining('it is neither') as string],
  ])('%j is refused, and nothing of it is told', async (content, reason) => {
    await writeFile(path, content);
    expect(await reasonOf()).toEqual(reason);
  });
});

describe('what is written otherwise', () => {
  const digits = (count: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: count, maxLength: count });
  const date = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 50 })
    .filter((text) => employeeFields.shape.first_name.safeParse(text).success);
  const employee = fc.record({
    id: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    first_name: name,
    last_name: name,
    ssn: digits(9),
    date,
    salary: fc.maxSafeNat(),
  });
  const forms = fc.record({
    ssn: fc.constantFrom('number', 'text', 'dashes'),
    isText: fc.boolean(),
    separator: fc.constantFrom('/', '-'),
    isPadded: fc.boolean(),
  });

  test('means the same, in a database and in a CSV, and is told', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(employee, forms), { maxLength: 20 }), async (written) => {
        const expected = written.map(([one, form], index) => {
          const ssnChange = {
            number: one.ssn.startsWith('0') ? ['ssnZeros'] : [],
            text: [],
            dashes: ['ssnDashes'],
          };
          const isLong = form.separator === '-' && dateIn(one.date, form) === dateIn(one.date);
          const { date: born, ...fields } = one;
          return {
            row: index + 1,
            employee: { ...fields, date_of_birth: dateIn(born) },
            changes: [...(isLong ? [] : ['dates']), ...ssnChange[form.ssn]],
          };
        });
        const rows = written.map(([one, form]): ForeignCell[] => [
          form.isText ? String(one.id) : BigInt(one.id),
          one.first_name,
          one.last_name,
          ssnIn(one.ssn, form.ssn),
          dateIn(one.date, form),
          form.isText ? String(one.salary) : BigInt(one.salary),
        ]);
        expect(await readRows(rows)).toEqual(expected);
        const { employees } = await readCsv(`${HEADER}\n${stringify(rows.map((row) => row.map(String)))}`);
        expect(employees.map((one) => ({ ...one, row: 0 }))).toEqual(
          expected.map((one) => ({ ...one, row: 0 })),
        );
      }),
      { numRuns: runsOf(30) },
    );
  });

  function dateIn(born: Date, { separator = '-', isPadded = true } = {}): string {
    const [year = '', month = '', day = ''] = born.toISOString().slice(0, 10).split('-');
    const parts = isPadded ? [month, day] : [String(Number(month)), String(Number(day))];
    return [...parts, year].join(separator);
  }

  function ssnIn(ssn: string, form: string): ForeignCell {
    if (form === 'number') return Number(ssn);
    return form === 'text' ? ssn : `${ssn.slice(0, 3)}-${ssn.slice(3, 5)}-${ssn.slice(5)}`;
  }

  test('is refused or read whatever stands in a file, and no damage quotes it', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.double(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
      fc.constant(null),
      fc.constant('SeCrEt 123-45-6789'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell, cell, cell, cell, cell), { maxLength: 5 }),
        async (rows) => {
          const read = await readRows(rows);
          expect(read.map(({ row }) => row)).toEqual(rows.map((_, index) => index + 1));
          for (const one of read) if ('damage' in one) expect(one.damage).not.toMatch(/SeCrEt|6789/);
        },
      ),
      { numRuns: runsOf(50) },
    );
  });

  test('is refused where not all of it is there', async () => {
    writeEmployeeDatabase(
      path,
      Array.from({ length: 500 }, (_, index) => [index + 1, 'John', 'Doe', 1, '1/1/2000', 1] as const),
    );
    await truncate(path, (await stat(path)).size - 4096);
    expect(await reasonOf()).toMatch(/damaged|malformed/);
  });

  test('leaves no copy behind, and removes those of who was killed', async () => {
    const copies = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('gatherd-import-'));
    const killed = spawnSync(process.execPath, ['-e', '']);
    const abandoned = await mkdtemp(join(tmpdir(), `gatherd-import-${String(killed.pid)}-`));
    const alive = await mkdtemp(join(tmpdir(), `gatherd-import-${String(process.ppid)}-`));
    await readRows([[1, 'John', 'Doe', 1, '1/1/2000', 1]]);
    const left = await copies();
    await rm(alive, { recursive: true });
    expect(left).toContain(basename(alive));
    expect(left).not.toContain(basename(abandoned));
    expect(left.filter((name) => name.includes(`-${String(process.pid)}-`))).toEqual([]);
  });

  test('is not looked at beyond 100,000 employees', async () => {
    await writeFile(path, `${HEADER}\n${'1\n'.repeat(100_001)}`);
    expect(await reasonOf()).toBe('it has more than 100000 employees');
    await rm(path);
    writeEmployeeDatabase(path, []);
    const database = new Database(path);
    database.exec(
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100001) ' +
        "INSERT INTO employee SELECT i, 'J', 'D', i, '1/1/2000', 1 FROM n",
    );
    database.close();
    expect(await reasonOf()).toBe('it has more than 100000 employees');
  });
});
