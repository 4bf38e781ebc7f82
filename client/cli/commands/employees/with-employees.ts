import type { EmployeesApi } from '../../../api/employees/employees-api.js';
import { employeePages } from '../../../api/employees/whole-employees.js';
import { GatherError } from '../../../api/gather-error.js';
import { employeeId, type EmployeesPage } from '../../../../protocol/employees.js';
import { wholeNumber } from '../../../../protocol/employee-csv.js';
import { CliError, usageError } from '../../cli-error.js';
import {
  type ApiOverrides,
  type CommandContext,
  openAccountsApi,
  openAccountSession,
  openEmployeesApi,
} from '../../command-context.js';
import type { Ask } from '../accounts/account-command.js';

/** Asks about employee records with the user's token. */
export type AskEmployees = Ask<EmployeesApi>;

/** Does what a command about employee records does. Rejects as a session's `withToken` does. */
export async function withEmployees<Outcome>(
  context: CommandContext,
  action: (ask: AskEmployees) => Promise<Outcome>,
  more: ApiOverrides = {},
): Promise<Outcome> {
  using accounts = openAccountsApi(context, more);
  using employees = openEmployeesApi(context, more);
  const session = await openAccountSession(context, accounts);
  return await action((question) => session.withToken((token) => question(employees, token)));
}

/** Reads the number of an employee. Throws exit code 2 where it is none. */
export function idIn(text: string): number {
  const { data, error } = employeeId.safeParse(wholeNumber(text));
  if (data !== undefined) return data;
  throw usageError(`The ID ${JSON.stringify(text)} ${error.issues[0]?.message ?? 'is none'}`);
}

/** The pages of a list, as many as are wanted; each says by `next` whether there is more. */
export function pagesOf(
  ask: AskEmployees,
  wanted: { readonly search?: string | undefined; readonly atMost?: number },
): AsyncGenerator<EmployeesPage> {
  return employeePages((filter) => ask((api, token) => api.list(token, filter)), wanted);
}

/** Says of a change that came too late who has to do what. Gives back every other error as it is. */
export function explained(error: unknown, id: number): unknown {
  if (!(error instanceof GatherError) || error.problem?.code !== 'employee.changed_meanwhile') return error;
  const text = `Employee ${String(id)} has been changed by somebody else since you read it, and is as they left it: read it again and decide anew`;
  return new CliError('failed', error.kind, text, { cause: error });
}
