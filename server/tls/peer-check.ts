import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { AppError } from '../errors/app-error.js';
import type { ClientCertificate, PeerCheck } from './client-certificate.js';
import { commonNamesOf } from './common-names.js';
import { authorityKey, chainOf, linkOf, type Link } from './peer-chain.js';
import type { TrustedClients } from './trusted-clients.js';

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

/** What was seen of a client whose certificate was in order when its connection began. */
export interface SeenPeer {
  readonly certificate: ClientCertificate;
  /** Its certificate, and those that it depends on. */
  readonly links: readonly Link[];
  /** The authority at the end: see {@link authorityKey}. */
  readonly anchor: string;
}

/**
 * Looks at the certificate of a client that was asked for one.
 *
 * @param now - milliseconds
 */
export function lookAtPeer(
  socket: TLSSocket,
  { authorities }: TrustedClients,
  now: number,
): SeenPeer | { readonly refusal: AppError } {
  if (!socket.authorized) return { refusal: refusal(unauthorized(socket)) };
  // Before anything else is asked of the socket: that would take away what was sent beside it.
  const chain = chainOf(socket.getPeerCertificate(true), authorities, now);
  const anchor = chain?.at(-1);
  if (chain === undefined || anchor === undefined) return { refusal: refusal(NO_ISSUER) };
  const [leaf] = chain;
  if (leaf.ca) return { refusal: refusal("it is an authority's") };
  const certificate = identityOf(leaf);
  if (certificate === undefined) return { refusal: refusal('it names nobody, or several') };
  return { certificate, links: chain.map(linkOf), anchor: authorityKey(anchor) };
}

/**
 * Whether what was seen is still in order: certificates expire, are revoked, and authorities are no longer trusted while a connection is
 * open.
 *
 * @param now - milliseconds
 */
export function recheckPeer(
  { certificate, links, anchor }: SeenPeer,
  { authorityKeys, revocations }: TrustedClients,
  now: number,
): PeerCheck {
  if (revocations.hasAnyOf(links)) return { refusal: refusal('it was revoked') };
  if (links.some(({ expiresAt }) => expiresAt <= now)) return { refusal: refusal('it has expired') };
  if (!authorityKeys.has(anchor)) return { refusal: refusal(NO_ISSUER) };
  return { certificate };
}

function unauthorized(socket: TLSSocket): string {
  if (socket.getPeerX509Certificate() === undefined) return 'none was sent';
  // Node gives the code of OpenSSL, whatever its type says.
  const code = String(socket.authorizationError);
  return REASONS[code] ?? `it is not in order (${code})`;
}

function refusal(reason: string): AppError {
  return new AppError('certificate.refused', { details: { reason } });
}

function identityOf(certificate: X509Certificate): ClientCertificate | undefined {
  const [name, another] = commonNamesOf(certificate);
  if (name === undefined || name === '' || another !== undefined) return undefined;
  return {
    name,
    serialNumber: certificate.serialNumber.toLowerCase(),
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    issuedAt: new Date(certificate.validFrom),
    expiresAt: new Date(certificate.validTo),
  };
}
