import type { AccountsApi } from '../../../api/accounts/accounts-api.js';
import { API_TOKEN_PREFIX } from '../../../../protocol/sessions.js';
import { CliError, usageError } from '../../cli-error.js';
import { type CommandContext, openAccountsApi, openEmployeesApi } from '../../command-context.js';
import { loginByCertificate } from '../../log-in.js';
import { EmployeesMenu, type SessionAtHand } from '../../employees/employees-menu.js';
import type { CommandResult } from '../../output/output.js';
import { readToken } from '../../settings/secrets.js';
import { LinePrompt } from '../../terminal/line-prompt.js';
import { endSession } from '../logout-command.js';
import { menuRetryMs } from '../menu-command.js';

/** Runs the menu of contract 3's client. */
export async function employeesMenu(context: CommandContext): Promise<CommandResult> {
  const { io, output, flags } = context;
  if (output.isJson) throw usageError('The menu is for people: --json goes with a command');
  if (flags.passwordFile !== undefined)
    throw usageError('The menu asks for the password: leave out --password-file');
  const stop = io.stopSignal();
  using prompt = new LinePrompt({ input: io.stdin, output: io.stdout, onInterrupt: io.interrupt });
  const close = (): void => {
    prompt[Symbol.dispose]();
  };
  stop.addEventListener('abort', close, { once: true });
  const more = { retryForMs: menuRetryMs(context), stop };
  using accounts = openAccountsApi(context, more);
  using employees = openEmployeesApi(context, more);
  const menu = new EmployeesMenu({
    asking: { prompt, say: (text) => io.stdout.write(`${text}\n`) },
    accounts,
    employees,
    user: flags.user,
    logInByCertificate: byCertificate(context, accounts),
    atHand: await sessionAtHand(context),
  });
  await menu.run();
  if (!stop.aborted) return { text: '', fields: undefined };
  throw new CliError(stop.reason === 'SIGTERM' ? 'terminated' : 'interrupted', 'interrupted', 'Interrupted');
}

// As below: in a pipe only a certificate that is given for just this makes the questions go away.
function byCertificate({ io, flags, tls }: CommandContext, accounts: AccountsApi) {
  const isWanted = tls?.cert !== undefined && (io.stdin.isTTY === true || flags.cert !== undefined);
  return isWanted ? () => loginByCertificate(accounts, flags.user) : undefined;
}

// In a pipe are the answers of the original: a session that happens to be there must not make a question go away.
async function sessionAtHand(context: CommandContext): Promise<SessionAtHand | undefined> {
  const { io, store, settings } = context;
  const { server, user } = settings;
  if (io.stdin.isTTY !== true || user === undefined) return undefined;
  const owner = { server, user };
  const given = await readToken(io.env);
  const token = given ?? (await store.loadToken(owner));
  if (token === undefined) return undefined;
  // An API token has no session.
  const isSession = !token.startsWith(API_TOKEN_PREFIX);
  const end = async (): Promise<void> => {
    if (isSession) await endSession(context, token);
    if (given === undefined) await store.forgetToken(owner);
  };
  const whose = given === undefined ? 'remembered' : 'of GATHER_TOKEN';
  return { user, token, end, quitNote: isSession ? ` (ends the session that is ${whose})` : '' };
}
