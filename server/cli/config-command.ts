import { settingsText } from '../../protocol/console.js';
import type { LoadedSettings } from '../config/load-settings.js';
import { settingViews } from '../config/setting-views.js';

/** The effective settings as text: a line each, with its value and where it came from. Secrets are hidden. */
export function showSettings(loaded: LoadedSettings): string {
  return settingsText(settingViews(loaded));
}

/** The effective settings as one JSON object by variable. Secrets are hidden. */
export function settingsAsJson(loaded: LoadedSettings): string {
  const entries = settingViews(loaded).map(({ name, value, origin }) => [name, { value, origin }] as const);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}
