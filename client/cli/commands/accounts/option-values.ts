import { momentIn, TIME_RULE } from '../../../../protocol/moment.js';
import { PERMISSION_NAMES, type Permission, ROLES, type Role } from '../../../../protocol/permissions.js';
import { usageError } from '../../cli-error.js';

/** Gathers an option that can be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** Reads names of permissions, also several with commas between them. Throws exit code 2 where one is none. */
export function permissionsOf(names: readonly string[]): readonly Permission[] {
  return names
    .flatMap((name) => name.split(','))
    .map((name) => oneOf('a permission', name.trim(), PERMISSION_NAMES));
}

/** Reads the name of a role. Throws exit code 2 where it is none. */
export function roleOf(name: string): Role {
  return oneOf('a role', name, ROLES);
}

/** Finds a word in its list. Throws exit code 2 where it is not in it. */
export function oneOf<Word extends string>(what: string, word: string, words: readonly Word[]): Word {
  const found = words.find((one) => one === word);
  if (found !== undefined) return found;
  throw usageError(`${JSON.stringify(word)} is not ${what}, which is one of ${words.join(', ')}`);
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Reads a length of time, such as `90d`, `12h` or `600`, in seconds. Throws exit code 2 where it is none. */
export function secondsIn(option: string, text: string): number {
  const [, count = '', unit = 's'] = /^(\d{1,9})([smhdw])?$/.exec(text) ?? [];
  if (count !== '') return Number(count) * (UNIT_SECONDS[unit] ?? 1);
  throw usageError(`${option}: give a number of seconds, or one with m, h, d or w behind it`);
}

/** Gives back a time that the server will understand. Throws exit code 2 where it is none. */
export function timeIn(option: string, text: string): string {
  if (momentIn(text) !== undefined) return text;
  throw usageError(`${option} must be ${TIME_RULE}`);
}

/** Reads how many are wanted at most. Throws exit code 2 where it is no number from 1 to `most`. */
export function limitIn(text: string, most: number): number {
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= most) return limit;
  throw usageError(`--limit must be a number from 1 to ${String(most)}`);
}
