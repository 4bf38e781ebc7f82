import { join } from 'node:path';
import type { CliIo } from '../cli-io.js';

/**
 * The directory where `gather` remembers: GATHER_CONFIG_DIR, or `gather` in the XDG configuration directory, or in
 * %APPDATA% on Windows. It need not exist.
 */
export function configDirectory({
  env,
  platform,
  homeDirectory,
}: Pick<CliIo, 'env' | 'platform' | 'homeDirectory'>): string {
  const chosen = given(env['GATHER_CONFIG_DIR']);
  if (chosen !== undefined) return chosen;
  if (platform === 'win32') {
    return join(given(env['APPDATA']) ?? join(homeDirectory, 'AppData', 'Roaming'), 'gather');
  }
  return join(given(env['XDG_CONFIG_HOME']) ?? join(homeDirectory, '.config'), 'gather');
}

function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
