import { constants, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Settings } from '../config/settings.js';
import type { TlsFiles } from './tls-files.js';
import { fileProblem, parseOf, type TlsFile } from './tls-problem.js';
import type { ClientFileSettings, TrustedClients } from './trusted-clients.js';

/** Which files TLS is made of, and what opens the key. */
export type TlsFileSettings = ClientFileSettings &
  Pick<Settings, 'tlsKeyPassphrase'> & {
    readonly tlsCert: string;
    readonly tlsKey: string;
  };

/** What the server shows of itself. */
export interface ServerMaterial {
  readonly cert: string;
  readonly key: string;
  readonly certificate: X509Certificate;
  readonly expiresAt: Date;
}

/** The "intermediate" configuration of Mozilla's recommendations, without its key exchange over finite fields. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/**
 * Reads certificate and key.
 *
 * @param now - milliseconds
 * @param before - what the files said before: a certificate that is shown already is not refused for its time
 * @throws AppError `config.invalid` where one cannot be read, is none, they do not belong together, or it is not their time
 */
export async function readServerMaterial(
  files: TlsFiles,
  settings: TlsFileSettings,
  now: number,
  before?: ServerMaterial,
): Promise<ServerMaterial> {
  const file = { setting: 'GATHERD_TLS_CERT', path: settings.tlsCert };
  const cert = await files.read(file);
  const certificate = parseOf(file, 'is no certificate in PEM', () => new X509Certificate(cert));
  if (cert !== before?.cert) assertTime(file, certificate, now);
  const key = await readKey(files, settings, certificate);
  const material = { cert, key, certificate, expiresAt: new Date(certificate.validTo) };
  parseOf(file, 'cannot be used for TLS', () => createSecureContext(serverContext(material)));
  return material;
}

/** For a door that says who it is. */
export function serverContext({ cert, key }: ServerMaterial): SecureContextOptions {
  return {
    ...{ cert, key, ciphers: CIPHERS, minVersion: 'TLSv1.2' },
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
}

/** For a door that asks its clients too. */
export function mutualContext(
  material: ServerMaterial,
  { authorities }: TrustedClients,
): SecureContextOptions {
  return {
    ...serverContext(material),
    ca: authorities.map(String),
    // A session that goes on would bring the certificate of another day: each connection has to show it.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  };
}

function assertTime(file: TlsFile, { validFrom, validTo }: X509Certificate, now: number): void {
  const [from, to] = [new Date(validFrom), new Date(validTo)];
  if (to.getTime() <= now) throw fileProblem(file, `expired at ${to.toISOString()}`);
  if (from.getTime() > now) throw fileProblem(file, `is not valid before ${from.toISOString()}`);
}

async function readKey(
  files: TlsFiles,
  { tlsCert, tlsKey, tlsKeyPassphrase }: TlsFileSettings,
  certificate: X509Certificate,
): Promise<string> {
  const file = { setting: 'GATHERD_TLS_KEY', path: tlsKey };
  const key = openKey(file, await files.read(file), tlsKeyPassphrase?.reveal());
  if (!certificate.checkPrivateKey(key))
    throw fileProblem(file, `is not the key of the certificate ${tlsCert}`);
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function openKey(file: TlsFile, text: string, passphrase: string | undefined): KeyObject {
  const isEncrypted = text.includes('ENCRYPTED');
  if (isEncrypted && passphrase === undefined)
    throw fileProblem(file, 'has a passphrase: give it as GATHERD_TLS_KEY_PASSPHRASE');
  const reason = isEncrypted
    ? 'cannot be opened: the passphrase of GATHERD_TLS_KEY_PASSPHRASE, or its _FILE, is wrong'
    : 'is no private key in PEM';
  return parseOf(file, reason, () => createPrivateKey({ key: text, passphrase }));
}
