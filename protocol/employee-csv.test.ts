import { expect, test } from 'vitest';
import { csvCellText, employeeColumn, employeeOfCells, wholeNumber } from './employee-csv.js';

test.each([
  ['id', 'id'],
  [' FNAME ', 'first_name'],
  ['Last_Name', 'last_name'],
  ['dob', 'date_of_birth'],
  ['constructor', undefined],
  ['name', undefined],
])('the title %j names the column %s', (title, column) => {
  expect(employeeColumn(title)).toBe(column);
});

test.each([
  ['ssn', '12345678', '012345678'],
  ['ssn', '1.0', '000000001'],
  ['ssn', '012-34-5678', '012345678'],
  ['ssn', '0123456789', '0123456789'],
  ['ssn', '', ''],
  ['date_of_birth', '04/19/1954', '04-19-1954'],
  ['date_of_birth', '4/9/1954', '04-09-1954'],
  ['date_of_birth', '1954-04-19', '1954-04-19'],
  ['salary', ' 100000 ', 100_000],
  ['salary', '1e5', '1e5'],
  ['id', '-1', '-1'],
  ['first_name', '"=1+1"', '"=1+1"'],
  ['last_name', ' as it is ', ' as it is '],
] as const)('of the %s %j comes %j', (column, cell, value) => {
  expect(employeeOfCells({ [column]: cell }).values).toEqual({ [column]: value });
});

test('what is written otherwise is told, each once', () => {
  const cells = { id: '007', ssn: ' 1.0', date_of_birth: '1/2/2000', salary: '5.0', first_name: ' J ' };
  expect(employeeOfCells(cells).changes).toEqual(['dates', 'ssnZeros', 'spaces', 'numbers']);
  expect(employeeOfCells({ id: null, ssn: undefined })).toEqual({
    values: { id: undefined, ssn: undefined },
    changes: [],
  });
});

test.each([
  ['first_name', '"=1+1"', '=1+1'],
  ['last_name', '"Bob" Smith', '"Bob" Smith'],
  ['ssn', '"1"', '"1"'],
] as const)('in a CSV a %s of %s is %s', (column, cell, text) => {
  expect(csvCellText(column, cell)).toBe(text);
});

test('digits are a number, and nothing else is', () => {
  expect(['7', '0', '007', '', ' 7', '7.5', '1_0', '٣'].map(wholeNumber)).toEqual([
    ...[7, 0, 7],
    ...[undefined, undefined, undefined, undefined, undefined],
  ]);
});
