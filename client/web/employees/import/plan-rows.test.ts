import { expect, test } from 'vitest';
import { employeesInCsv } from '../../../formats/employee-csv.js';
import { planRows } from './plan-rows.js';

test('each row of a file is shown with its line and what is wrong with it, and its SSN masked where it is one', () => {
  const csv = [
    'id,first_name,last_name,ssn,date_of_birth,salary',
    '1,Dale,Cooper,12345678,4/19/1954,100000',
    '1,Audrey,Horne,12-34,08-24-1971,x',
  ].join('\n');
  const rows = planRows(employeesInCsv(new TextEncoder().encode(csv)), {
    found: 2,
    added: 1,
    is_applied: false,
    conflicts: [{ row: 2, id: 1, reason: 'it has the number of row 1' }],
  });
  expect(rows).toEqual([
    {
      line: 2,
      reason: undefined,
      texts: {
        id: '1',
        first_name: 'Dale',
        last_name: 'Cooper',
        ssn: '*****5678',
        date_of_birth: '04-19-1954',
        salary: '100000',
      },
    },
    {
      line: 3,
      reason: 'it has the number of row 2',
      texts: {
        id: '1',
        first_name: 'Audrey',
        last_name: 'Horne',
        ssn: '12-34',
        date_of_birth: '08-24-1971',
        salary: 'x',
      },
    },
  ]);
});
