import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEmployee, readId, readUpdate } from './records-arguments.js';

const ID_RULE = { reply: 'ID must be an integer' };
const INTEGERS_RULE = { reply: 'ID, SSN, and salary must be integers' };
const DATE_RULE = { reply: 'Date of birth must be in the format mm-dd-yyyy' };
const COUNT_RULE = { reply: 'Invalid number of arguments' };
const MOST = Number.MAX_SAFE_INTEGER;

const JOHN = {
  ...{ id: 1, first_name: 'John', last_name: 'Doe' },
  ...{ ssn: '123456789', date_of_birth: '01-01-2000', salary: 100_000 },
};

test.each([
  ['1', 1],
  [' 007 ', 7],
  ['+5', 5],
  [String(MOST), MOST],
])('%j is an ID', (args, id) => {
  expect(readId(args)).toEqual({ value: id });
});

test.each([
  '',
  ' ',
  'one',
  '1.0',
  '1e3',
  '0x1',
  '0',
  '-1',
  '1,2',
  '1_000',
  '٣',
  String(MOST + 1),
  '9'.repeat(400),
])('%j is no ID', (args) => {
  expect(readId(args)).toEqual(ID_RULE);
});

test('an employee is six fields', () => {
  expect(readEmployee('1,John,Doe,123456789,01-01-2000,100000')).toEqual({ value: JOHN });
  expect(readEmployee("1, D'Arcy,Doe ,123456789,01-01-2000,0")).toEqual({
    value: { ...JOHN, first_name: " D'Arcy", last_name: 'Doe ', salary: 0 },
  });
});

test('an SSN has the zeros that an integer does not show', () => {
  expect(readEmployee('1,John,Doe,1234567,01-01-2000,100000')).toEqual({
    value: { ...JOHN, ssn: '001234567' },
  });
  expect(readUpdate('1,,,0,,')).toEqual({ value: { id: 1, changes: { ssn: '000000000' } } });
});

test.each(['', '1', '1,John,Doe,123456789,01-01-2000', '1,John,Doe, Jr.,123456789,01-01-2000,100000'])(
  '%j are not six fields',
  (args) => {
    expect(readEmployee(args)).toEqual(COUNT_RULE);
    expect(readUpdate(args)).toEqual(COUNT_RULE);
  },
);

test.each([
  'x,John,Doe,123456789,01-01-2000,100000',
  ',John,Doe,123456789,01-01-2000,100000',
  '0,John,Doe,123456789,01-01-2000,100000',
  '1,John,Doe,123-45-6789,01-01-2000,100000',
  '1,John,Doe,1234567890,01-01-2000,100000',
  '1,John,Doe,-1,01-01-2000,100000',
  '1,John,Doe,123456789,01-01-2000,-1',
  '1,John,Doe,123456789,01-01-2000,1.5',
  `1,John,Doe,123456789,01-01-2000,${String(MOST + 1)}`,
  'x,,,x,x,x',
])('in %j something is no integer', (args) => {
  expect(readEmployee(args)).toEqual(INTEGERS_RULE);
  expect(readUpdate(args)).toEqual(INTEGERS_RULE);
});

test.each([
  '01/01/2000',
  '1-1-2000',
  '13-01-2000',
  '02-30-2000',
  '02-29-1900',
  '01-01-0000',
  '2000-01-01',
  ' 01-01-2000',
])('%j is no date of birth', (date) => {
  expect(readEmployee(`1,John,Doe,123456789,${date},100000`)).toEqual(DATE_RULE);
  expect(readUpdate(`1,,,,${date},`)).toEqual(DATE_RULE);
});

test('nothing is kept of an employee that is added', () => {
  expect(readEmployee('1,John,Doe,,01-01-2000,1')).toEqual(INTEGERS_RULE);
  expect(readEmployee('1,John,Doe,123456789,01-01-2000,')).toEqual(INTEGERS_RULE);
  expect(readEmployee('1,John,Doe,123456789,,1')).toEqual(DATE_RULE);
});

test('a name that can be none is an error of its own', () => {
  for (const name of ['', 'x'.repeat(101), 'a\0b', 'a\u2028b'])
    expect(() => readEmployee(`1,${name},Doe,123456789,01-01-2000,1`)).toThrow(/^Invalid 'first_name': /);
  expect(() => readUpdate(`1,,${'x'.repeat(101)},,,`)).toThrow(/^Invalid 'last_name': /);
});

test('what is empty in an update stays as it is', () => {
  expect(readUpdate('1,,,,,')).toEqual({ value: { id: 1, changes: {} } });
  expect(readUpdate('1,,Smith,,,5')).toEqual({
    value: { id: 1, changes: { last_name: 'Smith', salary: 5 } },
  });
  const { id, ...changes } = JOHN;
  expect(readUpdate('1,John,Doe,123456789,01-01-2000,100000')).toEqual({ value: { id, changes } });
});

test('what is written of an employee is read again', () => {
  const name = fc
    .string({ unit: fc.constantFrom('a', 'é', '山', "'", '"', ' ', '/', ':'), minLength: 1, maxLength: 50 })
    .filter((text) => text.trim() !== '');
  const date = fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((day) => {
      const [year = '', month = '', monthDay = ''] = day.toISOString().slice(0, 10).split('-');
      return `${month}-${monthDay}-${year}`;
    });
  fc.assert(
    fc.property(
      ...([fc.integer({ min: 1, max: MOST }), name, name] as const),
      ...([fc.nat(999_999_999), date, fc.maxSafeNat()] as const),
      (id, first_name, last_name, ssn, date_of_birth, salary) => {
        const args = [id, first_name, last_name, ssn, date_of_birth, salary].join(',');
        const value = { id, first_name, last_name, ssn: String(ssn).padStart(9, '0'), date_of_birth, salary };
        expect(readEmployee(args)).toEqual({ value });
      },
    ),
  );
});
