import { expect, test } from 'vitest';
import { employeeCreation } from '../../../../protocol/employees.js';
import { changedFields, faultsOf, NO_TEXTS, textsOf, valuesOf } from './employee-texts.js';

const COOPER = {
  id: 7,
  first_name: 'Dale',
  last_name: 'Cooper',
  ssn: '012345678',
  date_of_birth: '04-19-1954',
  salary: 100_000,
  updated_at: '2026-11-21T02:44:57.123Z',
};
const NAMES = ['id', 'first_name', 'last_name', 'ssn', 'date_of_birth', 'salary'] as const;

test('the texts of an employee mean that employee, whatever blanks are around them', () => {
  const texts = textsOf(COOPER);
  const { updated_at: _, ...creation } = COOPER;
  expect(employeeCreation.parse(valuesOf(NAMES, texts))).toEqual(creation);
  expect(valuesOf(['salary'], { ...texts, salary: ' 120000 ' })).toEqual({ salary: 120_000 });
  expect(faultsOf(NAMES, texts)).toEqual({});
});

test('what is damaged is an empty text, and a field like any other', () => {
  const texts = textsOf({ ...COOPER, ssn: '', salary: null, damaged_fields: ['ssn', 'salary'] });
  expect(texts).toMatchObject({ ssn: '', salary: '' });
  expect(changedFields(texts, { ...texts, salary: '1' })).toEqual(['salary']);
});

test('each field says what is wrong with it, and none that was not asked about', () => {
  expect(faultsOf(['ssn', 'salary'], { ...NO_TEXTS, ssn: '1234', salary: '1e3' })).toEqual({
    ssn: 'SSN must be nine digits.',
    salary: 'Salary must be a whole number from 0 to 9007199254740991.',
  });
  expect(valuesOf(['ssn'], { ...NO_TEXTS, ssn: '1234' })).toEqual({});
});
