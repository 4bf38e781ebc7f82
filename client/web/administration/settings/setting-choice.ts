import type { SettingView } from '../../../../protocol/console.js';

/** Whether somebody has set it: it is not the default of gatherd. */
export function isSet({ origin }: SettingView): boolean {
  return origin !== 'default';
}

/** Whether each word of a search is in a setting's name, value or summary, upper and lower case being the same. */
export function matches({ name, value, summary }: SettingView, search: string): boolean {
  const text = `${name} ${value} ${summary}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
