import { readFile, stat } from 'node:fs/promises';
import { MAX_PASSWORD_CHARACTERS } from '../../../protocol/credentials.js';
import { codePointCount } from '../../../protocol/user-name.js';
import { type CliError, configurationError, usageError } from '../cli-error.js';
import type { CliIo } from '../cli-io.js';

const MAX_SECRET_BYTES = 64 * 1024;
const OTHERS_CAN_READ = 0o004;

/**
 * The password that is at hand: `--password-file` (`-` for standard input), GATHER_PASSWORD or GATHER_PASSWORD_FILE.
 *
 * @param warn told about a file that every user can read.
 * @returns undefined where there is none.
 * @throws CliError where a source cannot be used: exit code 2 for the flag, 78 for the environment.
 */
export async function readPassword(
  io: Pick<CliIo, 'env' | 'stdin' | 'platform'>,
  flag: string | undefined,
  warn: (text: string) => void,
): Promise<string | undefined> {
  if (flag !== undefined) return readPasswordFile(io, flag, '--password-file', warn);
  const path = given(io.env, 'GATHER_PASSWORD_FILE');
  if (path !== undefined) await warnIfReadable(path, 'password', io, warn);
  return checkedPassword(await readSecret(io.env, 'GATHER_PASSWORD'), configurationError);
}

/**
 * The password that a file holds, or standard input where the path is `-`.
 *
 * @param source the option that names it, for the errors.
 * @param warn told about a file that every user can read.
 * @throws CliError, exit code 2, where it cannot be used.
 */
export async function readPasswordFile(
  io: Pick<CliIo, 'stdin' | 'platform'>,
  path: string,
  source: string,
  warn: (text: string) => void,
): Promise<string> {
  const text = await readSecretOption(io, { path, source, what: 'password' }, warn);
  return checkedPassword(text, usageError);
}

/** An option that names the file of a secret. */
export interface SecretOption {
  /** `-` for standard input. */
  readonly path: string;
  /** The option, for the errors. */
  readonly source: string;
  /** What the secret is: "password". */
  readonly what: string;
}

/**
 * The secret, without the line's end, that a file holds, or standard input.
 *
 * @param warn told about a file that every user can read.
 * @throws CliError, exit code 2, where it cannot be read.
 */
export async function readSecretOption(
  io: Pick<CliIo, 'stdin' | 'platform'>,
  { path, source, what }: SecretOption,
  warn: (text: string) => void,
): Promise<string> {
  if (path === '-') return withoutLineEnd(await readAll(io.stdin, source, what));
  await warnIfReadable(path, what, io, warn);
  return withoutLineEnd(await readSecretFile(path, source, usageError));
}

/** The token that the environment gives: GATHER_TOKEN or GATHER_TOKEN_FILE. */
export function readToken(env: CliIo['env']): Promise<string | undefined> {
  return readSecret(env, 'GATHER_TOKEN');
}

/** The passphrase of the client's key that the environment gives: GATHER_KEY_PASSPHRASE or GATHER_KEY_PASSPHRASE_FILE. */
export function readKeyPassphrase(env: CliIo['env']): Promise<string | undefined> {
  return readSecret(env, 'GATHER_KEY_PASSPHRASE');
}

type MakeError = (message: string, cause?: unknown) => CliError;

async function readSecret(env: CliIo['env'], name: string): Promise<string | undefined> {
  const value = given(env, name);
  const path = given(env, `${name}_FILE`);
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

function given(env: CliIo['env'], name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

async function warnIfReadable(
  path: string,
  what: string,
  { platform }: Pick<CliIo, 'platform'>,
  warn: (text: string) => void,
): Promise<void> {
  if (await isWorldReadable(path, platform)) {
    warn(`Every user of this machine can read the ${what} in ${path}: make it yours with chmod 600`);
  }
}

// On Windows a mode says nothing about who can read.
async function isWorldReadable(path: string, platform: CliIo['platform']): Promise<boolean> {
  if (platform === 'win32') return false;
  // One that cannot be looked at is for its reading to complain about.
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() === true && (stats.mode & OTHERS_CAN_READ) !== 0;
}

async function readAll(stdin: CliIo['stdin'], source: string, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Uint8Array);
    chunks.push(bytes);
    size += bytes.length;
    if (size > MAX_SECRET_BYTES) throw usageError(`${source}: standard input is too long for a ${what}`);
  }
  return Buffer.concat(chunks).toString();
}

function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function checkedPassword(password: string, fail: MakeError): string;
function checkedPassword(password: string | undefined, fail: MakeError): string | undefined;
function checkedPassword(password: string | undefined, fail: MakeError): string | undefined {
  if (password === undefined) return undefined;
  const count = codePointCount(password);
  if (count >= 1 && count <= MAX_PASSWORD_CHARACTERS) return password;
  throw fail(
    `The password has ${String(count)} characters; it may have 1 to ${String(MAX_PASSWORD_CHARACTERS)}`,
  );
}
