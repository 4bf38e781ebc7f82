import type { MaskedEmployee } from '../../../../protocol/employees.js';
import { usageError } from '../../cli-error.js';
import { type CommandContext, ownerOf } from '../../command-context.js';
import { EMPLOYEE_COLUMNS, wholeEmployeeText } from '../../employees/employee-text.js';
import type { CommandResult } from '../../output/output.js';
import { table } from '../../output/table.js';
import { jsonOf } from '../accounts/account-command.js';
import { limitIn } from '../accounts/option-values.js';
import { idIn, pagesOf, withEmployees } from './with-employees.js';

/** The options of `gather employees list`, as they were given. */
export interface ListFlags {
  readonly search?: string;
  readonly limit?: string;
  readonly all?: boolean;
}

/** How many employees are shown where nothing is said. */
export const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 100_000;

/** Shows employees, as many pages as are wanted. */
export async function listEmployees(context: CommandContext, flags: ListFlags): Promise<CommandResult> {
  const atMost = mostOf(flags);
  const employees: MaskedEmployee[] = [];
  const hasMore = await withEmployees(context, async (ask) => {
    let isCutOff = false;
    for await (const page of pagesOf(ask, { search: flags.search, atMost })) {
      employees.push(...page.employees);
      isCutOff = page.next !== null;
    }
    return isCutOff;
  });
  if (hasMore) context.output.notice('There are more: --limit or --all shows them');
  return {
    text:
      employees.length === 0
        ? 'There are no such employees'
        : await table(context.io, EMPLOYEE_COLUMNS, employees),
    fields: { ...ownerOf(context), employees: jsonOf(employees), hasMore },
  };
}

/** Shows everything about one. */
export async function showEmployee(context: CommandContext, idText: string): Promise<CommandResult> {
  const id = idIn(idText);
  const { answer, etag } = await withEmployees(context, (ask) => ask((api, token) => api.get(token, id)));
  return {
    text: wholeEmployeeText(answer),
    fields: { ...ownerOf(context), employee: jsonOf(answer), etag },
  };
}

function mostOf({ limit, all }: ListFlags): number {
  if (all !== true) return limitIn(limit ?? String(DEFAULT_LIMIT), MAX_LIMIT);
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  throw usageError('Give --limit or --all, not both');
}
