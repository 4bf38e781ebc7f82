import { EMPLOYEE_CSV_COLUMNS, type EmployeeColumn } from '../../../../protocol/employee-csv.js';
import type { EmployeeImportReport } from '../../../../protocol/employees.js';
import { conflictsByLine, type EmployeeInFile } from '../../../formats/employee-csv.js';

/** A row of a file, and what would become of it. */
export interface PlanRow {
  /** The line of the file where it ends. */
  readonly line: number;
  readonly texts: Readonly<Record<EmployeeColumn, string>>;
  /** Why it cannot be imported; undefined where it can. */
  readonly reason: string | undefined;
}

/** The rows of a file with what the server says of them; of an SSN the last four digits. */
export function planRows(
  employees: readonly EmployeeInFile[],
  { conflicts }: EmployeeImportReport,
): readonly PlanRow[] {
  const reasons = new Map(conflictsByLine(conflicts, employees).map(({ row, reason }) => [row, reason]));
  return employees.map(({ line, values }) => {
    const texts = EMPLOYEE_CSV_COLUMNS.map((column) => [column, textOf(column, values[column])] as const);
    return {
      line,
      texts: Object.fromEntries(texts) as Record<EmployeeColumn, string>,
      reason: reasons.get(line),
    };
  });
}

// One that is no SSN is shown, so that it can be found and mended.
function textOf(column: EmployeeColumn, value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return column === 'ssn' && /^\d{9}$/.test(text) ? `*****${text.slice(-4)}` : text;
}
