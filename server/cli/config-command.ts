import type { LoadedSettings } from '../config/load-settings.js';
import type { SocketAddress } from '../config/setting-kinds.js';
import {
  isSecret,
  SETTING_NAMES,
  SETTINGS,
  type SettingDefinition,
  type SettingName,
} from '../config/settings.js';

/** The effective settings as text: a line each, with its value and where it came from. Secrets are hidden. */
export function showSettings(loaded: LoadedSettings): string {
  const width = Math.max(...SETTING_NAMES.map((name) => SETTINGS[name].env.length));
  const lines = SETTING_NAMES.map(
    (name) => `${SETTINGS[name].env.padEnd(width)}  ${valueOf(loaded, name)}  (${loaded.origins[name]})\n`,
  );
  return lines.join('');
}

/** The effective settings as one JSON object by variable. Secrets are hidden. */
export function settingsAsJson(loaded: LoadedSettings): string {
  const entries = SETTING_NAMES.map(
    (name) => [SETTINGS[name].env, { value: valueOf(loaded, name), origin: loaded.origins[name] }] as const,
  );
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

function valueOf({ settings }: LoadedSettings, name: SettingName): string {
  const value = settings[name];
  if (value === undefined) return isSecret(name) ? '(none)' : fallbackOf(name);
  if (isSecret(name)) return '(hidden)';
  if (name === 'trustProxy' && value === false) return 'off';
  if (typeof value === 'object' && 'host' in value) return showAddress(value, name === 'zmq' ? 'tcp://' : '');
  return Array.isArray(value) ? value.join(',') : String(value);
}

function fallbackOf(name: SettingName): string {
  const { fallback = '' }: SettingDefinition<unknown> = SETTINGS[name];
  return fallback;
}

function showAddress({ host, port }: SocketAddress, prefix: string): string {
  return `${prefix}${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}
