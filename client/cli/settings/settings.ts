import { DEFAULT_PORT } from '../../api/server-address.js';
import { isUserName, MAX_USER_NAME_CHARACTERS } from '../../../protocol/user-name.js';
import { configurationError } from '../cli-error.js';
import type { CliIo } from '../cli-io.js';
import type { RememberedDefaults } from './config-store.js';
import { choose, type Given } from './given-value.js';
import { TlsChoice, type TlsFlags } from './tls-choice.js';

/** The options that every command takes, as they were given. */
export interface CommonFlags extends TlsFlags {
  readonly server?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly retryFor?: string;
  readonly timeout?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What a command works with, once flags, environment, remembered file and defaults are settled. */
export interface Settings {
  /** A base URL. */
  readonly server: string;
  readonly user: string | undefined;
  /** What is chosen about TLS, for this server and for others. */
  readonly tls: TlsChoice;
  /** How long a request that was not taken is tried again. */
  readonly retryForMs: number;
  /** How long an answer may take. */
  readonly timeoutMs: number;
}

/** The server where none is named anywhere. */
const DEFAULT_SERVER = `127.0.0.1:${String(DEFAULT_PORT)}`;

/** How long a command tries to reach a server, in seconds, and how long it waits for an answer. */
export const DEFAULT_RETRY_FOR_SECONDS = 15;
export const DEFAULT_TIMEOUT_SECONDS = 30;

const MAX_SECONDS = 86_400;

/**
 * Settles the settings: a flag over the environment over what is remembered over the default.
 *
 * @throws CliError where a value is malformed: exit code 2 for a flag, 78 for the environment and the remembered file.
 */
export function resolveSettings(
  flags: CommonFlags,
  env: CliIo['env'],
  remembered: RememberedDefaults,
): Settings {
  const tls = new TlsChoice(flags, env, remembered.tls);
  const serverText = choose('server', flags.server, env, 'GATHER_SERVER', remembered.server);
  const userText = choose('user', flags.user, env, 'GATHER_USER', remembered.user);
  return {
    server: serverOf(
      serverText ?? { text: DEFAULT_SERVER, source: 'the default', fail: configurationError },
      tls,
    ),
    user: userText === undefined ? undefined : userOf(userText),
    tls,
    retryForMs: 1000 * secondsOf(flags, env, 'retryFor', DEFAULT_RETRY_FOR_SECONDS),
    timeoutMs: 1000 * secondsOf(flags, env, 'timeout', DEFAULT_TIMEOUT_SECONDS),
  };
}

function serverOf({ text, source, fail }: Given, tls: TlsChoice): string {
  const server = tls.urlOf(text);
  if (server !== undefined) return server;
  throw fail(
    `${source}: ${JSON.stringify(text)} is no address. Examples: localhost:6174, [::1]:6174, https://host`,
  );
}

function userOf({ text, source, fail }: Given): string {
  if (isUserName(text)) return text;
  const rule = `1 to ${String(MAX_USER_NAME_CHARACTERS)} letters, digits or marks of any script, or . _ - @ +`;
  throw fail(`${source}: ${JSON.stringify(text)} is no user name, which is ${rule}`);
}

const SECONDS = {
  retryFor: { flag: 'retry-for', variable: 'GATHER_RETRY_FOR', min: 0 },
  timeout: { flag: 'timeout', variable: 'GATHER_TIMEOUT', min: 0.1 },
} as const;

function secondsOf(
  flags: CommonFlags,
  env: CliIo['env'],
  name: keyof typeof SECONDS,
  fallback: number,
): number {
  const { flag, variable, min } = SECONDS[name];
  const given = choose(flag, flags[name], env, variable);
  if (given === undefined) return fallback;
  const seconds = /^\d+(\.\d+)?$/.test(given.text) ? Number(given.text) : Number.NaN;
  if (seconds >= min && seconds <= MAX_SECONDS) return seconds;
  throw given.fail(
    `${given.source}: ${JSON.stringify(given.text)} is not a number of seconds from ${String(min)} to ${String(MAX_SECONDS)}`,
  );
}
