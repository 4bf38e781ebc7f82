// Node 20 loads its module tls in the wrong order where toLegacyObject is what needs it first: createSecureContext is then missing.
import 'node:tls';
import type { X509Certificate } from 'node:crypto';

/** The common names of a certificate's subject; there may be none. */
export function commonNamesOf(certificate: X509Certificate): readonly string[] {
  const name: unknown = certificate.toLegacyObject().subject.CN;
  return [name].flat().filter((one) => typeof one === 'string');
}
