import type * as z from 'zod';
import { LIMIT_SETTINGS } from './limit-settings.js';
import { SECRET_SETTINGS } from './secret-settings.js';
import { SERVING_SETTINGS } from './serving-settings.js';
import type { SettingDefinition } from './setting-definition.js';
import { STORAGE_SETTINGS } from './storage-settings.js';
import { TLS_SETTINGS } from './tls-settings.js';

export type { SettingDefinition } from './setting-definition.js';

/** Every setting of gatherd, in the order in which `gatherd --help` and `gatherd config` show them. */
export const SETTINGS = {
  ...SERVING_SETTINGS,
  ...TLS_SETTINGS,
  ...LIMIT_SETTINGS,
  ...STORAGE_SETTINGS,
  ...SECRET_SETTINGS,
} as const satisfies Record<string, SettingDefinition<unknown>>;

type Definitions = typeof SETTINGS;
export type SettingName = keyof Definitions;
type SecretName = {
  [Name in SettingName]: Definitions[Name] extends { readonly isSecret: true } ? Name : never;
}[SettingName];

/** The effective settings, parsed and within their ranges. */
export type Settings = {
  readonly [Name in Exclude<SettingName, SecretName>]: z.infer<Definitions[Name]['kind']>;
} & {
  readonly [Name in SecretName]?: z.infer<Definitions[Name]['kind']>;
};

/** The flag of a setting, without its value: `maxBodyBytes` is `--max-body-bytes`, a secret's names its file. */
export function flagOf(name: SettingName): string {
  const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${kebab}${isSecret(name) ? '-file' : ''}`;
}

/** Whether the value of a setting must never be shown. */
export function isSecret(name: SettingName): boolean {
  const definition: SettingDefinition<unknown> = SETTINGS[name];
  return definition.isSecret === true;
}

/** The names of all settings, typed. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];
