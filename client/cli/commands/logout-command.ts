import type { Command } from 'commander';
import { API_TOKEN_PREFIX, SESSION_TOKEN_PREFIX } from '../../../protocol/sessions.js';
import { type JsonFields, usageError } from '../cli-error.js';
import { type CommandContext, openAccountsApi, openApi, ownerOf } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { isTokenRefused } from '../../api/token-refused.js';
import { readToken } from '../settings/secrets.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

interface LogoutFlags {
  readonly all?: boolean;
}

/** Adds `gather logout`. */
export function addLogoutCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('logout')
    .summary('end the session, and forget its token')
    .description(
      'Ends the session at the server and forgets its token. Where there is no session (any more), that is no error.',
    )
    .option('--all', 'end all other sessions of the user, too');
  addCommonOptions(command, { examples: ['gather logout', 'gather logout --all'] });
  command.action((flags: LogoutFlags) => run(command, (context) => logout(context, flags)));
}

async function logout(context: CommandContext, { all }: LogoutFlags): Promise<CommandResult> {
  const owner = ownerOf(context);
  const remembered = await context.store.loadToken(owner);
  const token = (await readToken(context.io.env)) ?? remembered;
  if (token === undefined) {
    return { text: 'There is no session to end', fields: { ...owner, ended: false } };
  }
  const forget = async (): Promise<void> => {
    if (token === remembered) await context.store.forgetToken(owner);
  };
  try {
    const others = all === true ? { others: await endOthers(context, token) } : {};
    const { text, fields } = await endSession(context, token);
    await forget();
    return { text, fields: { ...owner, ended: true, ...fields, ...others } };
  } catch (error) {
    if (!isTokenRefused(error)) throw error;
    await forget();
    const text = `The server does not accept the token any more (${error.message}); it is forgotten`;
    return { text, fields: { ...owner, ended: false, status: error.status ?? null, message: error.message } };
  }
}

async function endOthers(context: CommandContext, token: string): Promise<number> {
  using accounts = openAccountsApi(context);
  return await accounts.endOtherSessions(token);
}

/** Ends the session of a token. Rejects with exit code 2 for an API token, which has none. */
export async function endSession(
  context: CommandContext,
  token: string,
): Promise<{ text: string; fields: JsonFields }> {
  if (token.startsWith(API_TOKEN_PREFIX)) {
    throw usageError('GATHER_TOKEN is an API token, which has no session: "gather tokens revoke" ends it');
  }
  if (token.startsWith(SESSION_TOKEN_PREFIX)) {
    using accounts = openAccountsApi(context);
    await accounts.logout(token);
    return { text: 'Logged out', fields: {} };
  }
  using api = openApi(context);
  const { status_code: status, status_message: message } = await api.logout(token);
  return { text: message, fields: { status, message } };
}
