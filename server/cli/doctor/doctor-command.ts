import type { LoadedSettings } from '../../config/load-settings.js';
import { AppError } from '../../errors/app-error.js';
import { checkDatabase } from './check-database.js';
import { checkFiles } from './check-files.js';
import { checkSettings } from './check-settings.js';
import { checkTls } from './check-tls.js';
import { problem, type Finding } from './finding.js';

/** Looks at everything that an operator can get wrong, also while a server runs; changes nothing. */
export async function examine(load: () => LoadedSettings, now: Date): Promise<readonly Finding[]> {
  try {
    const loaded = load();
    const { settings } = loaded;
    return [
      ...checkSettings(loaded),
      ...(await checkFiles(settings, now)),
      ...(await checkTls(settings, now)),
      ...(await checkDatabase(settings)),
    ];
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'config.invalid') throw error;
    return error.message.split('\n').map((text) => problem('settings', text));
  }
}

/** Findings as a person reads them, the problems last. */
export function showFindings(findings: readonly Finding[]): string {
  const order = ['ok', 'warning', 'problem'];
  const lines = findings
    .toSorted((one, other) => order.indexOf(one.level) - order.indexOf(other.level))
    .map(({ level, about, text }) => `${level.padEnd(8)} ${about}: ${text}\n`);
  const problems = findings.filter(({ level }) => level === 'problem').length;
  const verdict =
    problems === 0 ? 'no problems' : `${String(problems)} ${problems === 1 ? 'problem' : 'problems'}`;
  return `${lines.join('')}${verdict}\n`;
}
