import { readFile } from 'node:fs/promises';
import { MAX_PASSWORD_CHARACTERS } from '../../../protocol/gather-messages.js';
import { codePointCount } from '../../../protocol/user-name.js';
import { type CliError, configurationError, usageError } from '../cli-error.js';
import type { CliIo } from '../cli-io.js';

const MAX_SECRET_BYTES = 64 * 1024;

/**
 * The password that is at hand: `--password-file` (`-` for standard input), GATHER_PASSWORD or GATHER_PASSWORD_FILE.
 *
 * @returns undefined where there is none.
 * @throws CliError where a source cannot be used: exit code 2 for the flag, 78 for the environment.
 */
export async function readPassword(
  io: Pick<CliIo, 'env' | 'stdin'>,
  flag: string | undefined,
): Promise<string | undefined> {
  if (flag === undefined)
    return checkedPassword(await readSecret(io.env, 'GATHER_PASSWORD'), configurationError);
  const source = '--password-file';
  const text =
    flag === '-' ? await readAll(io.stdin, source) : await readSecretFile(flag, source, usageError);
  return checkedPassword(withoutLineEnd(text), usageError);
}

/** The token that the environment gives: GATHER_TOKEN or GATHER_TOKEN_FILE. */
export function readToken(env: CliIo['env']): Promise<string | undefined> {
  return readSecret(env, 'GATHER_TOKEN');
}

type MakeError = (message: string, cause?: unknown) => CliError;

async function readSecret(env: CliIo['env'], name: string): Promise<string | undefined> {
  const value = env[name] === '' ? undefined : env[name];
  const path = env[`${name}_FILE`] === '' ? undefined : env[`${name}_FILE`];
  if (value !== undefined && path !== undefined) {
    throw configurationError(`${name} and ${name}_FILE are both set: unset one`);
  }
  if (path === undefined) return value;
  const secret = withoutLineEnd(await readSecretFile(path, `${name}_FILE`, configurationError));
  if (secret !== '') return secret;
  throw configurationError(`${name}_FILE: ${path} is empty`);
}

async function readSecretFile(path: string, source: string, fail: MakeError): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fail(`${source}: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

async function readAll(stdin: CliIo['stdin'], source: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Uint8Array);
    chunks.push(bytes);
    size += bytes.length;
    if (size > MAX_SECRET_BYTES) throw usageError(`${source}: standard input is too long for a password`);
  }
  return Buffer.concat(chunks).toString();
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function checkedPassword(password: string | undefined, fail: MakeError): string | undefined {
  if (password === undefined) return undefined;
  const count = codePointCount(password);
  if (count >= 1 && count <= MAX_PASSWORD_CHARACTERS) return password;
  throw fail(
    `The password has ${String(count)} characters; it may have 1 to ${String(MAX_PASSWORD_CHARACTERS)}`,
  );
}
