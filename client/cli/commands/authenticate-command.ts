import type { Command } from 'commander';
import { usageError } from '../cli-error.js';
import {
  type CommandContext,
  openApi,
  ownerOf,
  passwordAtHand,
  rememberDefaults,
} from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { tokenExpiry } from '../settings/token-expiry.js';
import { askPassword } from '../terminal/ask-password.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

/** Adds `gather authenticate`. */
export function addAuthenticateCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('authenticate')
    .summary('prove who you are, and remember the token')
    .description(
      'Proves to the server who you are, and remembers the token that it gives. The first password that a user ever ' +
        'gives becomes the password of that user. It is taken from --password-file, GATHER_PASSWORD or ' +
        'GATHER_PASSWORD_FILE; else it is asked for, and not shown.',
    );
  addCommonOptions(command, {
    examples: ['gather authenticate', 'gather authenticate --password-file ~/.gather-password'],
  });
  command.action(() => run(command, authenticate));
}

async function authenticate(context: CommandContext): Promise<CommandResult> {
  const owner = ownerOf(context);
  const password = (await passwordAtHand(context)) ?? (await ask(context, owner.user));
  using api = openApi(context);
  const {
    token,
    status_code: status,
    status_message: message,
  } = await api.authenticate(owner.user, password);
  await context.store.saveToken(owner, token);
  await rememberDefaults(context, owner);
  const expiry = tokenExpiry(token);
  const expiresAt = expiry === undefined ? null : new Date(expiry).toISOString();
  return { text: message, fields: { ...owner, status, message, expiresAt } };
}

async function ask({ io }: CommandContext, user: string): Promise<string> {
  if (io.stdin.isTTY !== true) {
    throw usageError('No password: give --password-file, GATHER_PASSWORD or GATHER_PASSWORD_FILE');
  }
  return askPassword(io, `Password of ${user}: `);
}
