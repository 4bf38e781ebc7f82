import type { Command } from 'commander';
import type { LoginAnswer } from '../../../../protocol/sessions.js';
import type { AccountsApi } from '../../../api/accounts/accounts-api.js';
import { usageError } from '../../cli-error.js';
import {
  type CommandContext,
  openAccountsApi,
  ownerOf,
  passwordAtHand,
  rememberDefaults,
} from '../../command-context.js';
import { loginByCertificate } from '../../log-in.js';
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
      'asked for, and not shown. With --cert and --key no password is needed where the server is content with the certificate.',
  });
  finish(command, [
    'gather login dale --server localhost:6174',
    'gather login dale@example.org',
    'gather login --server localhost:6174 --ca ca.crt --cert dale.crt --key dale.key',
  ]);
  command.action((name: string | undefined) => run(command, (context) => login(context, name)));
}

async function login(context: CommandContext, given: string | undefined): Promise<CommandResult> {
  const { io, store, settings, output } = context;
  using accounts = openAccountsApi(context);
  const { token, expires_at: expiresAt, user } = await open(context, accounts, given);
  const owner = { server: settings.server, user: user.username };
  await store.saveToken(owner, token);
  await rememberDefaults(context, owner);
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

async function open(
  context: CommandContext,
  accounts: AccountsApi,
  given: string | undefined,
): Promise<LoginAnswer> {
  const { io, flags, tls } = context;
  const password = await passwordAtHand(context);
  if (password === undefined && tls?.cert !== undefined) {
    // Whoever was remembered is not who has to log in now.
    const { GATHER_USER: user = '' } = io.env;
    const wanted = given ?? flags.user ?? (user === '' ? undefined : user);
    const answer = await loginByCertificate(accounts, wanted);
    if (answer !== undefined) return answer;
  }
  const name = given ?? ownerOf(context).user;
  return accounts.login(name, password ?? (await ask(context, name)));
}

async function ask({ io }: CommandContext, name: string): Promise<string> {
  if (io.stdin.isTTY === true) return askPassword(io, `Password of ${name}: `);
  throw usageError('No password: give --password-file, GATHER_PASSWORD or GATHER_PASSWORD_FILE');
}
