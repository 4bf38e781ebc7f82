import { hashPassword, PASSWORD_FORMATS } from './password-formats.js';

/** What the thread of hashing is asked: for a new hash, or whether a password is the stored one. */
export interface HashTask {
  readonly password: string;
  /** The hash to compare with; without it a new one is made. */
  readonly stored?: string;
}

/** What it answers: a hash, or whether it was right; or why it could not tell. */
export type HashOutcome = { readonly result: string | boolean } | { readonly error: unknown };

/** Does a task in this thread, which it blocks meanwhile. */
export async function doHashTask({ password, stored }: HashTask, pepper: Buffer): Promise<HashOutcome> {
  try {
    if (stored === undefined) return { result: hashPassword(password, pepper) };
    const format = PASSWORD_FORMATS.find(({ prefix }) => prefix.test(stored));
    if (format === undefined) throw new Error('a stored password hash has no known format');
    return { result: await format.verify(stored, password, pepper) };
  } catch (error) {
    return { error };
  }
}
