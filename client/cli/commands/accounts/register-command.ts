import type { Command } from 'commander';
import {
  type CommandContext,
  openAccountsApi,
  ownerOf,
  passwordAtHand,
  rememberDefaults,
} from '../../command-context.js';
import { usageError } from '../../cli-error.js';
import type { CommandResult } from '../../output/output.js';
import { askNewPassword } from '../../terminal/ask-password.js';
import type { RunCommand } from '../common-options.js';
import { jsonOf } from './account-command.js';
import { addPart, finish } from './command-group.js';
import { addProfileOptions, type ProfileFlags, profileOf } from './profile-options.js';

interface RegisterFlags extends ProfileFlags {
  readonly invite?: string;
}

/** Adds `gather register`. */
export function addRegisterCommand(program: Command, run: RunCommand): void {
  const command = addPart(program, {
    usage: 'register',
    summary: 'make an account',
    description:
      'Makes an account for --user. The password is taken from --password-file, GATHER_PASSWORD or GATHER_PASSWORD_FILE; ' +
      'else it is asked for twice, and not shown. "gather login" is next.',
  }).option('--invite <code>', 'the code of an invite, where the server asks for one');
  finish(addProfileOptions(command), [
    'gather register --server localhost:6174 --user dale --email dale@example.org',
    "gather register --user audrey --full-name 'Audrey Horne' --invite CODE",
  ]);
  command.action((flags: RegisterFlags) => run(command, (context) => register(context, flags)));
}

async function register(context: CommandContext, flags: RegisterFlags): Promise<CommandResult> {
  const owner = ownerOf(context);
  const password = (await passwordAtHand(context)) ?? (await ask(context, owner.user));
  const invite = flags.invite === undefined ? {} : { invite: flags.invite };
  using accounts = openAccountsApi(context);
  const account = await accounts.register({
    username: owner.user,
    password,
    ...invite,
    ...profileOf(flags),
  });
  await rememberDefaults(context, { ...owner, user: account.username });
  return {
    text: `The account ${account.username} is made. Log in with "gather login"`,
    fields: { ...owner, account: jsonOf(account) },
  };
}

async function ask({ io }: CommandContext, user: string): Promise<string> {
  if (io.stdin.isTTY === true) return askNewPassword(io, user);
  throw usageError('No password: give --password-file, GATHER_PASSWORD or GATHER_PASSWORD_FILE');
}
