import type { Command } from 'commander';
import { type AccountChanges, PROFILE_TEXT_NAMES, type ProfileText } from '../../../../protocol/accounts.js';
import { usageError } from '../../cli-error.js';

const DESCRIPTIONS: Readonly<Record<ProfileText, string>> = {
  full_name: 'the whole name',
  phone: 'a telephone number',
  address: 'street and house',
  city: 'the city',
  country: 'the country',
  postal_code: 'the postal code',
  date_of_birth: 'the date of birth',
  notes: 'anything else',
};

/** The options of {@link addProfileOptions}, by the names that commander gives them. */
export type ProfileFlags = Readonly<Record<string, unknown>>;

/** Adds an option for the e-mail address and each text of a profile. */
export function addProfileOptions(command: Command): Command {
  command.option('--email <address>', 'the e-mail address');
  for (const name of PROFILE_TEXT_NAMES) command.option(`--${dashed(name)} <text>`, DESCRIPTIONS[name]);
  return command;
}

/** The fields that the options give. */
export function profileOf(flags: ProfileFlags): Omit<AccountChanges, 'username'> {
  const fields: Record<string, unknown> = {};
  for (const name of ['email', ...PROFILE_TEXT_NAMES]) {
    const value = flags[camelCased(name)];
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

const CHANGEABLE: readonly string[] = ['username', 'email', ...PROFILE_TEXT_NAMES, 'metadata'];

/** Reads `key=value` pairs as changes of a profile. Throws exit code 2 where one is none. */
export function changesOf(pairs: readonly string[]): AccountChanges {
  const changes: Record<string, unknown> = {};
  for (const pair of pairs) {
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/su.exec(pair) ?? [];
    const name = key.replaceAll('-', '_');
    if (!CHANGEABLE.includes(name)) {
      throw usageError(
        `${JSON.stringify(pair)}: give KEY=VALUE, where KEY is one of ${CHANGEABLE.join(', ')}`,
      );
    }
    changes[name] = name === 'metadata' ? jsonObject(value) : value;
  }
  return changes;
}

function jsonObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, as for what is JSON and no object.
  }
  throw usageError('metadata must be a JSON object');
}

function dashed(name: string): string {
  return name.replaceAll('_', '-');
}

function camelCased(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
