import { counted, safe, section, verdictOf } from '../files/report-text.js';
import { CHANGES, type Change } from '../../../../protocol/employee-csv.js';
import type { ForeignEmployees } from './foreign-employee.js';

/** An employee that would be imported. */
export interface PlannedEmployee {
  readonly row: number;
  readonly id: number;
  readonly name: string;
  /** What of it comes otherwise than it was. */
  readonly notes: readonly string[];
}

/** An employee that would not be imported, and why. */
export interface EmployeeConflict {
  readonly row: number;
  /** Null where it cannot be read. */
  readonly id: number | null;
  readonly reason: string;
}

/** What an import would do. Holds nothing that is encrypted at rest. */
export interface EmployeesImportPlan {
  readonly path: string;
  readonly format: ForeignEmployees['format'];
  readonly counts: { readonly found: number; readonly wouldAdd: number; readonly conflicts: number };
  /** Of how many that can be imported something is written otherwise than it was. */
  readonly normalised: Readonly<Record<Change, number>>;
  readonly wouldAdd: readonly PlannedEmployee[];
  readonly conflicts: readonly EmployeeConflict[];
  readonly warnings: readonly string[];
}

/** What an import has done. */
export interface EmployeesImportReport extends EmployeesImportPlan {
  /** False: there were conflicts, and nothing was imported. */
  readonly isApplied: boolean;
  /** How many employees were imported. */
  readonly imported: number;
}

/** What is said of an employee of whom something is written otherwise. */
export const CHANGE_NOTES: Readonly<Record<Change, string>> = {
  dates: 'the date of birth is written as mm-dd-yyyy',
  ssnZeros: 'the SSN is filled up with zeros in front',
  ssnDashes: 'the SSN is written without dashes',
  spaces: 'spaces around a field are cut off',
  numbers: 'a number is written without .0 and zeros in front',
};

/** A plan, or what came of it, as a person reads it. */
export function showEmployeesImport(plan: EmployeesImportPlan | EmployeesImportReport): string {
  const { path, format, counts, normalised, wouldAdd, conflicts, warnings } = plan;
  const changed = CHANGES.filter((change) => normalised[change] > 0);
  const sections = [
    `${safe(path)} (${format}): ${counted(counts.found, 'employee')} found`,
    ...warnings.map((warning) => `warning: ${safe(warning)}`),
    ...changed.map((change) => `of ${counted(normalised[change], 'employee')} ${CHANGE_NOTES[change]}`),
    ...section(
      wouldAdd,
      'isApplied' in plan && plan.isApplied ? 'imported' : 'can be imported',
      showEmployee,
    ),
    ...section(conflicts, 'cannot be imported', showConflict),
    verdictOf(plan, 'employee'),
  ];
  return `${sections.join('\n')}\n`;
}

function showEmployee({ row, id, name, notes }: PlannedEmployee): string {
  const beside = notes.length === 0 ? '' : `: ${notes.join('; ')}`;
  return `${String(row)} #${String(id)} ${safe(name)}${beside}`;
}

function showConflict({ row, id, reason }: EmployeeConflict): string {
  return `${String(row)} ${id === null ? '?' : `#${String(id)}`}: ${safe(reason)}`;
}
