import type { AccountsApi } from '../../../api/accounts/accounts-api.js';
import { type AdministrationApi } from '../../../api/accounts/administration-api.js';
import type { JsonValue } from '../../cli-error.js';
import {
  type CommandContext,
  openAccountsApi,
  openAccountSession,
  openAdministrationApi,
} from '../../command-context.js';

/** Asks with the user's token; where it is no longer good and a password is at hand, once more with a new one. */
export type Ask<Api> = <Answer>(question: (api: Api, token: string) => Promise<Answer>) => Promise<Answer>;

/** Does what a command about one's own account does. Rejects as a session's `withToken` does. */
export async function withAccounts<Outcome>(
  context: CommandContext,
  action: (ask: Ask<AccountsApi>) => Promise<Outcome>,
): Promise<Outcome> {
  using accounts = openAccountsApi(context);
  const session = await openAccountSession(context, accounts);
  return await action((question) => session.withToken((token) => question(accounts, token)));
}

/** Does what an administrator's command does. Rejects as a session's `withToken` does. */
export async function withAdministration<Outcome>(
  context: CommandContext,
  action: (ask: Ask<AdministrationApi>) => Promise<Outcome>,
): Promise<Outcome> {
  using accounts = openAccountsApi(context);
  using administration = openAdministrationApi(context);
  const session = await openAccountSession(context, accounts);
  return await action((question) => session.withToken((token) => question(administration, token)));
}

/** What a server answered, as it stands in the JSON of a result. */
export function jsonOf(answer: object): JsonValue {
  return JSON.parse(JSON.stringify(answer)) as JsonValue;
}
