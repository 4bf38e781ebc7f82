import type { Command } from 'commander';
import { type CommandContext, ownerOf } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import type { RunCommand } from '../common-options.js';
import { jsonOf, withAccounts } from './account-command.js';
import { accountText } from './account-facts.js';
import { addPart, finish } from './command-group.js';

/** Adds `gather whoami`. */
export function addWhoamiCommand(program: Command, run: RunCommand): void {
  const command = addPart(program, {
    usage: 'whoami',
    summary: 'show whom the server takes you for, and what you may do',
    description: 'Asks the server whose token it is, and shows the account with its role and permissions.',
  });
  finish(command, ['gather whoami', 'gather whoami --json | jq -r .account.role']);
  command.action(() => run(command, showAccount));
}

/** Shows the caller's account. */
export async function showAccount(context: CommandContext): Promise<CommandResult> {
  const account = await withAccounts(context, (ask) => ask((api, token) => api.account(token)));
  return { text: accountText(account), fields: { ...ownerOf(context), account: jsonOf(account) } };
}
