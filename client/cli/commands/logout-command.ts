import type { Command } from 'commander';
import { type CommandContext, openApi, ownerOf } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { isTokenRefused } from '../session.js';
import { readToken } from '../settings/secrets.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

/** Adds `gather logout`. */
export function addLogoutCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('logout')
    .summary('end the session, and forget its token')
    .description(
      'Ends the session at the server and forgets its token. Where there is no session (any more), that is no error.',
    );
  addCommonOptions(command, { examples: ['gather logout'] });
  command.action(() => run(command, logout));
}

async function logout(context: CommandContext): Promise<CommandResult> {
  const owner = ownerOf(context);
  const remembered = await context.store.loadToken(owner);
  const token = (await readToken(context.io.env)) ?? remembered;
  if (token === undefined) {
    return { text: 'There is no session to end', fields: { ...owner, ended: false } };
  }
  const forget = async (): Promise<void> => {
    if (token === remembered) await context.store.forgetToken(owner);
  };
  using api = openApi(context);
  try {
    const { status_code: status, status_message: message } = await api.logout(token);
    await forget();
    return { text: message, fields: { ...owner, ended: true, status, message } };
  } catch (error) {
    if (!isTokenRefused(error)) throw error;
    await forget();
    const text = `The server does not accept the token any more (${error.message}); it is forgotten`;
    return { text, fields: { ...owner, ended: false, status: error.status ?? null, message: error.message } };
  }
}
