import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { fingerprintOf, type ServerTls, shownFingerprint } from './server-tls.js';
import { UntrustedServer } from './untrusted-server.js';

const NOT_ISSUED_BY_TRUSTED: readonly string[] = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  // Another issuer of the same name.
  'CERT_SIGNATURE_FAILURE',
];

const MAX_NAMES_CHARACTERS = 300;

/**
 * Looks at the certificate of a server after the handshake.
 *
 * @param host - the name or address that it was asked for by
 * @returns why it is not trusted; undefined where it is
 */
export function judgeServer(socket: TLSSocket, tls: ServerTls, host: string): UntrustedServer | undefined {
  if (tls.isInsecure) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return new UntrustedServer('it has shown no certificate');
  const fingerprint = fingerprintOf(certificate.raw);
  const hasPins = tls.pins.length > 0;
  if (hasPins && !tls.pins.includes(fingerprint)) {
    return new UntrustedServer(
      `its certificate is not the one that --pin says, and has the fingerprint ${shownFingerprint(fingerprint)}`,
    );
  }
  if (socket.authorized || (hasPins && tls.ca === undefined)) return undefined;
  // A code, whatever its type says.
  const code = String(socket.authorizationError);
  return new UntrustedServer(reasonOf(code, certificate, { tls, host, fingerprint }));
}

interface Circumstances {
  readonly tls: ServerTls;
  readonly host: string;
  readonly fingerprint: string;
}

function reasonOf(
  code: string,
  certificate: X509Certificate,
  { tls, host, fingerprint }: Circumstances,
): string {
  const shown = shownFingerprint(fingerprint);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `its certificate is not valid for the name ${host}, only for ${namesOf(certificate)}: use one of these`;
  }
  if (code === 'CERT_HAS_EXPIRED') {
    const whose =
      Date.parse(certificate.validTo) < Date.now() ? 'its certificate' : "its issuer's certificate";
    return `${whose} has expired (${certificate.validTo}): the server needs a new one`;
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return `its certificate is not valid before ${certificate.validFrom}: is this machine's clock right?`;
  }
  if (code === 'INVALID_PURPOSE') return 'its certificate is not for servers';
  const isSelfSigned = code === 'DEPTH_ZERO_SELF_SIGNED_CERT';
  if (!isSelfSigned && !NOT_ISSUED_BY_TRUSTED.includes(code))
    return `its certificate is not in order (${code})`;
  if (tls.ca !== undefined) {
    return `its certificate is not from whom --ca says${isSelfSigned ? ', but self-signed' : ''}. Its fingerprint is ${shown}`;
  }
  const reason = isSelfSigned
    ? 'its certificate is self-signed'
    : 'nobody whom this machine trusts has issued its certificate';
  return `${reason}: give its issuer's with --ca FILE, or --pin ${shown} if that is the fingerprint that the server has`;
}

// What stands in a certificate can be anything.
function namesOf({ subjectAltName, subject }: X509Certificate): string {
  const names = subjectAltName?.replace(/(?:DNS|IP Address):/g, '') ?? /^CN=(.*)$/m.exec(subject)?.[1];
  return (names ?? 'nothing').replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_NAMES_CHARACTERS);
}
