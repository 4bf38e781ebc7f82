import type { Status } from '../../../../protocol/accounts.js';
import type { Role } from '../../../../protocol/permissions.js';
import { counted, safe, section, verdictOf } from '../files/report-text.js';
import type { ImportConflict } from './import-candidate.js';
import type { ImportFormat } from './foreign-user.js';

/** A user that would be imported. */
export interface PlannedUser {
  readonly row: number;
  readonly name: string;
  readonly role: Role;
  readonly status: Status;
  /** What of it comes otherwise than it was. */
  readonly notes: readonly string[];
}

/** What an import would do. Holds no secret. */
export interface ImportPlan {
  readonly path: string;
  readonly format: ImportFormat;
  readonly counts: { readonly found: number; readonly wouldAdd: number; readonly conflicts: number };
  readonly wouldAdd: readonly PlannedUser[];
  readonly conflicts: readonly ImportConflict[];
  readonly warnings: readonly string[];
}

/** What an import has done. */
export interface ImportReport extends ImportPlan {
  /** False: there were conflicts, and nothing was imported. */
  readonly isApplied: boolean;
  /** How many users were imported. */
  readonly imported: number;
}

/** A plan, or what came of it, as a person reads it. */
export function showImport(plan: ImportPlan | ImportReport): string {
  const { path, format, counts, wouldAdd, conflicts, warnings } = plan;
  const sections = [
    `${safe(path)} (${format}): ${counted(counts.found, 'user')} found`,
    ...warnings.map((warning) => `warning: ${safe(warning)}`),
    ...section(wouldAdd, 'isApplied' in plan && plan.isApplied ? 'imported' : 'can be imported', showUser),
    ...section(conflicts, 'cannot be imported', showConflict),
    verdictOf(plan, 'user'),
  ];
  return `${sections.join('\n')}\n`;
}

function showUser({ row, name, role, status, notes }: PlannedUser): string {
  const beside = notes.length === 0 ? '' : `: ${safe(notes.join('; '))}`;
  return `${String(row)} ${safe(name)} (${role}, ${status})${beside}`;
}

function showConflict({ row, name, reason }: ImportConflict): string {
  return `${String(row)} ${name === null ? '?' : safe(name)}: ${safe(reason)}`;
}
