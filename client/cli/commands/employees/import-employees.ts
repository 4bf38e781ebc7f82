import { open } from 'node:fs/promises';
import { type EmployeeImportReport, MOST_IMPORTED } from '../../../../protocol/employees.js';
import { printable } from '../../../../protocol/line-safe.js';
import { GatherError } from '../../../api/gather-error.js';
import {
  conflictsByLine,
  EmployeeCsvError,
  type EmployeeInFile,
  employeesInCsv,
} from '../../../formats/employee-csv.js';
import { CliError, usageError } from '../../cli-error.js';
import { type CommandContext, ownerOf } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { jsonOf } from '../accounts/account-command.js';
import { withEmployees } from './with-employees.js';

/** The options of `gather employees import`, as they were given. */
export interface ImportFlags {
  readonly apply?: boolean;
  readonly skipConflicts?: boolean;
}

// Ten thousand rows of the longest values are not half of it.
const MOST_BYTES = 16 * 1024 * 1024;

/** Imports the employees of a CSV, all or nothing; without `--apply` the server only says what would be done. */
export async function importEmployees(
  context: CommandContext,
  path: string,
  flags: ImportFlags,
): Promise<CommandResult> {
  const found = employeesIn(await contentOf(path), path);
  if (found.length > MOST_IMPORTED) throw tooMany(path, `it has ${String(found.length)} employees`);
  const { apply = false, skipConflicts = false } = flags;
  const employees = found.map(({ values }) => values);
  const wanted = { employees, apply, skip_conflicts: skipConflicts };
  const counted = await withEmployees(context, (ask) =>
    ask((api, token) => api.importAll(token, wanted)),
  ).catch((error: unknown) => {
    throw error instanceof GatherError && error.status === 413 ? tooMany(path, error.message, error) : error;
  });
  const report = { ...counted, conflicts: [...conflictsByLine(counted.conflicts, found)] };
  const isBlocked = report.conflicts.length > 0 && (!skipConflicts || report.added === 0);
  return {
    text: reportText(report, flags),
    fields: { ...ownerOf(context), report: jsonOf(report) },
    exit: isBlocked ? 'failed' : 'done',
  };
}

function employeesIn(content: Buffer, path: string): readonly EmployeeInFile[] {
  try {
    return employeesInCsv(content);
  } catch (error) {
    if (!(error instanceof EmployeeCsvError)) throw error;
    const text = `${path} cannot be imported: ${error.message}`;
    throw new CliError('failed', 'input', text, { cause: error });
  }
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > MOST_BYTES) throw tooMany(path, `it has ${String(size)} bytes`);
    return await file.readFile();
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw usageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function tooMany(path: string, reason: string, cause?: unknown): CliError {
  const limits = `${String(MOST_IMPORTED)} rows and what the server takes as one body (--max-body-bytes)`;
  const text = `${path} cannot be imported: ${reason}. An import is all or nothing, so it is one request, of at most ${limits}; "gatherd import employees" at the server takes more`;
  return new CliError('failed', 'input', text, { cause });
}

function reportText(report: EmployeeImportReport, flags: ImportFlags): string {
  const { found, added, conflicts } = report;
  const count = conflicts.length;
  const verb = report.is_applied ? 'added' : 'that can be added';
  const rows = conflicts.map(({ row, id, reason }) => {
    const whose = id === null ? '' : `, employee ${String(id)}`;
    return `  row ${String(row)}${whose}: ${printable(reason)}`;
  });
  const counts = `Employees found: ${String(found)}, ${verb}: ${String(added)}, conflicts: ${String(count)}`;
  return [counts, ...rows, ...endOf(report, flags)].join('\n');
}

function endOf(
  { added, is_applied: isApplied, conflicts }: EmployeeImportReport,
  { skipConflicts }: ImportFlags,
): readonly string[] {
  if (isApplied) return [];
  if (conflicts.length > 0 && skipConflicts !== true) {
    return ['Nothing is imported as long as there are conflicts; --skip-conflicts leaves these rows out'];
  }
  return [added === 0 ? 'Nothing is imported' : 'Nothing is imported yet: --apply does it'];
}
