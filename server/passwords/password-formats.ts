import { pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { hashSync, verifySync } from '@node-rs/argon2';
import { HASH_COST } from './hash-cost.js';

/** One way in which a password can stand in the database, told by how the stored text begins. */
export interface PasswordFormat {
  readonly prefix: RegExp;
  /** Whether a password is the stored one; it blocks this thread. Throws where the stored text is damaged. */
  verify(stored: string, password: string, pepper: Buffer): boolean | Promise<boolean>;
}

const { memoryCost, timeCost, parallelism } = HASH_COST;
/** How every hash begins that is made now. */
export const CURRENT_PREFIX = `$argon2id$v=19$m=${String(memoryCost)},t=${String(timeCost)},p=${String(parallelism)}$`;

// Marks what others made: without it the pepper would be taken to be mixed in.
const NO_PEPPER = '$no-pepper';

/** Every format that verifies. Add one here; a login rewrites whatever is not the current one. */
export const PASSWORD_FORMATS: readonly PasswordFormat[] = [
  {
    prefix: /^\$argon2id\$/,
    verify: (stored, password, pepper) => verifySync(stored, password, { secret: pepper }),
  },
  {
    prefix: /^\$no-pepper\$argon2id\$/,
    verify: (stored, password) => verifySync(stored.slice(NO_PEPPER.length), password),
  },
  { prefix: /^\$2[abxy]\$/, verify: verifyBcrypt },
  { prefix: /^\$pbkdf2-sha256\$/, verify: verifyPbkdf2 },
];

/** What no password makes, in the current format: to compare with it takes as long as with any other. */
export const DECOY = `${CURRENT_PREFIX}${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** A new hash in the current format: argon2id with a random salt, as a PHC string. It blocks this thread. */
export function hashPassword(password: string, pepper: Buffer): string {
  // The package's default algorithm is argon2id.
  return hashSync(password, { ...HASH_COST, secret: pepper });
}

/** Whether a stored hash has the current format and strength. */
export function isCurrentFormat(stored: string): boolean {
  return stored.startsWith(CURRENT_PREFIX);
}

/** Writes an argon2id hash that another system made, as a PHC string, as what it is: one without our pepper. */
export function argon2WithoutPepper(phc: string): string {
  return `${NO_PEPPER}${phc}`;
}

/**
 * Writes a PBKDF2-HMAC-SHA256 hash of one of the replaced systems as a PHC string: contract 1 has 128 bytes with the
 * user name's UTF-8 as the salt, contract 2 hexadecimal texts; both have 100,000 rounds.
 */
export function pbkdf2Stored(rounds: number, salt: Buffer, hash: Buffer): string {
  return `$pbkdf2-sha256$i=${String(rounds)}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

// Loaded when the first old hash is met: it takes memory that most servers never need.
async function verifyBcrypt(stored: string, password: string): Promise<boolean> {
  const bcrypt = await import('@node-rs/bcrypt');
  return bcrypt.verifySync(password, stored);
}

function verifyPbkdf2(stored: string, password: string): boolean {
  const match = /^\$pbkdf2-sha256\$i=(\d{1,8})\$([A-Za-z0-9+/=]*)\$([A-Za-z0-9+/=]+)$/.exec(stored);
  if (match === null) throw new Error('a stored PBKDF2 hash is damaged');
  const [, rounds = '', salt = '', expected = ''] = match;
  const hash = Buffer.from(expected, 'base64');
  const actual = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(rounds), hash.length, 'sha256');
  return timingSafeEqual(actual, hash);
}
