import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts with AES-256-GCM (NIST SP 800-38D) and a random nonce.
 *
 * @param key - 32 bytes
 * @param context - has to be the same for it to be opened again; see `contextOf`
 * @returns nonce, ciphertext and tag, as base64url
 */
export function sealBytes(key: Buffer, context: Buffer, content: Uint8Array): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(context);
  const sealed = Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  return sealed.toString('base64url');
}

/** Opens what {@link sealBytes} made; undefined where the key, the context or anything in the text is another. */
export function openBytes(key: Buffer, context: Buffer, text: string): Buffer | undefined {
  const sealed = Buffer.from(text, 'base64url');
  // One content has one text: other characters are not passed over, nor spare bits of the last one.
  if (sealed.toString('base64url') !== text || sealed.length < NONCE_BYTES + TAG_BYTES) return undefined;
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(context)
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  const content = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([content, decipher.final()]);
  } catch {
    return undefined;
  }
}

/**
 * Some texts as bytes, such that no other texts give the same bytes: each as UTF-16, which also keeps lone surrogates
 * apart, with its length in bytes in front (32 bits).
 */
export function contextOf(...texts: readonly string[]): Buffer {
  const parts = texts.flatMap((text) => {
    const bytes = Buffer.from(text, 'utf16le');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts);
}
