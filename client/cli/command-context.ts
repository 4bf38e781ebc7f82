import { type AccountsApi, createAccountsApi } from '../api/accounts/accounts-api.js';
import { type AdministrationApi, createAdministrationApi } from '../api/accounts/administration-api.js';
import { createEmployeesApi, type EmployeesApi } from '../api/employees/employees-api.js';
import { createFeedApi, type FeedApi } from '../api/feed/feed-api.js';
import { createGatherApi, type GatherApi } from '../api/gather-api.js';
import { createMessagesApi, type MessagesApi } from '../api/messages/messages-api.js';
import { openFeed } from '../api/feed/open-feed.js';
import { RequestSender, type RequestSenderOptions } from '../api/requests/request-sender.js';
import { RETRY_PAUSES } from '../api/retry-policy.js';
import { usageError } from './cli-error.js';
import type { CliIo } from './cli-io.js';
import { type LogIn, logInAsBefore, logInToSession, logInToSessionByCertificate } from './log-in.js';
import type { ServerTls } from '../api/tls/server-tls.js';
import type { Output } from './output/output.js';
import { Session, type SessionOptions } from './session.js';
import { configDirectory } from './settings/config-directory.js';
import { ConfigStore, type TokenOwner } from './settings/config-store.js';
import { readPassword, readToken } from './settings/secrets.js';
import { type CommonFlags, resolveSettings, type Settings } from './settings/settings.js';
import type { TlsSettings } from './settings/tls-choice.js';
import { readTlsFiles } from './settings/tls-files.js';
import { VERSION } from './version.js';

/** What every command works with. */
export interface CommandContext {
  readonly io: CliIo;
  readonly flags: CommonFlags;
  readonly output: Output;
  readonly store: ConfigStore;
  readonly settings: Settings;
  /** What the server of the settings is trusted by; undefined where it is without TLS, or the command does not ask it. */
  readonly tls: ServerTls | undefined;
}

/** What is special about a command. */
export interface ContextOptions {
  /** Whether it does not ask the server of the settings: what that is trusted by is not read, then. */
  readonly isOffline?: boolean;
}

const MAX_CONNECT_TIMEOUT_MS = 5_000;

/** Settles what a command works with. Rejects with exit code 2 or 78 where a setting is wrong. */
export async function createContext(
  io: CliIo,
  flags: CommonFlags,
  output: Output,
  { isOffline = false }: ContextOptions = {},
): Promise<CommandContext> {
  const store = new ConfigStore(configDirectory(io));
  const settings = resolveSettings(flags, io.env, await store.loadDefaults());
  const context = { io, flags, output, store, settings };
  return { ...context, tls: isOffline ? undefined : await tlsFor(context, settings.server) };
}

/** Reads what a server is trusted by; undefined where it is without TLS. Rejects with exit code 2 or 78 where it cannot be used. */
export function tlsFor(
  context: Pick<CommandContext, 'io' | 'output' | 'settings'>,
  server: string,
): Promise<ServerTls | undefined> {
  return readTls(context, context.settings.tls.chosenFor(server));
}

/** Reads what is chosen about TLS, and warns where that is to take any certificate. */
export async function readTls(
  { io, output }: Pick<CommandContext, 'io' | 'output'>,
  chosen: TlsSettings | undefined,
): Promise<ServerTls | undefined> {
  if (chosen === undefined) return undefined;
  const { isInsecure, setAside } = chosen;
  if (isInsecure) {
    const aside = setAside.length === 0 ? '' : `. Not looked at: ${setAside.join(' and ')}`;
    output.warn(
      `--insecure: nobody checks who the server is; whoever is on the way can read and change all of it${aside}`,
    );
  }
  return readTlsFiles(io, chosen);
}

/** Keeps a server and user that work for later commands, with what the server is known by. */
export function rememberDefaults(
  { store, settings }: Pick<CommandContext, 'store' | 'settings'>,
  owner: TokenOwner,
): Promise<void> {
  return store.saveDefaults(owner, settings.tls.rememberedFor(owner.server));
}

/** What overrides the settings for one way to the server; `stop` ends pauses between tries. */
export interface ApiOverrides {
  readonly server?: string;
  /** What that server is trusted by. */
  readonly tls?: ServerTls | undefined;
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
  return createMessagesApi(new RequestSender(apiOptions(context, more)));
}

/** Opens the way to the server for the live feed and the chat. */
export function openFeedApi(context: CommandContext, more: ApiOverrides = {}): FeedApi {
  const options = apiOptions(context, more);
  return createFeedApi(new RequestSender(options), (credential, wanted) =>
    openFeed(options, credential, wanted),
  );
}

/** Opens the way to the server for what users do with their own accounts. */
export function openAccountsApi(context: CommandContext, more: ApiOverrides = {}): AccountsApi {
  return createAccountsApi(new RequestSender(apiOptions(context, more)));
}

/** Opens the way to the server for what administrators do. */
export function openAdministrationApi(context: CommandContext): AdministrationApi {
  return createAdministrationApi(new RequestSender(apiOptions(context, {})));
}

/** Opens the way to the server for employee records. */
export function openEmployeesApi(context: CommandContext, more: ApiOverrides = {}): EmployeesApi {
  return createEmployeesApi(new RequestSender(apiOptions(context, more)));
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
    tls: more.server === undefined ? context.tls : more.tls,
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
export async function openAccountSession(
  context: CommandContext,
  accounts: AccountsApi,
  more: ApiOverrides = {},
): Promise<Session> {
  return Session.open(await sessionOptions(context, logInToSession(accounts), more));
}

/** How a command that sends or reads messages logs in. */
export function logInForMessages(context: CommandContext, api: GatherApi, more: ApiOverrides = {}): LogIn {
  return logInAsBefore(api, () => openAccountsApi(context, more));
}

/** What a session is opened with. Rejects with exit code 2 or 78 where a secret cannot be read. */
export async function sessionOptions(
  context: CommandContext,
  logIn: LogIn,
  more: ApiOverrides = {},
): Promise<SessionOptions> {
  const { io, store, settings, tls } = context;
  const owner = ownerOf(context);
  return {
    logIn,
    logInByCertificate:
      tls?.cert === undefined ? undefined : logInToSessionByCertificate(() => openAccountsApi(context, more)),
    owner,
    store,
    tls: settings.tls.rememberedFor(owner.server),
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
