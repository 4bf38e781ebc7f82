import {
  account,
  type AccountSummary,
  type AccountView,
  STATUSES,
  type UsersPage,
} from '../../../../protocol/accounts.js';
import { ROLES } from '../../../../protocol/permissions.js';
import { type CommandContext, ownerOf } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { table } from '../../output/table.js';
import { jsonOf, withAdministration } from '../accounts/account-command.js';
import { ACCOUNT_COLUMNS, accountText, SUMMARY_COLUMNS } from '../accounts/account-facts.js';
import { limitIn, oneOf } from '../accounts/option-values.js';
import { SESSION_COLUMNS } from '../accounts/sessions-command.js';

/** The options of `gather users list`, as they were given. */
export interface UsersFlags {
  readonly search?: string;
  readonly role?: string;
  readonly status?: string;
  readonly limit: string;
}

type Listed = UsersPage['users'][number];

const MAX_LIMIT = 100_000;
const MAX_PAGE = 1000;

/** Shows users, as many pages as are wanted. */
export async function listUsers(context: CommandContext, flags: UsersFlags): Promise<CommandResult> {
  const atMost = limitIn(flags.limit, MAX_LIMIT);
  const filter = {
    search: flags.search,
    role: flags.role === undefined ? undefined : oneOf('a role', flags.role, ROLES),
    status: flags.status === undefined ? undefined : oneOf('a status', flags.status, STATUSES),
  };
  const users: Listed[] = [];
  let cursor: string | null | undefined;
  await withAdministration(context, async (ask) => {
    do {
      const limit = Math.min(MAX_PAGE, atMost - users.length);
      const page = { ...filter, limit, cursor: cursor ?? undefined };
      const found = await ask((api, token) => api.users(token, page));
      users.push(...found.users);
      cursor = found.next;
    } while (cursor !== null && users.length < atMost);
  });
  const hasMore = cursor !== null;
  if (hasMore) context.output.notice('There are more: --limit shows them');
  return {
    text: await textOf(context, users),
    fields: { ...ownerOf(context), users: jsonOf(users), hasMore },
  };
}

async function textOf({ io }: CommandContext, users: readonly Listed[]): Promise<string> {
  if (users.length === 0) return 'There are no such users';
  const whole = users.filter(isWhole);
  return whole.length === users.length
    ? table(io, ACCOUNT_COLUMNS, whole)
    : table(io, SUMMARY_COLUMNS, users);
}

function isWhole(user: AccountSummary | AccountView): user is AccountView {
  return account.safeParse(user).success;
}

/** Shows an account and its sessions. */
export async function showUser(context: CommandContext, name: string): Promise<CommandResult> {
  const [user, sessions] = await withAdministration(context, async (ask) => [
    await ask((api, token) => api.user(token, name)),
    await ask((api, token) => api.sessionsOf(token, name)),
  ]);
  const below = sessions.length === 0 ? '' : `\n\n${await table(context.io, SESSION_COLUMNS, sessions)}`;
  return {
    text: `${accountText(user)}${below}`,
    fields: { ...ownerOf(context), account: jsonOf(user), sessions: jsonOf(sessions) },
  };
}
