import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { pbkdf2Stored } from '../../../passwords/password-formats.js';
import { UnusableFile, warnOfUntaken } from '../files/foreign-file.js';
import { openFernet } from './fernet.js';
import {
  checkUserCount,
  FOREIGN_FIELDS,
  type DamagedUser,
  type ForeignPassword,
  type ForeignUser,
  type ForeignUsers,
} from './foreign-user.js';

// Contract 2, "Its data at rest".
const DEFAULT_MASTER_PASSWORD = 'default_secure_password_2024';
const KEY_SALT = 'stable_salt_v1';
const ROUNDS = 100_000;
const HASH = /^(?:[0-9a-f]{2}){16,512}$/i;
const OWN_FIELDS: ReadonlySet<string> = new Set(['username', 'password_hash', 'password_salt']);

const pbkdf2Async = promisify(pbkdf2);

/** Whether a file looks like the users service's: a Fernet token of these decades begins so. */
export function looksLikeUsersService(head: string): boolean {
  return /^\s*gAAAA/.test(head);
}

/**
 * Reads the users service's `users_encrypted.json`.
 *
 * @param masterPassword - what `USERS_SERVICE_PASSWORD` was there; the service's default where it is left out
 * @throws UnusableFile
 */
export async function readUsersServiceFile(
  content: Buffer,
  masterPassword: string | undefined,
): Promise<ForeignUsers> {
  const password = masterPassword ?? DEFAULT_MASTER_PASSWORD;
  const key = await pbkdf2Async(password, KEY_SALT, ROUNDS, 32, 'sha256');
  const opened = openFernet(content.toString('latin1').trim(), key);
  if (opened === undefined) {
    const which = masterPassword === undefined ? 'the default password' : 'the password given';
    throw new UnusableFile(`it is damaged, or ${which} does not open it (USERS_SERVICE_PASSWORD)`);
  }
  const entries = Object.entries(usersIn(opened));
  checkUserCount(entries.length);
  const warnings = warnOfUntaken(untakenFields(entries));
  return {
    format: 'users-service',
    users: entries.map(([name, record], index) => readUser(index + 1, name, record)),
    warnings: masterPassword === undefined ? [DEFAULT_WARNING, ...warnings] : warnings,
  };
}

const DEFAULT_WARNING =
  'the file was encrypted with a password that everybody knows: whoever could read it has its contents';

function usersIn(opened: Buffer): Readonly<Record<string, unknown>> {
  const users = parseJson(opened);
  if (!isObject(users)) throw new UnusableFile('what is encrypted in it is no JSON object of users');
  return users;
}

// Without the parser's message, which quotes what it read.
function parseJson(opened: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(opened));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readUser(row: number, name: string, record: unknown): ForeignUser | DamagedUser {
  if (!isObject(record)) return { row, name, damage: 'what stands under the name is no object' };
  const password = passwordOf(record);
  if (password === undefined) return { row, name, damage: 'password_hash or password_salt is damaged' };
  return { row, name: name.trim(), password, fields: record, permissions: null };
}

// The salt is the text itself, not what it says in hexadecimal.
function passwordOf(record: Readonly<Record<string, unknown>>): ForeignPassword | undefined {
  const { password_hash: hash = null, password_salt: salt = null } = record;
  if (hash === null && salt === null) return { kind: 'none' };
  if (typeof hash !== 'string' || typeof salt !== 'string' || !HASH.test(hash)) return undefined;
  const stored = pbkdf2Stored(ROUNDS, Buffer.from(salt, 'utf8'), Buffer.from(hash, 'hex'));
  return { kind: 'stored', stored };
}

function untakenFields(entries: readonly (readonly [string, unknown])[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [, record] of entries) {
    for (const name of isObject(record) ? Object.keys(record) : []) {
      if (!FOREIGN_FIELDS.has(name) && !OWN_FIELDS.has(name)) names.add(name);
    }
  }
  return names;
}
