import type { Command } from 'commander';
import { resolve } from 'node:path';
import { type JsonFields, usageError } from '../../cli-error.js';
import type { CommandContext } from '../../command-context.js';
import type { CommandResult } from '../../output/output.js';
import { writePrivateFile } from '../../settings/private-file.js';

/** The option of a command whose result is a secret that is shown once. */
export interface SecretFlag {
  readonly secretFile?: string;
}

/** Adds it. */
export function addSecretFileOption(command: Command): Command {
  return command.option(
    '--secret-file <path>',
    'write it to this file, which only you can read, and do not show it',
  );
}

/**
 * Refuses a command whose secret nobody would see: neither `--json` nor a quiet command shows one. Throws exit code 2. To be
 * asked before the secret is made.
 */
export function refuseUnseenSecret({ output, flags }: CommandContext, { secretFile }: SecretFlag): void {
  if (secretFile !== undefined) return;
  if (output.isJson) throw usageError('No secret stands in JSON: give --secret-file to keep it');
  if (flags.quiet === true) throw usageError('--quiet would not show it: give --secret-file to keep it');
}

/** A secret that was made just now. */
export interface NewSecret {
  readonly secret: string;
  /** What it is and is for, without the secret. */
  readonly text: string;
  readonly fields: JsonFields;
}

/** The result of a command that made a secret: shown, alone on standard output; or in the file that was asked for. */
export async function secretResult(
  { output }: CommandContext,
  { secretFile }: SecretFlag,
  { secret, text, fields }: NewSecret,
): Promise<CommandResult> {
  if (secretFile === undefined) {
    output.notice(text);
    return { text: secret, fields };
  }
  const path = resolve(secretFile);
  await writePrivateFile(path, `${secret}\n`);
  return { text: `${text} It is in ${path}.`, fields: { ...fields, secretFile: path } };
}
