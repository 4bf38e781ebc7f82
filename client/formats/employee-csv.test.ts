import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { employeeCreation, type EmployeeCreation } from '../../protocol/employees.js';
import {
  conflictsByLine,
  EMPLOYEE_CSV_HEADER,
  EmployeeCsvError,
  employeeCsvRows,
  employeesInCsv,
} from './employee-csv.js';

const HEADER = 'id,first_name,last_name,ssn,date_of_birth,salary';
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const name = fc.oneof(
  fc.constantFrom('=1+1', '"quoted"', 'a,b', '@x', "O'Neil", 'Ж;Я', '\u{1f600}', '-'),
  fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }),
);
const employees: fc.Arbitrary<EmployeeCreation> = fc
  .record({
    id: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    first_name: name,
    last_name: name,
    ssn: fc.integer({ min: 0, max: 999_999_999 }).map((digits) => String(digits).padStart(9, '0')),
    date_of_birth: fc.constantFrom('01-31-2000', '02-29-1904', '12-01-0001'),
    salary: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  })
  .filter((employee) => employeeCreation.safeParse(employee).success);

describe('a CSV of employees', () => {
  test('is read back as it was written, whatever the names', () => {
    fc.assert(
      fc.property(fc.array(employees, { minLength: 1, maxLength: 5 }), (written) => {
        const views = written.map((employee) => ({ ...employee, updated_at: '' }));
        const read = employeesInCsv(bytesOf(EMPLOYEE_CSV_HEADER + employeeCsvRows(views)));
        expect(read.map(({ values }) => values)).toEqual(written);
      }),
    );
  });

  test('may begin with a mark of byte order, and have other columns, order, separators and dates', () => {
    const text = '\ufeffSSN;lname;FNAME;id;salary;dob\r\n12345678;Cooper;Dale;7;100000.0;4/19/1954\r\n';
    expect(employeesInCsv(bytesOf(text))).toEqual([
      {
        line: 2,
        values: {
          id: 7,
          first_name: 'Dale',
          last_name: 'Cooper',
          ssn: '012345678',
          date_of_birth: '04-19-1954',
          salary: 100_000,
        },
      },
    ]);
  });

  test.each([
    [bytesOf(''), 'its first line does not name id, first_name, last_name, ssn, date_of_birth, salary'],
    [bytesOf(`${HEADER}\n`), 'there is no employee in it'],
    [bytesOf(`${HEADER}\n1,a\n`), 'its row 2 has 2 cells, not 6'],
    [bytesOf(`${HEADER},id\n`), 'its first line names a field twice'],
    [bytesOf('id,nickname\n'), 'its first line names "nickname", which is no field of an employee'],
    [bytesOf(`${HEADER}\n1,"a\n`), 'its line 2 is no CSV (CSV_QUOTE_NOT_CLOSED)'],
    [Uint8Array.of(0x69, 0x64, 0xff), 'it is not text in UTF-8'],
  ])('says why there is nothing to be had from it: %#', (content, reason) => {
    expect(() => employeesInCsv(content)).toThrow(new EmployeeCsvError(reason));
  });
});

test('conflicts are told by the lines of the file, those that a reason names, too', () => {
  const text = `${HEADER}\n\n1,"a\nb",c,012345678,01-31-2000,1\n1,d,e,012345678,01-31-2000,1\n`;
  const conflicts = [
    { row: 1, id: 1, reason: 'first_name: must be something else' },
    { row: 2, id: 1, reason: 'it has the number of row 1' },
  ];
  expect(conflictsByLine(conflicts, employeesInCsv(bytesOf(text)))).toEqual([
    { row: 4, id: 1, reason: 'first_name: must be something else' },
    { row: 5, id: 1, reason: 'it has the number of row 4' },
  ]);
});
