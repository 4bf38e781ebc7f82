import { createPrivateKey, createPublicKey, KeyObject, webcrypto } from 'node:crypto';

/** The keys of a certificate. */
export type KeyPair = webcrypto.CryptoKeyPair;

/** How everything here is signed: ECDSA on the curve P-256, with SHA-256. */
export const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A new pair of keys. */
export async function makeKeyPair(): Promise<KeyPair> {
  return await webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
}

/** A private key as PEM (PKCS#8); with a passphrase, encrypted with it. */
export function privateKeyPem(key: webcrypto.CryptoKey, passphrase?: string): string {
  const form = { type: 'pkcs8', format: 'pem' } as const;
  const made = KeyObject.from(key);
  const pem =
    passphrase === undefined
      ? made.export(form)
      : made.export({ ...form, cipher: 'aes-256-cbc', passphrase });
  return String(pem);
}

/**
 * The keys of a private key as PEM, on the curve P-256.
 *
 * @throws Node's error where it is none, or the passphrase does not open it
 */
export async function keyPairOf(pem: string, passphrase?: string): Promise<KeyPair> {
  const key = createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  const { subtle } = webcrypto;
  const [privateKey, publicKey] = await Promise.all([
    subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), SIGNING, true, ['sign']),
    subtle.importKey('spki', createPublicKey(key).export({ type: 'spki', format: 'der' }), SIGNING, true, [
      'verify',
    ]),
  ]);
  return { privateKey, publicKey };
}
