import { parseEnv } from 'node:util';
import type { ZodError } from 'zod';
import { AppError } from '../errors/app-error.js';
import { isLoopback } from '../net/is-loopback.js';
import {
  flagOf,
  isSecret,
  SETTING_NAMES,
  SETTINGS,
  type SettingDefinition,
  type SettingName,
  type Settings,
} from './settings.js';
import { readSettingFile } from './setting-kinds.js';
import { httpTlsOf } from './tls-mode.js';

/** Where a setting's value came from; the earlier one wins. */
export type SettingOrigin = 'flag' | 'environment' | 'file' | 'default';

/** Raw texts by setting, as the command line gave them. */
export type RawSettings = Readonly<Partial<Record<SettingName, string>>>;

/** The settings, and for each where it came from. */
export interface LoadedSettings {
  readonly settings: Settings;
  readonly origins: Readonly<Record<SettingName, SettingOrigin>>;
  /** Variables that look like gatherd's and are not: most likely misspelt. */
  readonly unknownVariables: readonly string[];
}

interface Found {
  readonly origin: SettingOrigin;
  readonly label: string;
  readonly value: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting: flag over environment over settings file over default.
 *
 * @param flags - what the command line gave
 * @param env - the environment
 * @param settingsFile - a file of `GATHERD_…=…` lines, if any
 * @throws AppError `config.invalid` that names every problem at once
 */
export function loadSettings(flags: RawSettings, env: Environment, settingsFile?: string): LoadedSettings {
  const problems: string[] = [];
  const file = readEnvironmentFile(settingsFile, problems);
  const origins: Partial<Record<SettingName, SettingOrigin>> = {};
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of SETTING_NAMES) {
    const found = find(name, flags, env, file, problems);
    origins[name] = found.origin;
    values[name] = parse(name, found, problems);
  }
  const settings = values as unknown as Settings;
  problems.push(...conflicts(settings));
  if (problems.length > 0) {
    throw new AppError('config.invalid', { details: { problems: problems.join('\n') } });
  }
  const unknownVariables = [...unknownNames(env), ...unknownNames(file)];
  return { settings, origins: origins as Record<SettingName, SettingOrigin>, unknownVariables };
}

function readEnvironmentFile(path: string | undefined, problems: string[]): Environment {
  if (path === undefined) return {};
  const read = readSettingFile(path);
  if ('value' in read) return parseEnv(read.value);
  problems.push(`--config: ${read.problem}`);
  return {};
}

function find(
  name: SettingName,
  flags: RawSettings,
  env: Environment,
  file: Environment,
  problems: string[],
): Found {
  const definition: SettingDefinition<unknown> = SETTINGS[name];
  const flag = flags[name];
  if (flag !== undefined) {
    const value = isSecret(name) ? contents(flag, flagOf(name), problems) : flag;
    return { origin: 'flag', label: flagOf(name), value };
  }
  for (const [origin, variables] of [['environment', env] as const, ['file', file] as const]) {
    const direct = variables[definition.env];
    if (direct !== undefined) return { origin, label: definition.env, value: direct };
    const path = isSecret(name) ? variables[`${definition.env}_FILE`] : undefined;
    if (path !== undefined) {
      const label = `${definition.env}_FILE`;
      return { origin, label, value: contents(path, label, problems) };
    }
  }
  return { origin: 'default', label: definition.env, value: definition.fallback };
}

function contents(path: string, label: string, problems: string[]): string | undefined {
  const read = readSettingFile(path);
  if ('value' in read) return read.value;
  problems.push(`${label}: ${read.problem}`);
  return undefined;
}

function parse(name: SettingName, found: Found, problems: string[]): unknown {
  if (found.value === undefined) return undefined;
  const definition: SettingDefinition<unknown> = SETTINGS[name];
  const result = definition.kind.safeParse(found.value);
  if (result.success) return result.data;
  const shown = isSecret(name) ? '' : ` (it is '${found.value}')`;
  problems.push(`${found.label}: ${firstReason(result.error)}${shown}`);
  return undefined;
}

function firstReason(error: ZodError): string {
  return error.issues[0]?.message ?? 'is not valid';
}

const ORDERED = [
  ['maxMessageBytes', 'larger', 'maxBodyBytes'],
  ['maxBodyBytes', 'larger', 'maxQueueBytes'],
  ['maxBodyBytes', 'larger', 'maxReceivingBytes'],
  ['headersTimeout', 'longer', 'requestTimeout'],
] as const;

// What is missing because it was malformed has been reported already, and conflicts with nothing.
function conflicts({ host = 'localhost', ...settings }: Partial<Settings>): string[] {
  const problems: string[] = [];
  if (!isLoopback(host) && settings.insecureHttp === false && isPlainHttp(settings)) {
    problems.push(
      `GATHERD_HOST: '${host}' is not loopback, and passwords would cross the network unencrypted; ` +
        'give it a certificate (--tls-cert), put a TLS proxy in front, or say --insecure-http',
    );
  }
  problems.push(...exposedGateways(settings), ...chatConflicts(settings), ...tlsConflicts(settings));
  for (const [name, relation, most] of ORDERED) {
    const [value, limit] = [settings[name], settings[most]];
    if (value === undefined || limit === undefined || value <= limit) continue;
    problems.push(`${SETTINGS[name].env}: must not be ${relation} than ${SETTINGS[most].env}`);
  }
  return problems;
}

function isPlainHttp({ httpTls, tlsCert }: Partial<Settings>): boolean {
  return httpTls !== undefined && httpTlsOf({ httpTls, tlsCert }) === 'off';
}

// Contracts 2 and 4: one has no TLS, the other lets everybody in who gets there.
function exposedGateways({ zmq, zmqCurveKey, credentials, credentialsTls }: Partial<Settings>): string[] {
  const problems: string[] = [];
  if (zmq !== undefined && !isLoopback(zmq.host) && zmqCurveKey === undefined)
    problems.push(`GATHERD_ZMQ: '${zmq.host}' is not loopback, which needs GATHERD_ZMQ_CURVE_KEY`);
  if (credentials !== undefined && !isLoopback(credentials.host) && credentialsTls !== 'mutual')
    problems.push(
      `GATHERD_CREDENTIALS: '${credentials.host}' is not loopback, which needs GATHERD_CREDENTIALS_TLS=mutual`,
    );
  return problems;
}

// The open chat asks nobody who it is: contract 5.
function chatConflicts({ chat, chatMode, chatTls }: Partial<Settings>): string[] {
  if (chat === undefined || isLoopback(chat.host)) return [];
  const exposed = `GATHERD_CHAT: '${chat.host}' is not loopback, `;
  if (chatMode === 'open') return [`${exposed}and the open chat stays there`];
  return chatTls === 'off' ? [`${exposed}which needs GATHERD_CHAT_TLS=server or mutual`] : [];
}

const TLS_MODES = ['httpTls', 'chatTls', 'credentialsTls', 'recordsTls'] as const;

function tlsConflicts(settings: Partial<Settings>): string[] {
  const { tlsCert, tlsKey, records } = settings;
  const problems: string[] = [];
  if (tlsCert !== undefined && tlsKey === undefined) problems.push('GATHERD_TLS_CERT: needs GATHERD_TLS_KEY');
  if (tlsKey !== undefined && tlsCert === undefined) problems.push('GATHERD_TLS_KEY: needs GATHERD_TLS_CERT');
  if (tlsCert === undefined && tlsKey === undefined && records !== undefined)
    problems.push('GATHERD_RECORDS: needs GATHERD_TLS_CERT and GATHERD_TLS_KEY');
  return [...problems, ...TLS_MODES.flatMap((name) => modeConflicts(name, settings))];
}

function modeConflicts(
  name: (typeof TLS_MODES)[number],
  { tlsCert, tlsKey, tlsClientCa, ...settings }: Partial<Settings>,
): string[] {
  const mode = settings[name];
  const problems: string[] = [];
  const isAsked = mode === 'mutual' || (mode === 'server' && name !== 'recordsTls');
  if (isAsked && tlsCert === undefined && tlsKey === undefined)
    problems.push(`${SETTINGS[name].env}: needs GATHERD_TLS_CERT and GATHERD_TLS_KEY`);
  if (mode === 'mutual' && tlsClientCa === undefined)
    problems.push(`${SETTINGS[name].env}: mutual needs GATHERD_TLS_CLIENT_CA`);
  return problems;
}

function unknownNames(variables: Environment): string[] {
  const known = new Set<string>(['GATHERD_CONFIG']);
  for (const name of SETTING_NAMES) {
    known.add(SETTINGS[name].env);
    if (isSecret(name)) known.add(`${SETTINGS[name].env}_FILE`);
  }
  return Object.keys(variables).filter((name) => name.startsWith('GATHERD_') && !known.has(name));
}
