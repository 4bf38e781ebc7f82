import { basename } from 'node:path';
import type { EmployeeImportReport as StoredReport } from '../../../../protocol/employees.js';
import type { Actor } from '../../audit/audit-service.js';
import type { EmployeeImportOptions, EmployeeImportService } from '../../employees/employee-service.js';
import {
  CHANGE_NOTES,
  type EmployeeConflict,
  type EmployeesImportPlan,
  type EmployeesImportReport,
} from './employees-import-report.js';
import type { Change } from '../../../../protocol/employee-csv.js';
import type { ForeignEmployee, ForeignEmployees } from './foreign-employee.js';
import { readForeignEmployees } from './read-foreign-employees.js';

/** Imports the employees of the records server, or of a CSV. */
export interface EmployeesImportService {
  /**
   * Says what an import would do; nothing is changed.
   *
   * @param actor - who asks, for the audit log
   * @throws AppError `import.unusable`, `database.…`
   */
  plan(path: string, actor: Actor): Promise<EmployeesImportPlan>;
  /**
   * Reads anew, then imports: all employees, or with a conflict and without `skipConflicts` none.
   *
   * @param actor - who does it, for the audit log
   * @throws AppError `import.unusable`, `database.…`: nothing was imported
   */
  apply(path: string, options: EmployeeImportOptions, actor: Actor): Promise<EmployeesImportReport>;
}

/** What is to be stored of a file, and what cannot be by the file alone. */
interface Checked {
  readonly candidates: readonly ForeignEmployee[];
  readonly conflicts: readonly EmployeeConflict[];
}

/** Makes the service that imports files of employees. */
export function createEmployeesImportService(employees: EmployeeImportService): EmployeesImportService {
  return {
    plan: async (path, actor) => {
      const foreign = await readForeignEmployees(path);
      const checked = check(foreign);
      return planOf(
        path,
        foreign,
        withStored(checked, await employees.plan(rowsOf(checked), actor, basename(path))),
      );
    },
    apply: async (path, options, actor) => {
      const foreign = await readForeignEmployees(path);
      const checked = check(foreign);
      const isRefused = checked.conflicts.length > 0 && !options.skipConflicts;
      const stored = isRefused
        ? await employees.plan(rowsOf(checked), actor, basename(path))
        : await employees.apply(rowsOf(checked), options, actor, basename(path));
      const plan = planOf(path, foreign, withStored(checked, stored));
      const isDone = !isRefused && stored.is_applied;
      return {
        ...plan,
        isApplied: isDone || plan.counts.found === 0,
        imported: isDone ? stored.added : 0,
      };
    },
  };
}

// Where a number stands twice, the first one has it.
function check({ employees }: ForeignEmployees): Checked {
  const rows = new Map<number, number>();
  const candidates: ForeignEmployee[] = [];
  const conflicts: EmployeeConflict[] = [];
  for (const one of employees) {
    const { row } = one;
    if ('damage' in one) {
      conflicts.push({ row, id: one.id, reason: one.damage });
      continue;
    }
    const { id } = one.employee;
    const earlier = rows.get(id);
    if (earlier !== undefined) conflicts.push({ row, id, reason: `it has the id of row ${String(earlier)}` });
    else {
      rows.set(id, row);
      candidates.push(one);
    }
  }
  return { candidates, conflicts };
}

function rowsOf({ candidates }: Checked) {
  return candidates.map(({ employee }) => employee);
}

// What is stored knows the candidates by their place, the report the employees by their row in the file.
function withStored({ candidates, conflicts }: Checked, stored: StoredReport): Checked {
  const refused = new Set(stored.conflicts.map(({ row }) => row - 1));
  const late = stored.conflicts.flatMap(({ row, id, reason }) => {
    const candidate = candidates[row - 1];
    return candidate === undefined ? [] : [{ row: candidate.row, id, reason }];
  });
  return {
    candidates: candidates.filter((_, index) => !refused.has(index)),
    conflicts: [...conflicts, ...late].sort((one, other) => one.row - other.row),
  };
}

function planOf(path: string, foreign: ForeignEmployees, checked: Checked): EmployeesImportPlan {
  const { format, employees, warnings } = foreign;
  const { candidates, conflicts } = checked;
  const wouldAdd = candidates.map(({ row, employee: { id, first_name, last_name }, changes }) => ({
    row,
    id,
    name: `${first_name} ${last_name}`,
    notes: changes.map((change) => CHANGE_NOTES[change]),
  }));
  const counts = { found: employees.length, wouldAdd: wouldAdd.length, conflicts: conflicts.length };
  return { path, format, counts, normalised: countChanges(candidates), wouldAdd, conflicts, warnings };
}

function countChanges(candidates: readonly ForeignEmployee[]): Readonly<Record<Change, number>> {
  const counts: Record<Change, number> = { dates: 0, ssnZeros: 0, ssnDashes: 0, spaces: 0, numbers: 0 };
  for (const { changes } of candidates) for (const change of changes) counts[change] += 1;
  return counts;
}
