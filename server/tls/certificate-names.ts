import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

/** Whether a client that asks for a host takes the certificate for it: by its alternative names, as all clients of today do. */
export function isNamedBy(certificate: X509Certificate, host: string): boolean {
  if (isIP(host) !== 0) return certificate.checkIP(host) !== undefined;
  // To OpenSSL a name with a dot before it stands for all below it.
  if (host === '' || host.startsWith('.')) return false;
  return certificate.checkHost(host, { subject: 'never' }) !== undefined;
}

/** The DNS names of a certificate that are of one host each, in its order. */
export function hostsNamedBy({ subjectAltName = '' }: X509Certificate): string[] {
  return [...subjectAltName.matchAll(/(?:^|, )DNS:([\w.-]+)(?=, |$)/g)].map(([, name = '']) => name);
}
