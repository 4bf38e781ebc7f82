import { type CliError, configurationError, usageError } from '../cli-error.js';
import type { CliIo } from '../cli-io.js';

/** A setting as it was given. */
export interface Given {
  readonly text: string;
  /** Where it was given, for the error. */
  readonly source: string;
  readonly fail: (message: string) => CliError;
}

/** What goes before what: a flag before the environment, that before what is remembered. Undefined where it is nowhere. */
export function choose(
  flagName: string,
  flag: string | undefined,
  env: CliIo['env'],
  variable: string,
  remembered?: string,
): Given | undefined {
  if (flag !== undefined) return { text: flag, source: `--${flagName}`, fail: usageError };
  const value = env[variable];
  if (value !== undefined && value !== '') return { text: value, source: variable, fail: configurationError };
  return remembered === undefined ? undefined : fromMemory(flagName, remembered);
}

/** A setting that was remembered. */
export function fromMemory(name: string, text: string): Given {
  const fail = (message: string) => configurationError(`${message}${TAKEN_BACK_BY[name] ?? ''}`);
  return { text, source: `the remembered ${name}`, fail };
}

const TAKEN_BACK_BY: Readonly<Record<string, string>> = {
  ca: "; --ca '' forgets it",
  pin: "; --pin '' forgets it",
  cert: "; --cert '' --key '' forget it",
  key: "; --cert '' --key '' forget it",
};
