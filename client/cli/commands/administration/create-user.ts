import { type CommandContext, ownerOf, warningsOf } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { readPasswordFile } from '../../settings/secrets.js';
import { jsonOf, withAdministration } from '../accounts/account-command.js';
import { refuseUnseenSecret, type SecretFlag, secretResult } from '../accounts/new-secret.js';
import { permissionsOf, roleOf } from '../accounts/option-values.js';
import { type ProfileFlags, profileOf } from '../accounts/profile-options.js';

/** The options of `gather users create`, as they were given. */
export interface CreateUserFlags extends SecretFlag, ProfileFlags {
  readonly role?: string;
  readonly permission?: readonly string[];
  readonly newPasswordFile?: string;
}

/** Makes an account; without a password, the one that the server makes is the result. */
export async function createUser(
  context: CommandContext,
  name: string,
  flags: CreateUserFlags,
): Promise<CommandResult> {
  const { role, permission, newPasswordFile } = flags;
  const wanted = {
    username: name,
    ...profileOf(flags),
    ...(role === undefined ? {} : { role: roleOf(role) }),
    ...(permission === undefined ? {} : { permissions: [...permissionsOf(permission)] }),
    ...(await passwordIn(context, newPasswordFile)),
  };
  if (newPasswordFile === undefined) refuseUnseenSecret(context, flags);
  const { user, one_time: oneTime } = await withAdministration(context, (ask) =>
    ask((api, token) => api.createUser(token, wanted)),
  );
  const fields = { ...ownerOf(context), account: jsonOf(user) };
  const text = `The account ${user.username} is made.`;
  if (oneTime === undefined) return { text, fields };
  return secretResult(context, flags, {
    secret: oneTime.one_time_password,
    text: `${text} Its password is for one login until ${oneTime.expires_at}, and shown this once.`,
    fields: { ...fields, passwordExpiresAt: oneTime.expires_at },
  });
}

async function passwordIn(context: CommandContext, path: string | undefined): Promise<{ password?: string }> {
  if (path === undefined) return {};
  return {
    password: await readPasswordFile(context.io, path, '--new-password-file', warningsOf(context)),
  };
}
