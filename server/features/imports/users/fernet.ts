import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';

// https://github.com/fernet/spec: version, time, IV, ciphertext of whole blocks, HMAC.
const VERSION = 0x80;
const IV_START = 9;
const CIPHERTEXT_START = 25;
const HMAC_BYTES = 32;
const BLOCK_BYTES = 16;
const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/;

/**
 * Opens a Fernet token, whatever its age; see the specification's "Verifying".
 *
 * @param key - 32 bytes: the first half signs, the second encrypts
 * @returns undefined where it is no token, was changed, or is under another key
 */
export function openFernet(token: string, key: Buffer): Buffer | undefined {
  if (!BASE64URL.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  const signedLength = bytes.length - HMAC_BYTES;
  const ciphertextLength = signedLength - CIPHERTEXT_START;
  if (bytes[0] !== VERSION || ciphertextLength < BLOCK_BYTES) return undefined;
  if (ciphertextLength % BLOCK_BYTES !== 0) return undefined;
  const signed = bytes.subarray(0, signedLength);
  const hmac = createHmac('sha256', key.subarray(0, 16)).update(signed).digest();
  if (!timingSafeEqual(hmac, bytes.subarray(signedLength))) return undefined;
  return decrypt(signed, key.subarray(16));
}

function decrypt(signed: Buffer, encryptionKey: Buffer): Buffer | undefined {
  const decipher = createDecipheriv(
    'aes-128-cbc',
    encryptionKey,
    signed.subarray(IV_START, CIPHERTEXT_START),
  );
  try {
    return Buffer.concat([decipher.update(signed.subarray(CIPHERTEXT_START)), decipher.final()]);
  } catch {
    // The padding is wrong.
    return undefined;
  }
}
