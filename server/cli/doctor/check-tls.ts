import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import type { Settings } from '../../config/settings.js';
import { tlsModesOf } from '../../config/tls-mode.js';
import { AppError } from '../../errors/app-error.js';
import { TlsFiles } from '../../tls/tls-files.js';
import { readServerMaterial, type ServerMaterial } from '../../tls/tls-material.js';
import { pemBlocks } from '../../tls/tls-problem.js';
import { readTrustedClients } from '../../tls/trusted-clients.js';
import { checkTimes } from './check-times.js';
import { checkTlsClients, isSelfSigned } from './check-tls-clients.js';
import { ok, problem, warning, type Finding } from './finding.js';

const OTHERS = 0o077;
const FOR_SERVERS = '1.3.6.1.5.5.7.3.1';

/** Looks at the files that TLS is spoken with: as a server reads them, and besides at what it would not mind, but its clients. */
export async function checkTls(settings: Settings, now: Date): Promise<Finding[]> {
  const { tlsCert, tlsKey } = settings;
  if (tlsCert === undefined || tlsKey === undefined) return [];
  const files = new TlsFiles();
  const named = { ...settings, tlsCert, tlsKey };
  return [
    ...(await unlessRefused(
      'certificate',
      () => readServerMaterial(files, named, now.getTime()),
      (material) => checkServer(material, named, now),
    )),
    ...(await checkMode(tlsKey)),
    ...checkNeeds(settings),
    ...(await unlessRefused(
      'client CA',
      () => readTrustedClients(files, settings),
      (clients) => checkTlsClients(clients, settings, now),
    )),
    ...checkAuthorityKey(settings),
  ];
}

type Chain = readonly [X509Certificate, ...X509Certificate[]];

// What the server refuses is a problem, in its words.
async function unlessRefused<Read>(
  about: string,
  read: () => Promise<Read>,
  look: (read: Read) => Finding[],
): Promise<Finding[]> {
  try {
    return look(await read());
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { message, cause } = error;
    return [problem(about, cause instanceof Error ? `${message}: ${cause.message}` : message)];
  }
}

function checkServer(
  { cert }: ServerMaterial,
  settings: Settings & { readonly tlsCert: string; readonly tlsKey: string },
  now: Date,
): Finding[] {
  const { tlsCert, tlsKey } = settings;
  const others = pemBlocks(cert, 'CERTIFICATE').slice(1);
  const chain: Chain = [new X509Certificate(cert), ...others.map((block) => new X509Certificate(block))];
  return [
    ...checkTimes('certificate', tlsCert, chain, now),
    ...checkNames(chain, settings),
    ...checkPurpose(chain),
    checkChain(tlsCert, chain),
    ok('TLS key', `${tlsKey} is the one of the certificate`),
  ];
}

function checkPurpose([leaf]: Chain): Finding[] {
  // Of the extended key usages, whatever its name says; as its type does not, there need not be any.
  const usages = leaf.keyUsage as string[] | undefined;
  if (usages === undefined || usages.includes(FOR_SERVERS)) return [];
  return [problem('certificate', 'it is not for servers (extended key usage): clients refuse it')];
}

function checkNames([leaf]: Chain, { host, allowedHosts }: Settings): Finding[] {
  const isEverywhere = ['0.0.0.0', '::'].includes(host);
  const wanted = new Set(['localhost', ...(isEverywhere ? [] : [host]), ...allowedHosts]);
  const missing = [...wanted].filter((name) => !isFor(leaf, name));
  if (missing.length === 0) return [ok('certificate', `it is for ${[...wanted].join(', ')}`)];
  const text = `it is not for ${missing.join(' or ')}: clients that reach the server by ${missing.length === 1 ? 'that name' : 'those names'} refuse it`;
  return [warning('certificate', text)];
}

function isFor(leaf: X509Certificate, name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '');
  return (isIP(bare) === 0 ? leaf.checkHost(bare) : leaf.checkIP(bare)) !== undefined;
}

function checkChain(path: string, chain: Chain): Finding {
  const [leaf] = chain;
  if (isSelfSigned(leaf))
    return warning(
      'certificate',
      'it is self-signed: clients need its fingerprint (--pin), or itself (--ca)',
    );
  if (leaf.ca)
    return problem('certificate', `${path} begins with an authority: the server’s certificate comes first`);
  const broken = chain.slice(1).findIndex((issuer, index) => chain[index]?.checkIssued(issuer) !== true);
  if (broken !== -1)
    return problem(
      'certificate',
      `${path}: certificate ${String(broken + 2)} has not issued the one before it`,
    );
  if (chain.length === 1)
    return warning(
      'certificate',
      `${path} has no certificate but the server’s own: clients that trust its issuer only by another one refuse it`,
    );
  return ok('certificate', 'its chain fits together');
}

async function checkMode(path: string): Promise<Finding[]> {
  // Windows has no such modes.
  if (process.platform === 'win32') return [];
  const found = await stat(path).catch(() => ({ mode: 0 }));
  return (found.mode & OTHERS) === 0
    ? []
    : [problem('TLS key', `other users may read ${path}: chmod 600 it`)];
}

function checkNeeds(settings: Settings): Finding[] {
  const modes = Object.entries(tlsModesOf(settings));
  const isMutual = modes.some(([, mode]) => mode === 'mutual');
  return [
    ok('TLS', modes.map(([door, mode]) => `${door} ${mode}`).join(', ')),
    ...(modes.some(([, mode]) => mode !== 'off') ? [] : [warning('TLS', 'no door uses the certificate')]),
    ...(settings.tlsClientLogin === 'factor' || isMutual
      ? []
      : [warning('TLS', 'GATHERD_TLS_CLIENT_LOGIN does nothing: no door is mutual')]),
  ];
}

function checkAuthorityKey({ tlsCert = '', tlsClientCa = '' }: Settings): Finding[] {
  const found = [...new Set([tlsCert, tlsClientCa])].map((path) => join(dirname(path), 'ca.key'));
  const path = found.find((candidate) => existsSync(candidate));
  if (path === undefined) return [];
  const text = `the authority’s key ${path} is beside the server: who takes the one over can issue certificates; kept elsewhere, it is brought back for gatherd cert`;
  return [warning('authority', text)];
}
