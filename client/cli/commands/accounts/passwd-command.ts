import type { Command } from 'commander';
import { usageError } from '../../cli-error.js';
import { type CommandContext, ownerOf, passwordAtHand, warningsOf } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { readPasswordFile } from '../../settings/secrets.js';
import { askNewPassword, askPassword, askPasswordChange } from '../../terminal/ask-password.js';
import type { RunCommand } from '../common-options.js';
import { withAccounts } from './account-command.js';
import { addPart, finish } from './command-group.js';

interface PasswdFlags {
  readonly newPasswordFile?: string;
}

/** Adds `gather passwd`. */
export function addPasswdCommand(program: Command, run: RunCommand): void {
  const command = addPart(program, {
    usage: 'passwd',
    summary: 'change your password',
    description:
      'Changes your password, and ends all of your sessions but this one. Asks for the current password and twice for the new ' +
      'one, unless files hold them.',
  }).option('--new-password-file <path>', 'a file that holds the new password; - for standard input');
  finish(command, ['gather passwd', 'gather passwd --password-file old --new-password-file new']);
  command.action((flags: PasswdFlags) => run(command, (context) => changePassword(context, flags)));
}

async function changePassword(context: CommandContext, flags: PasswdFlags): Promise<CommandResult> {
  const { current, next } = await passwords(context, flags);
  await withAccounts(context, (ask) => ask((api, token) => api.changePassword(token, current, next)));
  return {
    text: 'The password is changed. All of your other sessions have ended',
    fields: { ...ownerOf(context), changed: true },
  };
}

async function passwords(
  context: CommandContext,
  { newPasswordFile }: PasswdFlags,
): Promise<{ current: string; next: string }> {
  const { io, flags } = context;
  const { user } = ownerOf(context);
  if (flags.passwordFile === '-' && newPasswordFile === '-') {
    throw usageError('Only one of --password-file and --new-password-file can be standard input');
  }
  const current = await passwordAtHand(context);
  if ((current === undefined || newPasswordFile === undefined) && io.stdin.isTTY !== true) {
    throw usageError('There is no terminal to ask on: give --password-file and --new-password-file');
  }
  if (newPasswordFile === undefined) {
    return current === undefined
      ? askPasswordChange(io, user)
      : { current, next: await askNewPassword(io, user) };
  }
  const next = await readPasswordFile(io, newPasswordFile, '--new-password-file', warningsOf(context));
  return { current: current ?? (await askPassword(io, `Current password of ${user}: `)), next };
}
