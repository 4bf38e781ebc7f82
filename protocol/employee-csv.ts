import { textOfCell } from './csv-record.js';
import { EMPLOYEE_FIELD_NAMES, type EmployeeCreation } from './employees.js';

/** A column of a file of employees in CSV. */
export type EmployeeColumn = keyof EmployeeCreation;

/** The columns of such a file, in their order. */
export const EMPLOYEE_CSV_COLUMNS: readonly EmployeeColumn[] = ['id', ...EMPLOYEE_FIELD_NAMES];

// As the original's table `employee` calls them. Contract 3.
const ORIGINAL_COLUMNS: ReadonlyMap<string, EmployeeColumn> = new Map([
  ['fname', 'first_name'],
  ['lname', 'last_name'],
  ['dob', 'date_of_birth'],
]);

/** The column that a title names, in our words or in the original's, whatever the case; undefined where it is none. */
export function employeeColumn(title: string): EmployeeColumn | undefined {
  const name = title.trim().toLowerCase();
  return ORIGINAL_COLUMNS.get(name) ?? EMPLOYEE_CSV_COLUMNS.find((column) => column === name);
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
  if (column === 'date_of_birth') return dashedDate(text);
  // As spreadsheets write a number that is kept as a floating point one.
  const whole = text.replace(/^(\d+)\.0+$/, '$1');
  if (column === 'ssn') return nineDigits(whole);
  return wholeNumber(whole) ?? text;
}

function nineDigits(text: string): string {
  if (/^\d{3}-\d{2}-\d{4}$/.test(text)) return text.replaceAll('-', '');
  return /^\d{1,9}$/.test(text) ? text.padStart(9, '0') : text;
}

function dashedDate(text: string): string {
  const [, month, , day, year] = /^(\d{1,2})([/-])(\d{1,2})\2(\d{4})$/.exec(text) ?? [];
  if (month === undefined || day === undefined || year === undefined) return text;
  return `${month.padStart(2, '0')}-${day.padStart(2, '0')}-${year}`;
}

/** The number that digits are; undefined where a text is anything else. */
export function wholeNumber(text: string): number | undefined {
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
