import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { AppError } from '../errors/app-error.js';
import type { PeerCheck } from './client-certificate.js';
import type { Revocations } from './revocations.js';

const NO_ISSUER = 'nobody trusted here has issued it';
/** What OpenSSL says, in words. */
const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: NO_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT: NO_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: NO_ISSUER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: NO_ISSUER,
  CERT_SIGNATURE_FAILURE: NO_ISSUER,
  CERT_UNTRUSTED: NO_ISSUER,
  CERT_REJECTED: NO_ISSUER,
  INVALID_CA: 'its issuer may not issue certificates',
  PATH_LENGTH_EXCEEDED: 'its issuer may not issue certificates',
  INVALID_PURPOSE: 'it is not for clients',
};

/**
 * Looks at the certificate of a client that was asked for one.
 *
 * @param now - milliseconds
 */
export function checkPeerOf(socket: TLSSocket, revocations: Revocations, now: number): PeerCheck {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return refusal('none was sent');
  // Node gives the code of OpenSSL, whatever its type says; without one it is in order.
  const code = socket.authorized ? undefined : String(socket.authorizationError);
  if (code !== undefined) return refusal(REASONS[code] ?? `it is not in order (${code})`);
  if (revocations.hasAnyOf(certificate)) return refusal('it was revoked');
  if (Date.parse(certificate.validTo) <= now) return refusal('it has expired');
  return identityOf(certificate);
}

/** A refusal with its reason. */
export function refusal(reason: string): PeerCheck {
  return { refusal: new AppError('certificate.refused', { details: { reason } }) };
}

function identityOf(certificate: X509Certificate): PeerCheck {
  const name: unknown = certificate.toLegacyObject().subject.CN;
  if (typeof name !== 'string' || name === '') return refusal('it names nobody, or several');
  return {
    certificate: {
      name,
      serialNumber: certificate.serialNumber.toLowerCase(),
      fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      issuedAt: new Date(certificate.validFrom),
      expiresAt: new Date(certificate.validTo),
    },
  };
}
