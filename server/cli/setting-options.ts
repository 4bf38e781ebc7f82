import { Command, Help, Option } from 'commander';
import { loadSettings, type LoadedSettings, type RawSettings } from '../config/load-settings.js';
import {
  flagOf,
  isSecret,
  SETTING_NAMES,
  SETTINGS,
  type SettingDefinition,
  type SettingName,
} from '../config/settings.js';

/** The environment that settings are read from. */
export type Environment = Readonly<Record<string, string | undefined>>;
/** The options of a command as they were given. */
export type Options = Readonly<Partial<Record<string, string | boolean>>>;

/** Gives a command every setting as an option. */
export function withSettings(command: Command): Command {
  command.option('--config <FILE>', 'a file of GATHERD_…=… lines (also GATHERD_CONFIG)');
  for (const name of SETTING_NAMES) command.addOption(optionOf(name));
  return command;
}

/** The same, but shown only in the help of all commands: for a command with options of its own. */
export function withHiddenSettings(command: Command): Command {
  const settings = withSettings(new Command()).options;
  const shown = new Set(['config', 'dataDir']);
  for (const option of settings) command.addOption(option.hideHelp(!shown.has(option.attributeName())));
  return command;
}

/** All settings with what they are, for a help text. */
export function settingsHelp(): string {
  const help = new Help();
  return withSettings(new Command())
    .options.map((option) => `  ${option.flags}\n      ${help.optionDescription(option)}\n`)
    .join('');
}

/**
 * The settings of a command's options and the environment.
 *
 * @param port - where it was given without its flag
 * @throws AppError `config.invalid`
 */
export function settingsOf(options: Options, env: Environment, port?: string): LoadedSettings {
  const raw: Partial<Record<SettingName, string>> = {};
  for (const name of SETTING_NAMES) {
    const value = options[isSecret(name) ? `${name}File` : name];
    if (value !== undefined) raw[name] = String(value);
  }
  if (port !== undefined) raw.port = port;
  const file = options['config'] ?? env['GATHERD_CONFIG'];
  return loadSettings(raw satisfies RawSettings, env, typeof file === 'string' ? file : undefined);
}

function optionOf(name: SettingName): Option {
  const { placeholder, help, env, fallback = '' }: SettingDefinition<unknown> = SETTINGS[name];
  const value = placeholder === undefined ? '' : ` <${placeholder}>`;
  const note = fallback === '' ? env : `${env}, default ${fallback}`;
  return new Option(`${flagOf(name)}${value}`, `${help} (${note})`);
}
