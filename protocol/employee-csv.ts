import { textOfCell } from './csv-record.js';
import { EMPLOYEE_FIELD_NAMES, type EmployeeCreation } from './employees.js';

/** A column of a file of employees in CSV. */
export type EmployeeColumn = keyof EmployeeCreation;

/** The columns of such a file, in their order. */
export const EMPLOYEE_CSV_COLUMNS: readonly EmployeeColumn[] = ['id', ...EMPLOYEE_FIELD_NAMES];

// As the original's table `employee` calls them. Contract 3.
const ORIGINAL_COLUMNS: Readonly<Record<string, EmployeeColumn>> = {
  fname: 'first_name',
  lname: 'last_name',
  dob: 'date_of_birth',
};

/** The column that a title names, in our words or in the original's, whatever the case; undefined where it is none. */
export function employeeColumn(title: string): EmployeeColumn | undefined {
  const name = title.trim().toLowerCase();
  return ORIGINAL_COLUMNS[name] ?? EMPLOYEE_CSV_COLUMNS.find((column) => column === name);
}

/**
 * The values of a row as those of an employee: numbers as numbers, a date with hyphens, and an SSN with the leading zeros that it
 * loses where it is kept as a number. What can be no such value stays as it is, for the schema to refuse.
 */
export function employeeOfCells(
  cells: Readonly<Partial<Record<EmployeeColumn, string>>>,
): Record<string, unknown> {
  const entries = Object.entries(cells) as [EmployeeColumn, string][];
  return Object.fromEntries(entries.map(([column, cell]) => [column, valueOf(column, cell)]));
}

function valueOf(column: EmployeeColumn, cell: string): string | number {
  if (column === 'first_name' || column === 'last_name') return textOfCell(cell);
  const text = cell.trim();
  if (column === 'ssn') return /^\d{1,9}$/.test(text) ? text.padStart(9, '0') : text;
  if (column === 'date_of_birth')
    return /^\d{2}\/\d{2}\/\d{4}$/.test(text) ? text.replaceAll('/', '-') : text;
  return wholeNumber(text) ?? text;
}

/** The number that digits are; undefined where a text is anything else. */
export function wholeNumber(text: string): number | undefined {
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
