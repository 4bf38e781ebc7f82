import type { SettingView } from '../../protocol/console.js';
import type { LoadedSettings } from './load-settings.js';
import type { SocketAddress } from './setting-kinds.js';
import { isSecret, SETTING_NAMES, SETTINGS, type SettingDefinition, type SettingName } from './settings.js';

/** The settings in force as text, each with where it came from, in the order of the help. Secrets are hidden. */
export function settingViews(loaded: Pick<LoadedSettings, 'settings' | 'origins'>): readonly SettingView[] {
  return SETTING_NAMES.map((name) => ({
    name: SETTINGS[name].env,
    value: valueOf(loaded, name),
    origin: loaded.origins[name],
    is_secret: isSecret(name),
    summary: SETTINGS[name].help,
  }));
}

function valueOf({ settings }: Pick<LoadedSettings, 'settings'>, name: SettingName): string {
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
