import {
  employeeCreation,
  type EmployeeCreation,
  type EmployeeFields,
} from '../../../../protocol/employees.js';
import { employeeOfCells, type Change, type EmployeeCells } from '../../../../protocol/employee-csv.js';
import { UnusableFile } from '../files/foreign-file.js';

/** How many employees a file may have. */
export const MAX_FOREIGN_EMPLOYEES = 100_000;

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
  const { values, changes } = employeeOfCells(cells);
  const parsed = employeeCreation.safeParse(values);
  if (parsed.success) return { row, employee: parsed.data, changes };
  const known = employeeCreation.shape.id.safeParse(values['id']);
  return { row, id: known.data ?? null, damage: damageOf(parsed.error.issues) };
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
