import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors/app-error.js';
import type { ClientCertificate, PeerCheck } from '../tls/client-certificate.js';
import type { HostGuard } from './request-guards.js';

/** Tells what came of looking at the certificate of a request's connection; undefined where none is asked for. */
export type PeerOf = (request: IncomingMessage) => PeerCheck | undefined;

/**
 * Tells the certificate of a request's own connection; undefined where none is asked for. A proxy's is the proxy's, whatever it
 * says of its clients.
 *
 * @throws AppError `certificate.refused`
 */
export type CertificateOf = (request: IncomingMessage) => ClientCertificate | undefined;

/** Makes what tells the certificates of requests. */
export function createCertificateOf(peerOf: PeerOf): CertificateOf {
  return (request) => {
    const peer = peerOf(request);
    if (peer === undefined) return undefined;
    if ('refusal' in peer) throw peer.refusal;
    return peer.certificate;
  };
}

/** Makes a guard that all doors begin with: it refuses what the other refuses, and connections whose certificate is refused. */
export function withCertificates(assertHost: HostGuard, certificateOf: CertificateOf): HostGuard {
  return (request) => {
    // Whoever may not be here learns nothing, not even which names are served.
    certificateOf(request);
    assertHost(request);
  };
}

/** The certificate of a request that can do nothing without one. @throws AppError `certificate.refused` */
export function neededCertificate(certificateOf: CertificateOf, request: IncomingMessage): ClientCertificate {
  const certificate = certificateOf(request);
  if (certificate !== undefined) return certificate;
  throw new AppError('certificate.refused', { details: { reason: 'none is asked for at this door' } });
}
