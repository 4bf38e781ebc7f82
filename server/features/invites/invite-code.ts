import { createHash, randomBytes } from 'node:crypto';

/** Base 32 after Douglas Crockford (crockford.com/base32.html): without the letters that look like others. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 130 bits: as much as a key, after ASVS 5.0, 11.5.1. */
const CHARACTERS = 26;
const MOST_TYPED = 128;

/** Makes a code of 130 random bits, in groups for people, `7QK2M-X0V9T-…`, and what is kept of it. */
export function newInviteCode(): { readonly code: string; readonly codeHash: string } {
  const bare = [...randomBytes(CHARACTERS)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
  return { code: bare.replace(/.{5}(?=.{5})/g, '$&-'), codeHash: hashOf(bare) };
}

/**
 * What is kept of a code. One that is typed in lower case, with O for 0, I or L for 1, or with other or no dashes is the
 * same; undefined where a text cannot be a code.
 */
export function inviteCodeHash(code: string): string | undefined {
  if (code.length > MOST_TYPED) return undefined;
  const bare = code.replace(/[\s-]/g, '').toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1');
  return bare.length === CHARACTERS ? hashOf(bare) : undefined;
}

// The code is as random as a key: nobody finds it by trying hashes.
function hashOf(bare: string): string {
  return createHash('sha256').update(bare).digest('base64url');
}
