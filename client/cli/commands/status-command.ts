import type { Command } from 'commander';
import { API_TOKEN_PREFIX, SESSION_TOKEN_PREFIX } from '../../../protocol/sessions.js';
import { type JsonFields, toCliError } from '../cli-error.js';
import { type CommandContext, openApi } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import type { ExitName } from '../exit-codes.js';
import { readToken } from '../settings/secrets.js';
import { isExpired, tokenExpiry } from '../settings/token-expiry.js';
import { addCommonOptions, type RunCommand } from './common-options.js';

// Who asks for the status wants to know now.
const MAX_WAIT_MS = 5_000;

/** Adds `gather status`. */
export function addStatusCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('status')
    .summary('show server, user and token, and whether the server can be reached')
    .description(
      'Shows which server and user are set, until when the token is valid, and whether the server can be reached and is ' +
        'ready to take messages (GET /readyz). Exit code 69 where it cannot be reached, 77 where it lets ' +
        'nobody in so, 1 where it is not ready.',
    );
  addCommonOptions(command, { examples: ['gather status', 'gather status --json | jq .token.state'] });
  command.action(() => run(command, status));
}

async function status(context: CommandContext): Promise<CommandResult> {
  const { server, user } = context.settings;
  const [token, reach] = await Promise.all([tokenState(context), reachOf(context)]);
  return {
    text: [
      `Server:  ${server} (${reach.text})`,
      `User:    ${user ?? 'none is set'}`,
      `Token:   ${token.text}`,
      `Config:  ${context.store.directory}`,
    ].join('\n'),
    fields: {
      server,
      user: user ?? null,
      token: token.fields,
      ...reach.fields,
      configDirectory: context.store.directory,
    },
    exit: reach.exit,
  };
}

interface Part {
  readonly text: string;
  readonly fields: JsonFields;
}

async function tokenState({ io, store, settings: { server, user } }: CommandContext): Promise<Part> {
  const remembered = user === undefined ? undefined : await store.loadToken({ server, user });
  const token = (await readToken(io.env)) ?? remembered;
  if (token === undefined) return { text: 'none', fields: { state: 'none', expiresAt: null } };
  const expiry = tokenExpiry(token);
  if (expiry === undefined) {
    return { text: kindOf(token), fields: { state: 'unknown', expiresAt: null } };
  }
  const expiresAt = new Date(expiry).toISOString();
  const isOver = isExpired(token, io.now());
  const seconds = Math.abs(Math.round((expiry - io.now()) / 1000));
  const text = isOver ? `expired ${String(seconds)} s ago` : `valid for ${String(seconds)} s more`;
  return { text: `${text} (${expiresAt})`, fields: { state: isOver ? 'expired' : 'valid', expiresAt } };
}

// Only the server knows until when these are good.
function kindOf(token: string): string {
  if (token.startsWith(SESSION_TOKEN_PREFIX)) return 'that of a login; "gather sessions" shows until when';
  return token.startsWith(API_TOKEN_PREFIX) ? 'an API token' : 'one that does not say when it expires';
}

async function reachOf(context: CommandContext): Promise<Part & { readonly exit: ExitName }> {
  using api = openApi(context, { timeoutMs: Math.min(context.settings.timeoutMs, MAX_WAIT_MS) });
  try {
    const { isReady, status: code } = await api.readiness();
    return {
      text: isReady ? 'reachable, ready' : `reachable, not ready: HTTP ${String(code)}`,
      fields: { reachable: true, ready: isReady },
      exit: isReady ? 'done' : 'failed',
    };
  } catch (error) {
    const { kind, message, status: code, exit } = toCliError(error);
    const isReached = code !== undefined || kind === 'not_permitted';
    return {
      text: isReached ? `reachable, not ready: ${message}` : `not reachable: ${message}`,
      fields: { reachable: isReached, ready: false, error: { kind, message } },
      exit: isReached ? exit : 'unreachable',
    };
  }
}
