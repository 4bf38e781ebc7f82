import { argon2WithoutPepper, pbkdf2Stored } from '../../../passwords/password-formats.js';

// What a login may cost at most, about 250 ms on a machine of today: a hash from elsewhere says itself how much work and
// memory its check takes, everybody waits for it, and every refusal takes as long.
const MOST_BCRYPT_COST = 12;
/** Rounds times blocks: each block of 32 bytes is derived by itself. */
const MOST_PBKDF2_WORK = 1_400_000;
const PBKDF2_BLOCK_BYTES = 32;
const MOST_ARGON2_KIB = 256 * 1024;
/** Memory in KiB times passes. */
const MOST_ARGON2_WORK = 3 * MOST_ARGON2_KIB;
const MOST_ARGON2_PASSES = 20;
const MOST_ARGON2_LANES = 16;

const BCRYPT = /^\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const PBKDF2 =
  /^\$pbkdf2-sha256\$(?:i=)?(\d{1,8})(?:,l=\d+)?\$([./+A-Za-z0-9]+)={0,2}\$([./+A-Za-z0-9]+)={0,2}$/;
const ARGON2ID =
  /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,4})\$[+/A-Za-z0-9]{11,86}\$[+/A-Za-z0-9]{16,171}$/;

/**
 * What is stored for a hash that another system wrote as text: bcrypt, or a PHC string of argon2id or PBKDF2-SHA256,
 * also as Passlib writes the latter.
 *
 * @returns undefined where it is none of them, or would cost a login too much
 */
export function storedForm(text: string): string | undefined {
  return bcryptForm(text) ?? pbkdf2Form(text) ?? argon2Form(text);
}

function bcryptForm(text: string): string | undefined {
  const [, cost] = BCRYPT.exec(text) ?? [];
  return isWithin(cost, 4, MOST_BCRYPT_COST) ? text : undefined;
}

function pbkdf2Form(text: string): string | undefined {
  const [, rounds, salt = '', hash = ''] = PBKDF2.exec(text) ?? [];
  const hashBytes = fromPassLib(hash);
  if (hashBytes.length < 16 || hashBytes.length > 512) return undefined;
  const blocks = Math.ceil(hashBytes.length / PBKDF2_BLOCK_BYTES);
  if (!isWithin(rounds, 1, MOST_PBKDF2_WORK / blocks)) return undefined;
  return pbkdf2Stored(Number(rounds), fromPassLib(salt), hashBytes);
}

// Passlib writes `.` where others write `+`.
function fromPassLib(base64: string): Buffer {
  return Buffer.from(base64.replaceAll('.', '+'), 'base64');
}

function argon2Form(text: string): string | undefined {
  const [, memory, passes, lanes] = ARGON2ID.exec(text) ?? [];
  const isAffordable =
    isWithin(memory, 8, MOST_ARGON2_KIB) &&
    isWithin(passes, 1, MOST_ARGON2_PASSES) &&
    isWithin(lanes, 1, MOST_ARGON2_LANES) &&
    Number(memory) * Number(passes) <= MOST_ARGON2_WORK;
  return isAffordable ? argon2WithoutPepper(text) : undefined;
}

function isWithin(digits: string | undefined, least: number, most: number): boolean {
  return digits !== undefined && Number(digits) >= least && Number(digits) <= most;
}
