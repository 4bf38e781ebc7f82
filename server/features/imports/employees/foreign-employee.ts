import {
  employeeCreation,
  type EmployeeCreation,
  type EmployeeFields,
} from '../../../../protocol/employees.js';
import { UnusableFile } from '../files/foreign-file.js';

/** How many employees a file may have. */
export const MAX_FOREIGN_EMPLOYEES = 100_000;

/** What can be written otherwise here than it was. */
export const CHANGES = ['dates', 'ssnZeros', 'ssnDashes', 'spaces', 'numbers'] as const;
export type Change = (typeof CHANGES)[number];

/** An employee as another system has it: texts, or nothing; undefined where it is no text. */
export type EmployeeCells = Readonly<Record<keyof EmployeeCreation, string | null | undefined>>;

/** An employee that can be one here. */
export interface ForeignEmployee {
  /** Where it stands: the line of a CSV, else its place among the employees, from 1. */
  readonly row: number;
  readonly employee: EmployeeCreation;
  /** What of it was written otherwise. */
  readonly changes: readonly Change[];
}

/** An employee that cannot be read. */
export interface DamagedEmployee {
  readonly row: number;
  /** Null where not even that can be read. */
  readonly id: number | null;
  readonly damage: string;
}

/** What was read of a file. */
export interface ForeignEmployees {
  readonly format: 'records' | 'csv';
  readonly employees: readonly (ForeignEmployee | DamagedEmployee)[];
  /** What an operator should know of the file as a whole. */
  readonly warnings: readonly string[];
}

interface Written<Value> {
  readonly value: Value;
  readonly changes: readonly Change[];
}

// The words of the report, which has no value of the file.
const NAMES: Readonly<Record<keyof EmployeeFields | 'id', string>> = {
  id: 'the id',
  first_name: 'the first name',
  last_name: 'the last name',
  ssn: 'the SSN',
  date_of_birth: 'the date of birth',
  salary: 'the salary',
};

/** Makes of a foreign employee one of ours, or says all that is wrong with it. */
export function foreignEmployee(row: number, cells: EmployeeCells): ForeignEmployee | DamagedEmployee {
  const id = written(cells.id, wholeNumber);
  const fields = {
    first_name: written(cells.first_name, asItIs),
    last_name: written(cells.last_name, asItIs),
    ssn: written(cells.ssn, nineDigits),
    date_of_birth: written(cells.date_of_birth, dashedDate),
    salary: written(cells.salary, wholeNumber),
  };
  const all = { id, ...fields };
  const parsed = employeeCreation.safeParse(
    Object.fromEntries(Object.entries(all).map(([name, { value }]) => [name, value])),
  );
  if (!parsed.success) {
    const known = employeeCreation.shape.id.safeParse(id.value);
    return { row, id: known.data ?? null, damage: damageOf(parsed.error.issues) };
  }
  const changes = CHANGES.filter((change) => Object.values(all).some((one) => one.changes.includes(change)));
  return { row, employee: parsed.data, changes };
}

/** @throws UnusableFile where there are more employees than a file may have */
export function checkEmployeeCount(count: number): void {
  if (count > MAX_FOREIGN_EMPLOYEES)
    throw new UnusableFile(`it has more than ${String(MAX_FOREIGN_EMPLOYEES)} employees`);
}

// One reason a field, in the order of the fields.
function damageOf(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]) {
  const reasons = new Map<PropertyKey | undefined, string>();
  for (const { path, message } of issues) if (!reasons.has(path[0])) reasons.set(path[0], message);
  const told = Object.entries(NAMES).flatMap(([field, name]) => {
    const reason = reasons.get(field);
    return reason === undefined ? [] : [`${name} ${reason}`];
  });
  return told.join('; ');
}

function written<Value>(
  cell: string | null | undefined,
  read: (text: string) => Written<Value>,
): Written<Value | undefined> {
  const text = cell?.trim();
  if (text === undefined) return { value: undefined, changes: [] };
  const { value, changes } = read(text);
  return { value, changes: text === cell ? changes : [...changes, 'spaces'] };
}

function asItIs(text: string): Written<string> {
  return { value: text, changes: [] };
}

// As an integer, as SQLite and spreadsheets write one that is kept as a floating point number, or with zeros in front.
function wholeNumber(text: string): Written<number | undefined> {
  const digits = /^(\d+)(?:\.0+)?$/.exec(text)?.[1];
  if (digits === undefined) return { value: undefined, changes: [] };
  const value = Number(digits);
  return { value, changes: String(value) === text ? [] : ['numbers'] };
}

// What was kept as a number has lost the zeros in front. Contract 3.
function nineDigits(text: string): Written<string> {
  if (/^\d{3}-\d{2}-\d{4}$/.test(text)) return { value: text.replaceAll('-', ''), changes: ['ssnDashes'] };
  const digits = /^(\d{1,9})(?:\.0+)?$/.exec(text)?.[1];
  if (digits === undefined) return { value: text, changes: [] };
  const changes: Change[] = digits === text ? [] : ['numbers'];
  return {
    value: digits.padStart(9, '0'),
    changes: digits.length === 9 ? changes : ['ssnZeros', ...changes],
  };
}

// Contract 3: old rows have slashes. Whether the day is one of the calendar is not looked at here.
function dashedDate(text: string): Written<string> {
  const [, month = '', , day = '', year = ''] = /^(\d{1,2})([/-])(\d{1,2})\2(\d{4})$/.exec(text) ?? [];
  if (year === '') return { value: text, changes: [] };
  const value = `${month.padStart(2, '0')}-${day.padStart(2, '0')}-${year}`;
  return { value, changes: value === text ? [] : ['dates'] };
}
