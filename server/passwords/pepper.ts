import { createHmac } from 'node:crypto';
import { createKey, loadKey, unusable } from '../keys/key-file.js';
import type { PasswordHasher } from './password-hasher.js';

/** Where fingerprints of keys are kept. */
export interface KeyCheckStore {
  find(keyName: string): Promise<string | undefined>;
  save(keyName: string, fingerprint: string): Promise<void>;
}

/** What is mixed into every new hash, and where it is from. */
export interface Pepper {
  readonly secret: Buffer;
  /** The path of its file, or the name of its setting. */
  readonly source: string;
  /** Whether it was made here, of random bytes. */
  readonly isRandom: boolean;
}

const KEY_NAME = 'pepper';
const SETTING = 'GATHERD_PEPPER';
const CONSTANT = 'the pepper of gatherd';
const RANDOM_PREFIX = '$hmac-sha256$';

/**
 * The pepper that the operator gives, or the one of a file, which is made if there is none.
 *
 * @throws AppError `key.unusable` where there is none and passwords were made with one
 */
export async function loadPepper(
  given: string | undefined,
  path: string,
  hasPepperedPasswords: () => Promise<boolean>,
): Promise<Pepper> {
  if (given !== undefined) return { secret: Buffer.from(given), source: SETTING, isRandom: false };
  const known = await loadKey(path);
  // A new pepper would make every stored password wrong without a word.
  if (known === undefined && (await hasPepperedPasswords()))
    throw unusable(path, `it is missing; restore it, or set ${SETTING}`);
  return { secret: known ?? (await createKey(path)), source: path, isRandom: true };
}

/**
 * Makes sure that the stored passwords were made with this pepper, and keeps its fingerprint. That of one that somebody thought
 * of is hashed like a password, so that it helps to guess the pepper no more than a password's hash does; random bytes are not
 * guessed, and a start is spared the time.
 *
 * @param hasher - with this pepper
 * @throws AppError `key.unusable` where they were made with another one
 */
export async function assertSamePepper(
  hasher: PasswordHasher,
  pepper: Pepper,
  store: KeyCheckStore,
  hasPepperedPasswords: () => Promise<boolean>,
): Promise<void> {
  const known = await store.find(KEY_NAME);
  const isSame = known !== undefined && (await isFingerprintOf(pepper, hasher, known));
  if (known !== undefined && !isSame && (await hasPepperedPasswords()))
    throw unusable(pepper.source, 'the passwords were made with another pepper');
  if (isSame && known.startsWith(RANDOM_PREFIX) === pepper.isRandom) return;
  await store.save(
    KEY_NAME,
    pepper.isRandom ? fingerprintOfRandom(pepper.secret) : await hasher.hash(CONSTANT),
  );
}

async function isFingerprintOf({ secret }: Pepper, hasher: PasswordHasher, known: string): Promise<boolean> {
  if (!known.startsWith(RANDOM_PREFIX)) return (await hasher.check(known, CONSTANT)).isRight;
  return known === fingerprintOfRandom(secret);
}

function fingerprintOfRandom(secret: Buffer): string {
  return `${RANDOM_PREFIX}${createHmac('sha256', secret).update(CONSTANT).digest('base64')}`;
}
