import type { Command } from 'commander';
import { usageError } from '../../cli-error.js';
import { type CommandContext, openAccountsApi, ownerOf, passwordAtHand } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { readToken } from '../../settings/secrets.js';
import { askPassword } from '../../terminal/ask-password.js';
import type { RunCommand } from '../common-options.js';
import { addPart, finish } from './command-group.js';

/** Adds `gather login`. */
export function addLoginCommand(program: Command, run: RunCommand): void {
  const command = addPart(program, {
    usage: 'login [name-or-email]',
    summary: 'log in, and remember the session',
    description:
      'Opens a session and remembers its token: later commands use it, until "gather logout". The user is known by name or ' +
      'e-mail address. The password is taken from --password-file, GATHER_PASSWORD or GATHER_PASSWORD_FILE; else it is ' +
      'asked for, and not shown.',
  });
  finish(command, ['gather login dale --server localhost:6174', 'gather login dale@example.org']);
  command.action((name: string | undefined) => run(command, (context) => login(context, name)));
}

async function login(context: CommandContext, given: string | undefined): Promise<CommandResult> {
  const { io, store, settings, output } = context;
  const name = given ?? ownerOf(context).user;
  const password = (await passwordAtHand(context)) ?? (await ask(context, name));
  using accounts = openAccountsApi(context);
  const { token, expires_at: expiresAt, user } = await accounts.login(name, password);
  const owner = { server: settings.server, user: user.username };
  await store.saveToken(owner, token);
  await store.saveDefaults(owner);
  if ((await readToken(io.env)) !== undefined) {
    output.warn('GATHER_TOKEN is set and goes before the token that is remembered now');
  }
  const next = user.must_change_password
    ? '. The password was made for this one login: change it now with "gather passwd"'
    : '';
  return {
    text: `Logged in as ${user.username} until ${expiresAt}${next}`,
    fields: { ...owner, expiresAt, mustChangePassword: user.must_change_password },
  };
}

async function ask({ io }: CommandContext, name: string): Promise<string> {
  if (io.stdin.isTTY === true) return askPassword(io, `Password of ${name}: `);
  throw usageError('No password: give --password-file, GATHER_PASSWORD or GATHER_PASSWORD_FILE');
}
