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

/** What of an employee can be written otherwise here than it was. */
export const CHANGES = ['dates', 'ssnZeros', 'ssnDashes', 'spaces', 'numbers'] as const;
export type Change = (typeof CHANGES)[number];

/** An employee as something else wrote it: texts, or nothing; undefined where it is no text. */
export type EmployeeCells = Readonly<Partial<Record<EmployeeColumn, string | null | undefined>>>;

/** The same in our forms, for the schema to check. */
export interface ReadEmployee {
  readonly values: Readonly<Record<string, unknown>>;
  /** What of it was written otherwise, each once. */
  readonly changes: readonly Change[];
}

interface Read {
  readonly value: string | number | undefined;
  readonly changes: readonly Change[];
}

/**
 * An employee in our forms: numbers as numbers, a date with hyphens, and an SSN with the leading zeros that it loses where it
 * is kept as a number. What can be no such value stays as it is, for the schema to refuse; a name stays as it is always.
 */
export function employeeOfCells(cells: EmployeeCells): ReadEmployee {
  const entries = Object.entries(cells) as [EmployeeColumn, string | null | undefined][];
  const read = entries.map(([column, cell]) => [column, readCell(column, cell)] as const);
  return {
    values: Object.fromEntries(read.map(([column, { value }]) => [column, value])),
    changes: CHANGES.filter((change) => read.some(([, { changes }]) => changes.includes(change))),
  };
}

/** What a cell of a CSV says: of a name that stands as its JSON literal, the name. */
export function csvCellText(column: EmployeeColumn, cell: string): string {
  return isName(column) ? textOfCell(cell) : cell;
}

function isName(column: EmployeeColumn): boolean {
  return column === 'first_name' || column === 'last_name';
}

function readCell(column: EmployeeColumn, cell: string | null | undefined): Read {
  if (cell === undefined || cell === null) return { value: undefined, changes: [] };
  if (isName(column)) return { value: cell, changes: [] };
  const text = cell.trim();
  const { value, changes } = READERS[column as keyof typeof READERS](text);
  return { value, changes: text === cell ? changes : [...changes, 'spaces'] };
}

const READERS = { id: digitsOf, salary: digitsOf, ssn: nineDigits, date_of_birth: dashedDate };

// As an integer, as SQLite and spreadsheets write one that is kept as a floating point number, or with zeros in front.
function digitsOf(text: string): Read {
  const digits = /^(\d+)(?:\.0+)?$/.exec(text)?.[1];
  if (digits === undefined) return { value: text, changes: [] };
  const value = Number(digits);
  return { value, changes: String(value) === text ? [] : ['numbers'] };
}

// What was kept as a number has lost the zeros in front. Contract 3.
function nineDigits(text: string): Read {
  if (/^\d{3}-\d{2}-\d{4}$/.test(text)) return { value: text.replaceAll('-', ''), changes: ['ssnDashes'] };
  const digits = /^(\d{1,9})(?:\.0+)?$/.exec(text)?.[1];
  if (digits === undefined) return { value: text, changes: [] };
  const changes: readonly Change[] = digits === text ? [] : ['numbers'];
  return {
    value: digits.padStart(9, '0'),
    changes: digits.length === 9 ? changes : ['ssnZeros', ...changes],
  };
}

// Contract 3: old rows have slashes. Whether the day is one of the calendar is not looked at here.
function dashedDate(text: string): Read {
  const [, month = '', , day = '', year = ''] = /^(\d{1,2})([/-])(\d{1,2})\2(\d{4})$/.exec(text) ?? [];
  if (year === '') return { value: text, changes: [] };
  const value = `${month.padStart(2, '0')}-${day.padStart(2, '0')}-${year}`;
  return { value, changes: value === text ? [] : ['dates'] };
}

/** The number that digits are; undefined where a text is anything else. */
export function wholeNumber(text: string): number | undefined {
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}
