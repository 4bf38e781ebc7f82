import { type AccountsApi, createAccountsApi } from '../api/accounts/accounts-api.js';
import { type AdministrationApi, createAdministrationApi } from '../api/accounts/administration-api.js';
import { createEmployeesApi, type EmployeesApi } from '../api/employees/employees-api.js';
import { createFeedApi, type FeedApi } from '../api/feed/feed-api.js';
import { createGatherApi, type GatherApi } from '../api/gather-api.js';
import { createMessagesApi, type MessagesApi } from '../api/messages-api.js';
import type { RequestSenderOptions } from '../api/request-sender.js';
import { RETRY_PAUSES } from '../api/retry-policy.js';
import { usageError } from './cli-error.js';
import type { CliIo } from './cli-io.js';
import { type LogIn, logInAsBefore, logInToSession } from './log-in.js';
import type { Output } from './output/output.js';
import { Session, type SessionOptions } from './session.js';
import { configDirectory } from './settings/config-directory.js';
import { ConfigStore, type TokenOwner } from './settings/config-store.js';
import { readPassword, readToken } from './settings/secrets.js';
import { type CommonFlags, resolveSettings, type Settings } from './settings/settings.js';
import { VERSION } from './version.js';

/** What every command works with. */
export interface CommandContext {
  readonly io: CliIo;
  readonly flags: CommonFlags;
  readonly output: Output;
  readonly store: ConfigStore;
  readonly settings: Settings;
}

const MAX_CONNECT_TIMEOUT_MS = 5_000;

/** Settles what a command works with. Rejects with exit code 2 or 78 where a setting is wrong. */
export async function createContext(io: CliIo, flags: CommonFlags, output: Output): Promise<CommandContext> {
  const store = new ConfigStore(configDirectory(io));
  const settings = resolveSettings(flags, io.env, await store.loadDefaults());
  return { io, flags, output, store, settings };
}

/** What overrides the settings for one way to the server; `stop` ends pauses between tries. */
export interface ApiOverrides {
  readonly server?: string;
  readonly retryForMs?: number;
  readonly timeoutMs?: number;
  readonly stop?: AbortSignal;
}

/** Opens the way to the server for the requests of contract 1. */
export function openApi(context: CommandContext, more: ApiOverrides = {}): GatherApi {
  return createGatherApi(apiOptions(context, more));
}

/** Opens the way to the server for the requests of `/v1`. */
export function openMessagesApi(context: CommandContext, more: ApiOverrides = {}): MessagesApi {
  return createMessagesApi(apiOptions(context, more));
}

/** Opens the way to the server for the live feed and the chat. */
export function openFeedApi(context: CommandContext, more: ApiOverrides = {}): FeedApi {
  return createFeedApi(apiOptions(context, more));
}

/** Opens the way to the server for what users do with their own accounts. */
export function openAccountsApi(context: CommandContext, more: ApiOverrides = {}): AccountsApi {
  return createAccountsApi(apiOptions(context, more));
}

/** Opens the way to the server for what administrators do. */
export function openAdministrationApi(context: CommandContext): AdministrationApi {
  return createAdministrationApi(apiOptions(context, {}));
}

/** Opens the way to the server for employee records. */
export function openEmployeesApi(context: CommandContext, more: ApiOverrides = {}): EmployeesApi {
  return createEmployeesApi(apiOptions(context, more));
}

/** How long and how patiently is tried again, and how whoever looks on hears of it. */
export function retriesOf(
  { output, settings }: CommandContext,
  retryForMs = settings.retryForMs,
): Required<Pick<RequestSenderOptions, 'retry' | 'onRetry'>> {
  return {
    retry: { ...RETRY_PAUSES, budgetMs: retryForMs },
    onRetry: ({ error, delayMs }) => {
      output.progress(`${error.message}. Trying again in ${(delayMs / 1000).toFixed(1)} s`);
    },
  };
}

function apiOptions(context: CommandContext, more: ApiOverrides): RequestSenderOptions {
  const { server, retryForMs, timeoutMs } = { ...context.settings, ...more };
  return {
    server,
    userAgent: `gather/${VERSION}`,
    connectTimeoutMs: Math.min(timeoutMs, MAX_CONNECT_TIMEOUT_MS),
    answerTimeoutMs: timeoutMs,
    ...retriesOf(context, retryForMs),
    stop: more.stop,
    now: context.io.now,
    random: context.io.random,
  };
}

/** The server and user of a command that needs both. Throws exit code 2 where no user is known. */
export function ownerOf({ settings: { server, user } }: CommandContext): TokenOwner {
  if (user !== undefined) return { server, user };
  throw usageError(
    'No user is known: give --user or GATHER_USER, or run "gather login NAME" or "gather identify --user NAME" once',
  );
}

/** Opens the session of a command that sends or reads messages. Rejects with exit code 2 or 78 where a secret cannot be read. */
export async function openSession(context: CommandContext, api: GatherApi): Promise<Session> {
  return Session.open(await sessionOptions(context, logInForMessages(context, api)));
}

/** Opens the session of a command about accounts, or about who is there now: it makes no user of a mistyped name. Rejects with exit code 2 or 78 where a secret cannot be read. */
export async function openAccountSession(context: CommandContext, accounts: AccountsApi): Promise<Session> {
  return Session.open(await sessionOptions(context, logInToSession(accounts)));
}

/** How a command that sends or reads messages logs in. */
export function logInForMessages(context: CommandContext, api: GatherApi, more: ApiOverrides = {}): LogIn {
  return logInAsBefore(api, () => openAccountsApi(context, more));
}

/** What a session is opened with. Rejects with exit code 2 or 78 where a secret cannot be read. */
export async function sessionOptions(context: CommandContext, logIn: LogIn): Promise<SessionOptions> {
  const { io, store } = context;
  return {
    logIn,
    owner: ownerOf(context),
    store,
    givenToken: await readToken(io.env),
    password: await passwordAtHand(context),
    now: io.now,
    warn: warningsOf(context),
  };
}

/** The password that is at hand; undefined where there is none. Rejects with exit code 2 or 78 where it cannot be read. */
export function passwordAtHand(context: CommandContext): Promise<string | undefined> {
  return readPassword(context.io, context.flags.passwordFile, warningsOf(context));
}

/** Says what went wrong without stopping the command. */
export function warningsOf({ output }: CommandContext): (text: string) => void {
  return (text) => {
    output.warn(text);
  };
}
