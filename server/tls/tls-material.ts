import { constants, createHash, createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Settings } from '../config/settings.js';
import { NO_REVOCATIONS, readRevocations, type Revocations } from './revocations.js';
import { fileProblem, pemBlocks, readTlsFile, type TlsFile } from './tls-problem.js';

/** Which files TLS is made of, and what opens the key. */
export type TlsFileSettings = Pick<Settings, 'tlsClientCa' | 'tlsClientCrl' | 'tlsKeyPassphrase'> & {
  readonly tlsCert: string;
  readonly tlsKey: string;
};

/** What the files say, checked. */
export interface TlsMaterial {
  /** For a door that says who it is. */
  readonly server: SecureContextOptions;
  /** For one that asks its clients too; undefined where it is not known whose certificates are trusted. */
  readonly mutual: SecureContextOptions | undefined;
  readonly certificate: X509Certificate;
  readonly expiresAt: Date;
  readonly revocations: Revocations;
  /** Whether there was a list of revoked certificates. */
  readonly hasRevocations: boolean;
  /** Of all that was read. */
  readonly digest: string;
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

/** The paths of all files, also of one that there need not be. */
export function tlsPaths(settings: TlsFileSettings): string[] {
  const { tlsCert, tlsKey, tlsClientCa } = settings;
  const clients = tlsClientCa === undefined ? [] : [tlsClientCa, crlPath(tlsClientCa, settings)];
  return [tlsCert, tlsKey, ...clients];
}

/**
 * Reads certificate, key, and whose clients are trusted.
 *
 * @param now - milliseconds
 * @param before - what the files said before: a list of revoked certificates does not vanish, which would bring them all back
 * @throws AppError `config.invalid` where one cannot be read, is none, they do not belong together, or it is not their time
 */
export async function readTlsMaterial(
  settings: TlsFileSettings,
  now: number,
  before?: TlsMaterial,
): Promise<TlsMaterial> {
  const certFile = { setting: 'GATHERD_TLS_CERT', path: settings.tlsCert };
  const cert = await readTlsFile(certFile);
  const certificate = readCertificate(certFile, cert, now);
  const key = await readKey(settings, certificate);
  const { authorities, revocations } = await readClients(settings, before?.hasRevocations === true);
  const server: SecureContextOptions = {
    ...{ cert, key, ciphers: CIPHERS, minVersion: 'TLSv1.2' },
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
  const mutual: SecureContextOptions | undefined =
    authorities.length === 0
      ? undefined
      : {
          ...server,
          ca: authorities.map(String),
          // A session that goes on would bring the certificate of another day: each connection has to show it.
          secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
        };
  assertUsable(certFile, mutual ?? server);
  return {
    ...{ server, mutual, certificate, expiresAt: new Date(certificate.validTo) },
    revocations: revocations ?? NO_REVOCATIONS,
    hasRevocations: revocations !== undefined,
    digest: digestOf([cert, key, ...authorities.map(String), revocations?.source ?? '']),
  };
}

function readCertificate(file: TlsFile, text: string, now: number): X509Certificate {
  const certificate = parse(file, 'is no certificate in PEM', () => new X509Certificate(text));
  const [from, to] = [certificate.validFrom, certificate.validTo].map((date) => new Date(date));
  if (to !== undefined && to.getTime() <= now) throw fileProblem(file, `expired at ${to.toISOString()}`);
  if (from !== undefined && from.getTime() > now)
    throw fileProblem(file, `is not valid before ${from.toISOString()}`);
  return certificate;
}

async function readKey(
  { tlsCert, tlsKey, tlsKeyPassphrase }: TlsFileSettings,
  certificate: X509Certificate,
): Promise<string> {
  const file = { setting: 'GATHERD_TLS_KEY', path: tlsKey };
  const text = await readTlsFile(file);
  const key = openKey(file, text, tlsKeyPassphrase?.reveal());
  if (!certificate.checkPrivateKey(key))
    throw fileProblem(file, `is not the key of the certificate ${tlsCert}`);
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function openKey(file: TlsFile, text: string, passphrase: string | undefined): KeyObject {
  const isEncrypted = text.includes('ENCRYPTED');
  if (isEncrypted && passphrase === undefined)
    throw fileProblem(file, 'has a passphrase: give it as GATHERD_TLS_KEY_PASSPHRASE');
  const reason = isEncrypted
    ? 'cannot be opened with GATHERD_TLS_KEY_PASSPHRASE'
    : 'is no private key in PEM';
  return parse(file, reason, () => createPrivateKey({ key: text, passphrase }));
}

async function readClients(settings: TlsFileSettings, hadRevocations: boolean) {
  const { tlsClientCa, tlsClientCrl } = settings;
  if (tlsClientCa === undefined) return { authorities: [], revocations: undefined };
  const file = { setting: 'GATHERD_TLS_CLIENT_CA', path: tlsClientCa };
  const blocks = pemBlocks(await readTlsFile(file), 'CERTIFICATE');
  const authorities = blocks.map((block) =>
    parse(file, 'has something that is no certificate', () => new X509Certificate(block)),
  );
  if (authorities.length === 0) throw fileProblem(file, 'has no certificate in PEM');
  const path = crlPath(tlsClientCa, settings);
  const isWithout = tlsClientCrl === undefined && !hadRevocations && !existsSync(path);
  const list = { setting: 'GATHERD_TLS_CLIENT_CRL', path };
  return { authorities, revocations: isWithout ? undefined : await readRevocations(list, authorities) };
}

function crlPath(clientCa: string, { tlsClientCrl }: Pick<Settings, 'tlsClientCrl'>): string {
  return tlsClientCrl ?? join(dirname(clientCa), 'ca.crl');
}

function digestOf(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}

function assertUsable(file: TlsFile, options: SecureContextOptions): void {
  parse(file, 'cannot be used for TLS', () => createSecureContext(options));
}

function parse<Parsed>(file: TlsFile, reason: string, make: () => Parsed): Parsed {
  try {
    return make();
  } catch (error) {
    throw fileProblem(file, reason, error);
  }
}
