import { define } from './setting-definition.js';
import { oneOf, optionalPath, socketAddress } from './setting-kinds.js';

/** What is said in public, and to whom: TLS of each door, and the gateway that is never without it. */
export const TLS_SETTINGS = {
  tlsCert: define(
    'GATHERD_TLS_CERT',
    optionalPath(),
    'PATH',
    '',
    'the certificate for TLS with its chain, PEM',
  ),
  tlsKey: define('GATHERD_TLS_KEY', optionalPath(), 'PATH', '', 'the private key of that certificate, PEM'),
  tlsClientCa: define(
    'GATHERD_TLS_CLIENT_CA',
    optionalPath(),
    'PATH',
    '',
    'the certificates of those who issue the clients’ certificates, PEM; needed where a door is mutual',
  ),
  tlsClientCrl: define(
    'GATHERD_TLS_CLIENT_CRL',
    optionalPath(),
    'PATH',
    '',
    'their lists of revoked certificates, PEM; without it, ca.crl beside GATHERD_TLS_CLIENT_CA, where there is one',
  ),
  tlsClientLogin: define(
    'GATHERD_TLS_CLIENT_LOGIN',
    oneOf('factor', 'alone'),
    'RULE',
    'factor',
    'factor: at a mutual door a certificate is needed beside the password of the same account; alone: it can stand for the password',
  ),
  httpTls: define(
    'GATHERD_HTTP_TLS',
    oneOf('auto', 'off', 'server', 'mutual'),
    'MODE',
    'auto',
    'off; server: HTTPS; mutual: and clients need a certificate; auto: server once there is GATHERD_TLS_CERT',
  ),
  chatTls: define(
    'GATHERD_CHAT_TLS',
    oneOf('off', 'server', 'mutual'),
    'MODE',
    'off',
    'the same of the chat gateway; server or mutual is needed beyond loopback',
  ),
  credentialsTls: define(
    'GATHERD_CREDENTIALS_TLS',
    oneOf('off', 'server', 'mutual'),
    'MODE',
    'off',
    'the same of the credentials gateway; mutual is needed beyond loopback',
  ),
  records: define(
    'GATHERD_RECORDS',
    socketAddress('127.0.0.1:8443'),
    'ADDRESS',
    'off',
    'where the gateway of employee records listens, 127.0.0.1:8443 for example; off, not at all',
  ),
  recordsTls: define(
    'GATHERD_RECORDS_TLS',
    oneOf('server', 'mutual'),
    'MODE',
    'server',
    'the same of the records gateway, which is never without TLS',
  ),
} as const;
