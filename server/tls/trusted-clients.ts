import { X509Certificate } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Settings } from '../config/settings.js';
import { authorityKey } from './peer-chain.js';
import { NO_REVOCATIONS, readRevocations, type Revocations } from './revocations.js';
import type { TlsFiles } from './tls-files.js';
import { fileProblem, parseOf, pemBlocks, type TlsFile } from './tls-problem.js';

/** Which files say whose clients are trusted. */
export type ClientFileSettings = Pick<Settings, 'tlsClientCa' | 'tlsClientCrl'>;

/** Whose clients are trusted, and which of these are not any more. */
export interface TrustedClients {
  readonly authorities: readonly X509Certificate[];
  /** See {@link authorityKey}. */
  readonly authorityKeys: ReadonlySet<string>;
  readonly revocations: Revocations;
}

/** Nobody asks clients for a certificate. */
const NO_CLIENTS: TrustedClients = {
  authorities: [],
  authorityKeys: new Set(),
  revocations: NO_REVOCATIONS,
};

/** The paths of the files, also of one that there need not be. */
export function clientPaths(settings: ClientFileSettings): string[] {
  const { tlsClientCa } = settings;
  return tlsClientCa === undefined ? [] : [tlsClientCa, crlPath(tlsClientCa, settings)];
}

/**
 * Reads whose clients are trusted.
 *
 * @param before - what the files said before: a list of revoked certificates does not vanish or get older, which would bring them back
 * @throws AppError `config.invalid`
 */
export async function readTrustedClients(
  files: TlsFiles,
  settings: ClientFileSettings,
  before: TrustedClients = NO_CLIENTS,
): Promise<TrustedClients> {
  const { tlsClientCa } = settings;
  if (tlsClientCa === undefined) return NO_CLIENTS;
  const file = { setting: 'GATHERD_TLS_CLIENT_CA', path: tlsClientCa };
  const authorities = readAuthorities(file, await files.read(file));
  const list = { setting: 'GATHERD_TLS_CLIENT_CRL', path: crlPath(tlsClientCa, settings) };
  const isNeeded = settings.tlsClientCrl !== undefined || before.revocations.isGiven;
  const revocations =
    isNeeded || (await files.has(list.path))
      ? await readRevocations(files, list, authorities)
      : await revocationsOfNone(files, file, list.path);
  const [behind] = revocations.fallenBehind(before.revocations, authorities);
  if (behind !== undefined)
    throw fileProblem(list, `has an older list of ${nameOf(behind)} than the one in use, or none`);
  return { authorities, authorityKeys: new Set(authorities.map(authorityKey)), revocations };
}

/** Whether two readings say the same. */
export function isSame(a: TrustedClients, b: TrustedClients): boolean {
  return a.revocations.source === b.revocations.source && String(a.authorities) === String(b.authorities);
}

/** The authorities that have not said what they have revoked, by name. */
export function withoutList({ authorities, revocations }: TrustedClients): string[] {
  return authorities.filter((authority) => authority.ca && !revocations.isOf(authority)).map(nameOf);
}

function nameOf({ subject }: X509Certificate): string {
  return subject.replaceAll('\n', ', ');
}

function readAuthorities(file: TlsFile, text: string): X509Certificate[] {
  const blocks = pemBlocks(text, 'CERTIFICATE');
  const authorities = blocks.map((block) =>
    parseOf(file, 'has something that is no certificate', () => new X509Certificate(block)),
  );
  if (authorities.length === 0) throw fileProblem(file, 'has no certificate in PEM');
  parseOf(file, 'cannot be used for TLS', () => createSecureContext({ ca: authorities.map(String) }));
  return authorities;
}

// An authority that `gatherd cert` has made always has one, be it empty.
async function revocationsOfNone(files: TlsFiles, file: TlsFile, listPath: string): Promise<Revocations> {
  const beside = (name: string) => join(dirname(file.path), name);
  const isOurs =
    basename(file.path) === 'ca.crt' &&
    ((await files.has(beside('ca.key'))) || (await files.has(beside('issued'))));
  if (isOurs)
    throw fileProblem(
      file,
      `has lost its list of revoked certificates: put ${listPath} back from a copy, or whoever was revoked is good again`,
    );
  return NO_REVOCATIONS;
}

function crlPath(clientCa: string, { tlsClientCrl }: ClientFileSettings): string {
  return tlsClientCrl ?? join(dirname(clientCa), 'ca.crl');
}
