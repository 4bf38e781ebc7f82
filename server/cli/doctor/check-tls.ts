import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import type { X509Certificate as ParsedCertificate, X509Crl } from '@peculiar/x509';
import type { Settings } from '../../config/settings.js';
import { tlsModesOf } from '../../config/tls-mode.js';
import { loadX509 } from '../../tls/x509.js';
import { ok, problem, warning, type Finding } from './finding.js';

const OTHERS = 0o077;
const SOON_MS = 30 * 24 * 60 * 60 * 1000;
const TITLE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const CRL_TITLE = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g;

/** Looks at the files that TLS is spoken with, as a server would read them. */
export async function checkTls(settings: Settings, now: Date): Promise<Finding[]> {
  const { tlsCert, tlsKey, tlsClientCa } = settings;
  if (tlsCert === undefined || tlsKey === undefined) return [];
  const read = await certificatesIn(tlsCert);
  const findings =
    'problem' in read
      ? [problem('certificate', read.problem)]
      : [
          ...checkTimes('certificate', tlsCert, read.chain, now),
          ...checkNames(read.chain, settings),
          checkChain(tlsCert, read.chain),
          await checkKey(settings, tlsKey, read.chain[0]),
        ];
  return [
    ...findings,
    ...(await checkMode(tlsKey)),
    ...checkNeeds(settings),
    ...(tlsClientCa === undefined ? [] : await checkClients(settings, tlsClientCa, now)),
    ...checkAuthorityKey(settings),
  ];
}

type Chain = readonly [X509Certificate, ...X509Certificate[]];

async function certificatesIn(path: string): Promise<{ chain: Chain } | { problem: string }> {
  const read = await readPem(path);
  if ('problem' in read) return read;
  try {
    const [first, ...others] = (read.pem.match(TITLE) ?? []).map((part) => new X509Certificate(part));
    return first === undefined
      ? { problem: `${path} has no certificate in PEM` }
      : { chain: [first, ...others] };
  } catch (error) {
    return { problem: `${path} is damaged: ${(error as Error).message}` };
  }
}

async function readPem(path: string): Promise<{ pem: string } | { problem: string }> {
  try {
    return { pem: await readFile(path, 'utf8') };
  } catch (error) {
    return { problem: `${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}` };
  }
}

function checkTimes(about: string, path: string, chain: readonly X509Certificate[], now: Date): Finding[] {
  const wrong = chain.flatMap(({ subject, validFrom, validTo }) => {
    const [from, until] = [new Date(validFrom), new Date(validTo)];
    const which = `${path}, ${subject.replaceAll('\n', ', ')}`;
    if (until < now) return [problem(about, `${which} was good until ${validTo}: renew it`)];
    if (from > now) return [problem(about, `${which} is good from ${validFrom} on: is the clock right?`)];
    if (until.getTime() - now.getTime() > SOON_MS) return [];
    return [warning(about, `${which} is good until ${validTo} only: renew it`)];
  });
  if (wrong.length > 0) return wrong;
  const ends = Math.min(...chain.map(({ validTo }) => Date.parse(validTo)));
  return [ok(about, `${path} is good until ${new Date(ends).toISOString().slice(0, 10)}`)];
}

function checkNames([leaf]: Chain, { host, allowedHosts }: Settings): Finding[] {
  const isEverywhere = ['0.0.0.0', '::'].includes(host);
  const wanted = new Set(['localhost', ...(isEverywhere ? [] : [host]), ...allowedHosts]);
  const missing = [...wanted].filter((name) => !isFor(leaf, name));
  if (missing.length === 0) return [ok('certificate', `it is for ${[...wanted].join(', ')}`)];
  const text = `it is not for ${missing.join(', ')}: who asks for these is refused by its own client`;
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
    return warning('certificate', `${path} has no chain: who does not have its issuer itself refuses it`);
  return ok('certificate', 'its chain fits together');
}

function isSelfSigned(certificate: X509Certificate): boolean {
  // Not by checkIssued: it wants one that may issue others.
  const { subject, issuer, publicKey } = certificate;
  return subject === issuer && certificate.verify(publicKey);
}

async function checkKey(settings: Settings, path: string, leaf: X509Certificate): Promise<Finding> {
  const read = await readPem(path);
  if ('problem' in read) return problem('TLS key', read.problem);
  const { pem } = read;
  const passphrase = settings.tlsKeyPassphrase?.reveal();
  try {
    const key = createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
    if (leaf.checkPrivateKey(key)) return ok('TLS key', `${path} is the one of the certificate`);
    return problem('TLS key', `${path} is not the one of the certificate`);
  } catch {
    const isEncrypted = pem.includes('ENCRYPTED');
    if (isEncrypted && passphrase === undefined)
      return problem('TLS key', `${path} is encrypted: GATHERD_TLS_KEY_PASSPHRASE opens it`);
    if (isEncrypted) return problem('TLS key', `GATHERD_TLS_KEY_PASSPHRASE does not open ${path}`);
    return problem('TLS key', `${path} has no private key in PEM`);
  }
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
  const mutual = modes.filter(([, mode]) => mode === 'mutual').map(([door]) => door);
  const server = modes.filter(([, mode]) => mode === 'server').map(([door]) => door);
  return [
    ...(server.length > 0 ? [ok('TLS', `of the server: ${server.join(', ')}`)] : []),
    ...(mutual.length > 0 ? [ok('TLS', `of both sides: ${mutual.join(', ')}`)] : []),
    ...(server.length + mutual.length > 0 ? [] : [warning('TLS', 'no door uses the certificate')]),
  ];
}

async function checkClients(settings: Settings, caPath: string, now: Date): Promise<Finding[]> {
  const read = await certificatesIn(caPath);
  if ('problem' in read) return [problem('client CA', read.problem)];
  const { chain } = read;
  const others = chain
    .filter(({ ca }) => !ca)
    .map(({ subject }) => problem('client CA', `${caPath}: ${subject} is no authority`));
  const besides = join(dirname(caPath), 'ca.crl');
  const crlPath = settings.tlsClientCrl ?? (existsSync(besides) ? besides : undefined);
  const crl =
    crlPath === undefined
      ? [
          warning(
            'CRL',
            `there is none, so no client certificate is revoked: ${besides} or GATHERD_TLS_CLIENT_CRL`,
          ),
        ]
      : await checkLists(crlPath, chain, now);
  return [...checkTimes('client CA', caPath, chain, now), ...others, ...crl];
}

async function checkLists(path: string, authorities: Chain, now: Date): Promise<Finding[]> {
  const read = await readPem(path);
  if ('problem' in read) return [problem('CRL', read.problem)];
  const { X509Crl: List, X509Certificate: Certificate } = await loadX509();
  try {
    const lists = (read.pem.match(CRL_TITLE) ?? []).map((part) => new List(part));
    if (lists.length === 0) return [problem('CRL', `${path} has no list in PEM`)];
    const keys = authorities.map(({ raw }) => new Certificate(raw));
    const findings: Finding[] = [];
    for (const list of lists) findings.push(await checkList(path, list, keys, now));
    return findings;
  } catch (error) {
    return [problem('CRL', `${path} is damaged: ${(error as Error).message}`)];
  }
}

async function checkList(
  path: string,
  list: X509Crl,
  authorities: readonly ParsedCertificate[],
  now: Date,
): Promise<Finding> {
  const signed = await Promise.all(
    authorities.map((publicKey) => list.verify({ publicKey }).catch(() => false)),
  );
  if (!signed.includes(true)) return problem('CRL', `nobody of the client CA has signed ${path}`);
  const { nextUpdate } = list;
  if (nextUpdate !== undefined && nextUpdate < now)
    return warning('CRL', `a newer one than ${path} should be there since ${nextUpdate.toISOString()}`);
  return ok('CRL', `${path} revokes ${String(list.entries.length)}`);
}

function checkAuthorityKey({ tlsCert = '', tlsClientCa = '' }: Settings): Finding[] {
  const found = [...new Set([tlsCert, tlsClientCa])].map((path) => join(dirname(path), 'ca.key'));
  const path = found.find((candidate) => existsSync(candidate));
  if (path === undefined) return [];
  const text = `the authority’s key ${path} is beside the server: who takes the one over can issue certificates; kept elsewhere, it is brought back for gatherd cert`;
  return [warning('authority', text)];
}
