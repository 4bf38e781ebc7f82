import type { UserChanges } from '../../../../protocol/accounts.js';
import { type CommandContext, ownerOf } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { confirm } from '../../terminal/confirm.js';
import { jsonOf, withAdministration } from '../accounts/account-command.js';
import { accountText } from '../accounts/account-facts.js';
import type { YesFlag } from '../accounts/command-group.js';
import { refuseUnseenSecret, type SecretFlag, secretResult } from '../accounts/new-secret.js';

/** Changes an account, and shows it as it is then. */
export async function changeUser(
  context: CommandContext,
  name: string,
  changes: UserChanges,
): Promise<CommandResult> {
  const user = await withAdministration(context, (ask) =>
    ask((api, token) => api.changeUser(token, name, changes)),
  );
  return { text: accountText(user), fields: { ...ownerOf(context), account: jsonOf(user) } };
}

/** Makes a password for one login, which is the result. */
export async function resetPassword(
  context: CommandContext,
  name: string,
  flags: YesFlag & SecretFlag,
): Promise<CommandResult> {
  refuseUnseenSecret(context, flags);
  await confirm(context.io, {
    what: `This ends the password, all sessions and all API tokens of ${name}`,
    isAgreed: flags.yes === true,
  });
  const made = await withAdministration(context, (ask) =>
    ask((api, token) => api.resetPassword(token, name)),
  );
  return secretResult(context, flags, {
    secret: made.one_time_password,
    text: `The password of ${made.username} is for one login until ${made.expires_at}, and shown this once.`,
    fields: { ...ownerOf(context), username: made.username, passwordExpiresAt: made.expires_at },
  });
}

/** Ends all sessions of a user. */
export async function endSessions(
  context: CommandContext,
  name: string,
  { yes }: YesFlag,
): Promise<CommandResult> {
  await confirm(context.io, { what: `This ends all sessions of ${name}`, isAgreed: yes === true });
  const ended = await withAdministration(context, (ask) =>
    ask((api, token) => api.endSessionsOf(token, name)),
  );
  return { text: `Sessions ended: ${String(ended)}`, fields: { ...ownerOf(context), username: name, ended } };
}

/** Deletes an account. */
export async function deleteUser(
  context: CommandContext,
  name: string,
  { yes }: YesFlag,
): Promise<CommandResult> {
  const what = `This deletes the account ${name} for ever`;
  await confirm(context.io, { what, word: name, isAgreed: yes === true });
  await withAdministration(context, (ask) => ask((api, token) => api.deleteUser(token, name)));
  return {
    text: `The account ${name} is deleted`,
    fields: { ...ownerOf(context), username: name, deleted: true },
  };
}
