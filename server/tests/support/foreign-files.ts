import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import Database from 'libsql';

/** Writes a Fernet token as https://github.com/fernet/spec says, under "Generating". */
export function sealFernet(content: Buffer, key: Buffer, now = new Date(), iv = randomBytes(16)): string {
  const head = Buffer.alloc(9, 0x80);
  head.writeBigUInt64BE(BigInt(Math.floor(now.getTime() / 1000)), 1);
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv);
  const signed = Buffer.concat([head, iv, cipher.update(content), cipher.final()]);
  const hmac = createHmac('sha256', key.subarray(0, 16)).update(signed).digest();
  return Buffer.concat([signed, hmac]).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}

/** A user as the users service of contract 2 keeps it. */
export function usersServiceUser(password: string, more: Readonly<Record<string, unknown>> = {}) {
  const salt = randomBytes(32).toString('hex');
  const hash = pbkdf2Sync(password, Buffer.from(salt, 'utf8'), 100_000, 32, 'sha256');
  return { password_hash: hash.toString('hex'), password_salt: salt, ...more };
}

/** Writes `users_encrypted.json` of contract 2. @param content - an object of users, or anything else */
export async function writeUsersServiceFile(
  path: string,
  content: unknown,
  masterPassword = 'default_secure_password_2024',
): Promise<void> {
  const key = pbkdf2Sync(masterPassword, 'stable_salt_v1', 100_000, 32, 'sha256');
  await writeFile(path, sealFernet(Buffer.from(JSON.stringify(content)), key));
}

/** The hash that the original gatherer keeps. Contract 1. */
export function gathererHash(name: string, password: string): Buffer {
  return pbkdf2Sync(password, Buffer.from(name, 'utf8'), 100_000, 128, 'sha256');
}

/** A row of the original gatherer. */
export interface GathererRow {
  readonly username: string | Buffer | null;
  readonly hash: Buffer | null;
}

/** Writes the database of the original gatherer. */
export function writeGathererDatabase(path: string, rows: readonly GathererRow[], pragma = ''): void {
  const database = new Database(path);
  database.exec(
    `${pragma}; CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT UNIQUE, password_hash BLOB, ` +
      'state TEXT, last_endpoint TEXT)',
  );
  const insert = database.prepare(
    'INSERT INTO users (username, password_hash, state, last_endpoint) VALUES (CAST(? AS TEXT), ?, ?, ?)',
  );
  for (const { username, hash } of rows) insert.run(username, hash, 'Grounded', '127.0.0.1');
  database.close();
}

/** Writes the records server's `user.db`. Contract 3. */
export function writeRecordsDatabase(
  path: string,
  rows: readonly (readonly [username: string, password: string | null, permissions: string | null])[],
): void {
  const database = new Database(path);
  database.exec('CREATE TABLE user (username TEXT PRIMARY KEY, password TEXT, permissions TEXT)');
  const insert = database.prepare('INSERT INTO user VALUES (?, ?, ?)');
  for (const row of rows) insert.run(...row);
  database.close();
}

/** A cell of SQLite, whatever its column was declared as. */
export type ForeignCell = string | number | bigint | Buffer | null;

/**
 * Writes the records server's `employee.db`. Contract 3.
 *
 * @param rows - id, fname, lname, ssn, dob, salary
 * @param columns - their declaration; without types each cell is kept as it is given
 */
export function writeEmployeeDatabase(
  path: string,
  rows: Iterable<readonly ForeignCell[]>,
  columns = 'id, fname, lname, ssn, dob, salary',
  pragma = '',
): void {
  const database = new Database(path);
  database.exec(`${pragma}; CREATE TABLE employee (${columns})`);
  const insert = database.prepare('INSERT INTO employee VALUES (?, ?, ?, ?, ?, ?)');
  database.exec('BEGIN');
  // libsql writes every number as a floating point one.
  for (const row of rows)
    insert.run(...row.map((cell) => (Number.isSafeInteger(cell) ? BigInt(Number(cell)) : cell)));
  database.exec('COMMIT');
  database.close();
}
