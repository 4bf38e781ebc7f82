import type { EmployeeColumn } from '../../../protocol/employee-csv.js';
import { printable } from '../../../protocol/line-safe.js';
import type { EmployeeView, MaskedEmployee } from '../../../protocol/employees.js';
import { type Column, facts } from '../output/table.js';
import { EMPLOYEE_FIELDS, type EmployeeValues } from './employee-fields.js';

/** The columns of a list of employees. */
export const EMPLOYEE_COLUMNS: readonly Column<MaskedEmployee>[] = [
  { title: 'ID', of: ({ id }) => id },
  { title: 'FIRST NAME', of: ({ first_name: firstName }) => firstName },
  { title: 'LAST NAME', of: ({ last_name: lastName }) => lastName },
  { title: 'SSN', of: ({ ssn }) => ssn },
  { title: 'DATE OF BIRTH', of: ({ date_of_birth: dateOfBirth }) => dateOfBirth },
  { title: 'SALARY', of: ({ salary }) => salary },
  { title: 'CHANGED', of: ({ updated_at: updatedAt }) => updatedAt },
];

/** An employee with everything, as text. */
export function wholeEmployeeText(employee: EmployeeView): string {
  const damaged = employee.damaged_fields ?? [];
  return facts({
    ...labelled(employee),
    Changed: employee.updated_at,
    'Cannot be decrypted': damaged.length === 0 ? null : damaged.join(', '),
  });
}

/** What is about to be sent, as text: of the SSN its last four digits. */
export function draftText({ ssn, ...values }: EmployeeValues): string {
  return facts(labelled({ ...values, ssn: typeof ssn === 'string' ? maskedSsn(ssn) : ssn }));
}

/** The name of an employee as it stands behind its number in a sentence; empty where it may not be read. */
export function nameOfEmployee(employee: EmployeeView | undefined): string {
  if (employee === undefined) return '';
  return ` (${printable(`${employee.first_name} ${employee.last_name}`)})`;
}

/** What a field has now, as it stands in the question for another value. */
export function currentValue(employee: EmployeeView, name: EmployeeColumn): string {
  const value = employee[name] ?? '';
  if (value === '') return 'cannot be decrypted';
  return name === 'ssn' ? maskedSsn(employee.ssn) : String(value);
}

function maskedSsn(ssn: string): string {
  return `*****${ssn.slice(-4)}`;
}

function labelled(values: EmployeeValues): Record<string, string | number | null> {
  return Object.fromEntries(EMPLOYEE_FIELDS.map(({ name, label }) => [label, values[name] ?? null]));
}
