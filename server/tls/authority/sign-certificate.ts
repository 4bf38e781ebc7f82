import { randomBytes, type webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type { Extension, X509Certificate } from '@peculiar/x509';
import { loadX509, type X509 } from '../x509.js';
import { SIGNING, type KeyPair } from './key-pair.js';

/** From when until when a certificate is good. Certificates know no milliseconds. */
export interface Validity {
  readonly from: Date;
  readonly until: Date;
}

/** What a certificate is for: to issue others, for a server of some names, or for a client. */
export type Purpose =
  | { readonly kind: 'authority'; /** How many authorities may be below it. */ readonly depth: number }
  | { readonly kind: 'server'; /** Host names and IP addresses. */ readonly names: readonly string[] }
  | { readonly kind: 'client' };

/** A certificate as it is wanted. */
export interface CertificateWanted {
  /** The common name of its subject. */
  readonly commonName: string;
  readonly publicKey: webcrypto.CryptoKey;
  readonly validity: Validity;
  readonly purpose: Purpose;
}

/** Who signs a certificate: without a certificate of its own, it is self-signed. */
export interface Signer {
  readonly certificate?: X509Certificate;
  readonly keys: KeyPair;
}

const SERIAL_BYTES = 16;

/** Makes a certificate. */
export async function signCertificate(wanted: CertificateWanted, signer: Signer): Promise<X509Certificate> {
  const x509 = await loadX509();
  const { commonName, publicKey, validity, purpose } = wanted;
  const subject = new x509.Name([{ CN: [{ utf8String: commonName }] }]);
  return await x509.X509CertificateGenerator.create({
    serialNumber: newSerialNumber(),
    subject,
    issuer: signer.certificate?.subjectName ?? subject,
    notBefore: toSeconds(validity.from),
    notAfter: toSeconds(validity.until),
    publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: SIGNING,
    extensions: [
      ...extensionsOf(x509, purpose),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer.certificate ?? signer.keys.publicKey),
    ],
  });
}

/** A time as certificates can have it. */
export function toSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

function extensionsOf(x509: X509, purpose: Purpose): Extension[] {
  const { BasicConstraintsExtension, ExtendedKeyUsageExtension, ExtendedKeyUsage } = x509;
  const { KeyUsagesExtension, KeyUsageFlags, SubjectAlternativeNameExtension } = x509;
  if (purpose.kind === 'authority')
    return [
      new BasicConstraintsExtension(true, purpose.depth, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ];
  const common = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
  ];
  if (purpose.kind === 'client')
    return [...common, new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])];
  const names = purpose.names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const);
  return [
    ...common,
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(names),
  ];
}

// Random, positive, and always of the same length.
function newSerialNumber(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}
