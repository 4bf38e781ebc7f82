import type { Extension } from '@peculiar/x509';
import { loadX509, type X509 } from '../x509.js';
import type { Authority } from './certificate-authority.js';
import { SIGNING } from './key-pair.js';
import { toSeconds } from './sign-certificate.js';

/** A certificate that is revoked. */
export interface Revocation {
  /** Hexadecimal, lower case. */
  readonly serialNumber: string;
  readonly revokedAt: Date;
}

/** A list of revoked certificates. */
export interface RevocationList {
  /** Grows from each list to the next. */
  readonly number: bigint;
  readonly revoked: readonly Revocation[];
}

const CRL_TITLE = 'X509 CRL';
/** The extension that says how new a list is, RFC 5280 section 5.2.3. */
export const CRL_NUMBER = '2.5.29.20';
const INTEGER_TAG = 0x02;

/**
 * Makes a list of revoked certificates, PEM.
 *
 * @param now - when it is made
 * @param until - when the next one is there at the latest
 */
export async function makeRevocationList(
  authority: Authority,
  { number, revoked }: RevocationList,
  { now, until }: { readonly now: Date; readonly until: Date },
): Promise<string> {
  const x509 = await loadX509();
  const list = await x509.X509CrlGenerator.create({
    issuer: authority.certificate.subjectName,
    thisUpdate: toSeconds(now),
    nextUpdate: toSeconds(until),
    entries: revoked.map(({ serialNumber, revokedAt }) => ({
      serialNumber,
      revocationDate: toSeconds(revokedAt),
      reason: x509.X509CrlReason.privilegeWithdrawn,
    })),
    signingKey: authority.keys.privateKey,
    signingAlgorithm: SIGNING,
    extensions: [
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
      numberExtension(x509, number),
    ],
  });
  // The library's own PEM has a title that no other program knows.
  return `${x509.PemConverter.encode(list.rawData, CRL_TITLE)}\n`;
}

/**
 * Reads a list of revoked certificates, PEM.
 *
 * @throws an error where it is none, or the authority has not signed it
 */
export async function readRevocationList(
  { certificate }: Pick<Authority, 'certificate'>,
  pem: string,
): Promise<RevocationList> {
  const x509 = await loadX509();
  const list = new x509.X509Crl(pem);
  if (!(await list.verify({ publicKey: certificate })))
    throw new Error('its signature is not the authority’s');
  const revoked = list.entries.map(({ serialNumber, revocationDate: revokedAt }) => ({
    serialNumber,
    revokedAt,
  }));
  return { number: numberOf(list.getExtension<Extension>(CRL_NUMBER)), revoked };
}

function numberExtension(x509: X509, number: bigint): Extension {
  const digits = number.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  // A first bit that is set would make it negative.
  const value = (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return new x509.Extension(CRL_NUMBER, false, Buffer.from([INTEGER_TAG, value.length, ...value]));
}

/** The number of a list, by its extension; 0 without one. */
export function numberOf(extension: Extension | null): bigint {
  if (extension === null) return 0n;
  return BigInt(`0x${Buffer.from(extension.value).subarray(2).toString('hex')}`);
}
