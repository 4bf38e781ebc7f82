import { type CommandContext, ownerOf } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { table } from '../../output/table.js';
import { confirm } from '../../terminal/confirm.js';
import { jsonOf, withAdministration } from '../accounts/account-command.js';
import type { YesFlag } from '../accounts/command-group.js';
import { TOKEN_COLUMNS } from '../accounts/tokens-command.js';

/** Shows the API tokens of a user. */
export async function listUserTokens(context: CommandContext, name: string): Promise<CommandResult> {
  const tokens = await withAdministration(context, (ask) =>
    ask((api, token) => api.apiTokensOf(token, name)),
  );
  return {
    text: tokens.length === 0 ? 'There are no API tokens' : await table(context.io, TOKEN_COLUMNS, tokens),
    fields: { ...ownerOf(context), username: name, tokens: jsonOf(tokens) },
  };
}

/** Revokes the API tokens of a user, or one of them. @param id - of the one; all without it */
export async function revokeUserTokens(
  context: CommandContext,
  name: string,
  id: string | undefined,
  { yes }: YesFlag,
): Promise<CommandResult> {
  const which = id === undefined ? 'all API tokens' : `the API token ${id}`;
  await confirm(context.io, {
    what: `This revokes ${which} of ${name}: what uses it gets in no more`,
    isAgreed: yes === true,
  });
  const revoked = await withAdministration(context, (ask) =>
    ask(async (api, token) => {
      if (id === undefined) return api.revokeApiTokensOf(token, name);
      await api.revokeApiTokenOf(token, name, id);
      return 1;
    }),
  );
  const fields = { ...ownerOf(context), username: name, revoked };
  return { text: `API tokens revoked: ${String(revoked)}`, fields };
}
