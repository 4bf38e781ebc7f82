import { setImmediate } from 'node:timers/promises';
import pLimit from 'p-limit';
import * as z from 'zod';
import {
  employeeCreation,
  employeeId,
  type EmployeeCreation,
  type EmployeeImportReport,
} from '../../../protocol/employees.js';
import type { Actor, AuditEvent, AuditService } from '../audit/audit-service.js';
import type { EmployeeImportOptions, EmployeeImportService } from './employee-service.js';
import type { EmployeeStore } from './employee-store.js';

/** What the service needs. */
export interface EmployeeImportDeps {
  readonly store: Pick<EmployeeStore, 'takenOf' | 'insertAll'>;
  readonly audit: Pick<AuditService, 'append' | 'record'>;
  readonly clock: () => Date;
}

interface Candidate {
  readonly row: number;
  readonly employee: EmployeeCreation;
}

type Conflict = EmployeeImportReport['conflicts'][number];

interface Checked {
  readonly candidates: readonly Candidate[];
  readonly conflicts: readonly Conflict[];
}

const CHECKED_AT_ONCE = 100;
const IDS_AN_AUDIT_LINE = 500;
const MOST_NAME_CHARACTERS = 64;

/** Makes the service that imports employees: one import at a time. */
export function createEmployeeImportService(deps: EmployeeImportDeps): EmployeeImportService {
  const inTurn = pLimit(1);
  return {
    plan: (rows, actor, source) => inTurn(() => plan(rows, { actor, source }, deps)),
    apply: (rows, options, actor, source) => inTurn(() => apply(rows, options, { actor, source }, deps)),
  };
}

interface By {
  readonly actor: Actor;
  readonly source: string;
}

async function plan(
  rows: readonly unknown[],
  by: By,
  deps: EmployeeImportDeps,
): Promise<EmployeeImportReport> {
  return reportOf(rows, await planned(await checkRows(rows), { ...by, apply: false }, deps), false);
}

async function apply(
  rows: readonly unknown[],
  { skipConflicts }: EmployeeImportOptions,
  by: By,
  deps: EmployeeImportDeps,
): Promise<EmployeeImportReport> {
  for (let checked = await checkRows(rows); ;) {
    checked = await planned(checked, { ...by, apply: true }, deps);
    const isRefused = checked.conflicts.length > 0 && !skipConflicts;
    if (isRefused || checked.candidates.length === 0) return reportOf(rows, checked, false);
    if (await insert(checked, by, deps)) return reportOf(rows, checked, true);
    // One of the numbers was taken since: which one is found like those before.
  }
}

// Whoever asks learns which numbers there are: that is in the audit log, as an import is that then ends with the server.
async function planned(
  asked: Checked,
  { apply: toApply, ...by }: By & { readonly apply: boolean },
  deps: EmployeeImportDeps,
): Promise<Checked> {
  const checked = await withoutTaken(asked, deps);
  const details = {
    apply: toApply,
    can_be_added: checked.candidates.length,
    conflicts: checked.conflicts.length,
  };
  await Promise.all(
    linesOf('employee.import_planned', asked, by, details).map((event) => deps.audit.append(event)),
  );
  return checked;
}

async function insert(
  checked: Checked,
  by: By,
  { store, audit, clock }: EmployeeImportDeps,
): Promise<boolean> {
  const { candidates, conflicts } = checked;
  const details = { imported: candidates.length, left_out: conflicts.length };
  const isDone = await store.insertAll(
    candidates.map(({ employee }) => employee),
    clock(),
  );
  // That it was begun is there already.
  if (isDone)
    await Promise.all(linesOf('employee.imported', checked, by, details).map((event) => audit.record(event)));
  return isDone;
}

function linesOf(
  action: AuditEvent['action'],
  { candidates }: Checked,
  { actor, source }: By,
  details: NonNullable<AuditEvent['details']>,
): readonly AuditEvent[] {
  const event = { action, actor, subject: { name: source } };
  return rangesOf(candidates.map(({ employee }) => employee.id)).map((ids) => ({
    ...event,
    details: { ...details, ids },
  }));
}

/** Numbers of employees as `1-3, 7`, for one line of the audit log each: one also where there are none. */
function rangesOf(numbers: readonly number[]): readonly string[] {
  const ids = [...numbers].sort((one, other) => one - other);
  const lines: string[] = [];
  for (let from = 0; from === 0 || from < ids.length; from += IDS_AN_AUDIT_LINE) {
    const ranges: [number, number][] = [];
    for (const id of ids.slice(from, from + IDS_AN_AUDIT_LINE)) {
      const last = ranges.at(-1);
      if (last?.[1] === id - 1) last[1] = id;
      else ranges.push([id, id]);
    }
    lines.push(
      ranges.map(([first, last]) => (first === last ? '' : `${String(first)}-`) + String(last)).join(', '),
    );
  }
  return lines;
}

async function checkRows(rows: readonly unknown[]): Promise<Checked> {
  const candidates: Candidate[] = [];
  const conflicts: Conflict[] = [];
  const rowOfId = new Map<number, number>();
  for (const [index, given] of rows.entries()) {
    const found = checkRow(given, index + 1, rowOfId);
    if ('employee' in found) candidates.push(found);
    else conflicts.push(found);
    // Without a turn in between, nobody else would get theirs.
    if (index % CHECKED_AT_ONCE === 0) await setImmediate();
  }
  return { candidates, conflicts };
}

function checkRow(given: unknown, row: number, rowOfId: Map<number, number>): Candidate | Conflict {
  const result = employeeCreation.safeParse(given);
  if (!result.success) return { row, id: idIn(given), reason: reasonOf(result.error, given) };
  const employee = result.data;
  const { id } = employee;
  const earlier = rowOfId.get(id);
  // Of several with one number the first is taken.
  if (earlier !== undefined) return { row, id, reason: `it has the number of row ${String(earlier)}` };
  rowOfId.set(id, row);
  return { row, employee };
}

function idIn(given: unknown): number | null {
  const { data } = z.object({ id: employeeId }).safeParse(given);
  return data?.id ?? null;
}

function reasonOf({ issues }: z.ZodError, given: unknown): string {
  return issues.map((issue) => reasonOfIssue(issue, given)).join('; ');
}

function reasonOfIssue(issue: z.core.$ZodIssue, given: unknown): string {
  if (issue.code === 'unrecognized_keys')
    return `${issue.keys.join(', ').slice(0, MOST_NAME_CHARACTERS)}: is not known here`;
  const [field] = issue.path;
  if (field === undefined) return 'is no object';
  const isMissing = (given as Readonly<Record<PropertyKey, unknown>>)[field] === undefined;
  return `${String(field)}: ${isMissing ? 'is missing' : issue.message}`;
}

// Only that they are there: who may add may not read.
async function withoutTaken(
  { candidates, conflicts }: Checked,
  { store }: Pick<EmployeeImportDeps, 'store'>,
): Promise<Checked> {
  const taken = await store.takenOf(candidates.map(({ employee }) => employee.id));
  const late = candidates
    .filter(({ employee }) => taken.has(employee.id))
    .map(({ row, employee: { id } }) => ({ row, id, reason: 'there is one of this number already' }));
  return {
    candidates: candidates.filter(({ employee }) => !taken.has(employee.id)),
    conflicts: [...conflicts, ...late].sort((one, other) => one.row - other.row),
  };
}

function reportOf(
  rows: readonly unknown[],
  { candidates, conflicts }: Checked,
  isApplied: boolean,
): EmployeeImportReport {
  return {
    found: rows.length,
    added: candidates.length,
    is_applied: isApplied,
    conflicts: [...conflicts],
  };
}
