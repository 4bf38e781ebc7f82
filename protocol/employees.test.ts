import { constantFrom, date, integer, property, assert, string, oneof, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  employeeChanges,
  employeeCreation,
  employeeNameKey,
  employeesQuery,
  isCalendarDate,
} from './employees.js';

const JOHN = {
  id: 1,
  first_name: 'John',
  last_name: 'Doe',
  ssn: '012345678',
  date_of_birth: '02-29-2000',
  salary: 100_000,
};

const accepts = (fields: object) => employeeCreation.safeParse({ ...JOHN, ...fields }).success;
const two = (number: number) => String(number).padStart(2, '0');

describe('a date', () => {
  test('is one of the calendar, whichever', () => {
    const days = date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    assert(
      property(days, (day) => {
        const year = String(day.getUTCFullYear()).padStart(4, '0');
        return isCalendarDate(`${two(day.getUTCMonth() + 1)}-${two(day.getUTCDate())}-${year}`);
      }),
    );
  });

  test('is none where it is not in the calendar', () => {
    const numbers = { year: integer({ min: 1, max: 9999 }), month: integer({ min: 0, max: 99 }) };
    assert(
      property(record({ ...numbers, day: integer({ min: 0, max: 99 }) }), ({ year, month, day }) => {
        const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
        const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
        const text = `${two(month)}-${two(day)}-${String(year).padStart(4, '0')}`;
        return isCalendarDate(text) === (day >= 1 && day <= days);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    '',
    '2-29-2000',
    '02/29/2000',
    '2000-02-29',
    '02-29-2000 ',
    '02-29-20000',
    '01-01-0000',
    '٠١-٠١-٢٠٠٠',
  ])('is not %j', (text) => {
    expect(isCalendarDate(text)).toBe(false);
    expect(accepts({ date_of_birth: text })).toBe(false);
  });

  test('is not what somebody makes of any text', () => {
    assert(property(string(), (text) => isCalendarDate(text) === accepts({ date_of_birth: text })));
  });
});

test('an SSN is nine digits and nothing else', () => {
  assert(
    property(integer({ min: 0, max: 999_999_999 }), (number) =>
      accepts({ ssn: String(number).padStart(9, '0') }),
    ),
  );
  assert(property(string(), (ssn) => accepts({ ssn }) === /^[0-9]{9}$/.test(ssn)));
  for (const ssn of ['12345678', '1234567890', '123-45-6789', '１２３４５６７８９', '123456789\n', 123456789])
    expect(accepts({ ssn })).toBe(false);
});

test('a salary is whole, not negative, and counted without rounding', () => {
  assert(property(integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (salary) => accepts({ salary })));
  for (const salary of [-1, 0.5, Number.MAX_SAFE_INTEGER + 1, NaN, Infinity, '1', null, true, 1n])
    expect(accepts({ salary })).toBe(false);
});

test('a number is whole and positive', () => {
  for (const id of [1, Number.MAX_SAFE_INTEGER]) expect(accepts({ id })).toBe(true);
  for (const id of [0, -1, 1.5, Number.MAX_SAFE_INTEGER + 1, '1']) expect(accepts({ id })).toBe(false);
});

test('a name is 1 to 100 characters, however many units each has', () => {
  for (const name of [
    'O',
    "O'Neil, Jr.",
    '"Q"',
    '李',
    'नि\u200cम',
    '👩\u200d🚀',
    '💼'.repeat(100),
    'x'.repeat(100),
  ])
    expect([accepts({ first_name: name }), accepts({ last_name: name })]).toEqual([true, true]);
  for (const name of [
    '',
    'x'.repeat(101),
    '💼'.repeat(101),
    'a\nb',
    'a\0',
    '\u2028',
    '\ud800',
    ' ',
    '\u200b',
    '\u200d',
    '\ufeffO',
    '\u202eO',
    '\u3164',
    '\ufe0f',
  ])
    expect([accepts({ first_name: name }), accepts({ last_name: name })]).toEqual([false, false]);
});

test('a change names what it wants to, and nothing that is not known or is the number', () => {
  const names = oneof(...Object.keys(JOHN).map((name) => constantFrom(name)));
  assert(
    property(names, (name) => {
      const changes = { [name]: JOHN[name as keyof typeof JOHN] };
      return employeeChanges.safeParse(changes).success === (name !== 'id');
    }),
  );
  expect(employeeChanges.safeParse({}).success).toBe(true);
  expect(employeeChanges.safeParse({ salry: 1 }).success).toBe(false);
});

test('a whole name can be searched for, whatever its case', () => {
  const name = '💼'.repeat(100);
  expect(employeesQuery.parse({ search: `${name} ${name}` }).limit).toBe(100);
  expect(employeesQuery.safeParse({ search: 'a\n' }).success).toBe(false);
  expect(employeeNameKey('GROẞ', 'Müller')).toBe(employeeNameKey('gross', 'MÜLLER'));
});
