import { createKey, loadKey, unusable } from '../keys/key-file.js';
import type { PasswordHasher } from './password-hasher.js';

/** Where fingerprints of keys are kept. */
export interface KeyCheckStore {
  find(keyName: string): Promise<string | undefined>;
  save(keyName: string, fingerprint: string): Promise<void>;
}

const KEY_NAME = 'pepper';
// Hashed like a password, so that a fingerprint helps to guess a pepper no more than a password's hash does.
const CONSTANT = 'the pepper of gatherd';

/**
 * The pepper that the operator gives, or the one of a file, which is made if there is none.
 *
 * @throws AppError `key.unusable` where there is none and passwords were made with one
 */
export async function loadPepper(
  given: string | undefined,
  path: string,
  hasPepperedPasswords: () => Promise<boolean>,
): Promise<Buffer> {
  if (given !== undefined) return Buffer.from(given);
  const known = await loadKey(path);
  if (known !== undefined) return known;
  // A new pepper would make every stored password wrong without a word.
  if (await hasPepperedPasswords()) throw unusable(path, 'it is missing; restore it, or set GATHERD_PEPPER');
  return createKey(path);
}

/**
 * Makes sure that the stored passwords were made with the pepper of a hasher, and keeps its fingerprint.
 *
 * @param source - where the pepper is from: a path, or the name of a setting
 * @throws AppError `key.unusable` where they were made with another one
 */
export async function assertSamePepper(
  hasher: PasswordHasher,
  source: string,
  store: KeyCheckStore,
  hasPepperedPasswords: () => Promise<boolean>,
): Promise<void> {
  const fingerprint = await store.find(KEY_NAME);
  if (fingerprint !== undefined) {
    const { isRight } = await hasher.check(fingerprint, CONSTANT);
    if (isRight) return;
    if (await hasPepperedPasswords()) throw unusable(source, 'the passwords were made with another pepper');
  }
  await store.save(KEY_NAME, await hasher.hash(CONSTANT));
}
