import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EMPLOYEE_FIELD_NAMES } from '../../../../protocol/employees.js';
import type { EmployeeTexts } from '../form/employee-texts.js';
import { rebase } from './rival-changes.js';

const text = fc.constantFrom('a', 'b', 'c');
const texts: fc.Arbitrary<EmployeeTexts> = fc.record({
  id: fc.constant('7'),
  first_name: text,
  last_name: text,
  ssn: text,
  date_of_birth: text,
  salary: text,
});

test('nothing that was typed is lost, and nothing that somebody else changed goes unsaid', () => {
  fc.assert(
    fc.property(texts, texts, texts, (before, mine, theirs) => {
      const rebased = rebase(before, mine, theirs);
      expect(rebased.rivals.map(({ name }) => name)).toEqual(
        EMPLOYEE_FIELD_NAMES.filter((name) => before[name] !== theirs[name]),
      );
      for (const name of EMPLOYEE_FIELD_NAMES) {
        const isTyped = mine[name] !== before[name];
        expect(rebased.texts[name]).toBe(isTyped ? mine[name] : theirs[name]);
        const rival = rebased.rivals.find((one) => one.name === name);
        const isDisputed = isTyped && theirs[name] !== before[name] && mine[name] !== theirs[name];
        expect(rival?.isDisputed ?? false).toBe(isDisputed);
      }
    }),
  );
});

test('tells what was, what they made of it and what was typed', () => {
  const before = { id: '7', first_name: 'a', last_name: 'b', ssn: '1', date_of_birth: '2', salary: '3' };
  const mine = { ...before, salary: '4', first_name: 'x' };
  const theirs = { ...before, salary: '5', last_name: 'y' };
  expect(rebase(before, mine, theirs)).toEqual({
    texts: { ...before, first_name: 'x', last_name: 'y', salary: '4' },
    rivals: [
      { name: 'last_name', before: 'b', theirs: 'y', mine: 'b', isDisputed: false },
      { name: 'salary', before: '3', theirs: '5', mine: '4', isDisputed: true },
    ],
  });
});
