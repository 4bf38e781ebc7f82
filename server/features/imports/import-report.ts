import type { Status } from '../../../protocol/accounts.js';
import type { Role } from '../../../protocol/permissions.js';
import { jsonLiteral } from '../../dump/format/json-literal.js';
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

const MOST_LINES = 100;

/** A plan, or what came of it, as a person reads it. */
export function showImport(plan: ImportPlan | ImportReport): string {
  const { path, format, counts, wouldAdd, conflicts, warnings } = plan;
  const sections = [
    `${safe(path)} (${format}): ${usersOf(counts.found)} found`,
    ...warnings.map((warning) => `warning: ${safe(warning)}`),
    ...section(wouldAdd, 'isApplied' in plan && plan.isApplied ? 'imported' : 'can be imported', showUser),
    ...section(conflicts, 'cannot be imported', showConflict),
    verdictOf(plan),
  ];
  return `${sections.join('\n')}\n`;
}

function section<Item>(items: readonly Item[], title: string, show: (item: Item) => string): string[] {
  if (items.length === 0) return [];
  const rest = items.length - MOST_LINES;
  const lines = items.slice(0, MOST_LINES).map((item) => `  ${show(item)}`);
  return [`${title}:`, ...lines, ...(rest > 0 ? [`  and ${String(rest)} more`] : [])];
}

function showUser({ row, name, role, status, notes }: PlannedUser): string {
  const beside = notes.length === 0 ? '' : `: ${safe(notes.join('; '))}`;
  return `${String(row)} ${safe(name)} (${role}, ${status})${beside}`;
}

function showConflict({ row, name, reason }: ImportConflict): string {
  return `${String(row)} ${name === null ? '?' : safe(name)}: ${safe(reason)}`;
}

function verdictOf(plan: ImportPlan | ImportReport): string {
  const { wouldAdd, conflicts } = plan.counts;
  const left = conflicts === 0 ? '' : `, ${usersOf(conflicts)} left out`;
  if ('isApplied' in plan && plan.isApplied) return `${usersOf(plan.imported)} imported${left}`;
  if (conflicts > 0) {
    return `nothing imported: ${usersOf(conflicts)} cannot be (--skip-conflicts imports the others)`;
  }
  return `nothing imported yet: --apply imports ${usersOf(wouldAdd)}`;
}

function usersOf(count: number): string {
  return count === 1 ? '1 user' : `${String(count)} users`;
}

// What a file says does nothing to a terminal.
function safe(text: string): string {
  return jsonLiteral(text).slice(1, -1);
}
