import { expect, test } from 'vitest';
import { tlsFailure } from './tls-failure.js';

const errorOf = (code: string): Error => Object.assign(new Error(code), { code });

test.each([
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'not_permitted', 'give --cert and --key'],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'not_permitted', '--cert and --key'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED', 'not_permitted', 'revoked'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'unreachable', 'TLS 1.2'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'unreachable', 'use http://host'],
  ['ERR_SSL_NO_SHARED_CIPHER', 'unreachable', 'ERR_SSL_NO_SHARED_CIPHER'],
])('%s is %s, and not tried again', (code, kind, text) => {
  const failure = tlsFailure('https://host', errorOf(code));
  expect(failure).toMatchObject({ kind, canRetry: false, message: expect.stringContaining(text) as string });
});

test('what is no error of TLS is not for it to judge', () => {
  expect(tlsFailure('https://host', errorOf('ECONNREFUSED'))).toBeUndefined();
});
