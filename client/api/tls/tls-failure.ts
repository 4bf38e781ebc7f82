import { GatherError } from '../gather-error.js';
import { UntrustedServer } from './untrusted-server.js';

// A server sends these before its handshake is through: it has not looked at what was written meanwhile.
const CLIENT_CERTIFICATE_ALERTS: Readonly<Record<string, string>> = {
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it asks for a client certificate: give --cert and --key',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'it refuses the client certificate',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'it refuses the client certificate, which is not for clients',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'it refuses the client certificate, which has expired',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: 'it refuses the client certificate, which was revoked',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'it refuses the client certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not know who has issued the client certificate',
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: 'it refuses the client certificate',
  // TLS 1.2 has no alert of its own for a certificate that is missing.
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    'it refuses the handshake: it may ask for a client certificate (--cert and --key)',
};

const NO_TLS_THERE: readonly string[] = [
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_UNEXPECTED_MESSAGE',
];

const OLD_TLS: readonly string[] = [
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_VERSION_TOO_LOW',
];

/** Whether an error says that the server wants an older TLS than this client offers. */
export function isOldTls({ code = '' }: Error & { readonly code?: string | undefined }): boolean {
  return OLD_TLS.includes(code);
}

/**
 * The failure that an error of TLS is: nothing was taken, and time does not mend it.
 *
 * @param server as it stands in the text
 * @returns undefined where it is no error of TLS
 */
export function tlsFailure(
  server: string,
  cause: Error & { readonly code?: string | undefined },
): GatherError | undefined {
  if (cause instanceof UntrustedServer) return unreachable(server, cause.message, cause);
  const { code = '' } = cause;
  const alert = CLIENT_CERTIFICATE_ALERTS[code];
  if (alert !== undefined) {
    return new GatherError('not_permitted', `${server} lets nobody in so: ${alert}. Nothing was taken`, {
      cause,
    });
  }
  if (NO_TLS_THERE.includes(code) || /wrong version number/i.test(cause.message)) {
    return unreachable(server, `it does not speak TLS there${instead(server, 'https', 'http')}`, cause);
  }
  if (isOldTls(cause)) return unreachable(server, 'it does not speak TLS 1.2 or later', cause);
  return code.startsWith('ERR_SSL_')
    ? unreachable(server, `the TLS handshake failed (${code})`, cause)
    : undefined;
}

/** The failure where plain HTTP was spoken to a server that speaks TLS. */
export function speaksTlsFailure(server: string, cause: unknown): GatherError {
  const text = `${server} speaks TLS there${instead(server, 'http', 'https')}. Nothing was taken`;
  return new GatherError('unreachable', text, { cause });
}

function unreachable(server: string, reason: string, cause: Error): GatherError {
  return new GatherError('unreachable', `Cannot reach ${server}: ${reason}. Nothing was sent`, { cause });
}

// What has no scheme, the credentials service, has no other address.
function instead(server: string, from: string, to: string): string {
  if (server.startsWith(`${from}://`)) return `: use ${to}${server.slice(from.length)}`;
  return server.includes('://') ? '' : ': --no-tls asks it without';
}
