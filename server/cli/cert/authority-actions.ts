import { randomBytes, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { userNameKey } from '../../../protocol/user-name.js';
import {
  certificatePem,
  issueClient,
  issueServer,
  makeAuthority,
  openAuthority,
  type PemPair,
} from '../../tls/authority/certificate-authority.js';
import { keyPairOf } from '../../tls/authority/key-pair.js';
import { makeRevocationList } from '../../tls/authority/revocation-list.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';
import {
  issuedIn,
  issuedOf,
  loadAuthority,
  loadRevocations,
  serialNumberIn,
  serialOfFile,
  unusable,
  type AuthorityFiles,
  type Issued,
} from './authority-directory.js';
import { serverNameOf } from './server-names.js';
import { withDirectoryLocked, writeWhole } from './whole-files.js';

const AN_HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * AN_HOUR_MS;
const CA_DAYS = 3653;

/** The names of a server: there is one at least. */
export type Names = readonly [string, ...string[]];

/** A server's certificate, as it was made. */
export interface ServerMade {
  readonly names: readonly string[];
  readonly expiresAt: Date;
  /** SHA-256, hexadecimal with colons. */
  readonly fingerprint: string;
}

/** A client's certificate as it is wanted. */
export interface ClientWanted {
  readonly name: string;
  readonly days: number;
  /** Where the two files go. */
  readonly folder: string;
  /** Whether files that are there may be replaced. */
  readonly isReplacing: boolean;
  /** What the key is encrypted with. */
  readonly passphrase?: string | undefined;
}

/** A client's certificate, as it was made. */
export interface ClientMade extends Issued {
  readonly certPath: string;
  readonly keyPath: string;
}

/** A certificate to be revoked. */
export interface Revocable {
  readonly serialNumber: string;
  /** Undefined where there is no copy of it that says whose it is. */
  readonly name: string | undefined;
}

/** What came of revoking. */
export interface Revoked {
  readonly now: readonly Revocable[];
  /** Those that had been revoked before. */
  readonly before: readonly Revocable[];
  /** Files of copies that do not say whether they are of the name, too, and are not revoked. */
  readonly unread: readonly string[];
}

/**
 * Makes an authority, its empty list of the revoked, and a server's certificate.
 *
 * @throws CliError where any of it is there: nothing is overwritten
 */
export function initAuthority(files: AuthorityFiles, names: Names, days: number, now: Date) {
  return withDirectoryLocked(files.directory, async () => {
    assertEmpty(files);
    const from = new Date(now.getTime() - AN_HOUR_MS);
    const until = daysAfter(now, CA_DAYS);
    // Two authorities of one machine are not taken for each other.
    const name = `gatherd CA of ${hostname().slice(0, 40)} ${randomBytes(3).toString('hex')}`;
    const ca = await makeAuthority(name, { from, until });
    const authority = await openAuthority(ca);
    const server = await issueServer(authority, names, { from, until: daysAfter(now, days) });
    const crl = await makeRevocationList(authority, { number: 1n, revoked: [] }, { now, until });
    await writeWhole([
      { path: files.caKey, text: ca.keyPem },
      { path: files.crl, text: crl },
      { path: files.serverKey, text: server.keyPem },
      { path: files.serverCert, text: `${server.certPem}${ca.certPem}` },
      // The last, since what is there of an authority without its certificate is none.
      { path: files.caCert, text: ca.certPem },
    ]);
    return { server: serverMade(server), authorityEnds: authority.certificate.notAfter };
  });
}

/**
 * Makes a new certificate for the server: for the same names unless there are others, and for the key that is there.
 *
 * One file changes, so that certificate and key fit at every moment.
 */
export function renewServer(
  files: AuthorityFiles,
  { names, days }: { readonly names: Names | undefined; readonly days: number },
  now: Date,
): Promise<ServerMade> {
  return withDirectoryLocked(files.directory, async () => {
    const authority = await loadAuthority(files);
    const keys = await serverKeys(files);
    const validity = { from: new Date(now.getTime() - AN_HOUR_MS), until: daysAfter(now, days) };
    const server = await issueServer(authority, names ?? (await namesBefore(files)), validity, keys);
    const key = keys === undefined ? [{ path: files.serverKey, text: server.keyPem }] : [];
    const chain = `${server.certPem}${certificatePem(authority.certificate)}`;
    await writeWhole([...key, { path: files.serverCert, text: chain }]);
    return serverMade(server);
  });
}

/** Issues a certificate to a client. @throws CliError where its files are there and may not be replaced */
export function issueToClient(files: AuthorityFiles, wanted: ClientWanted, now: Date): Promise<ClientMade> {
  const { name, days, folder, passphrase, isReplacing } = wanted;
  return withDirectoryLocked(files.directory, async () => {
    const authority = await loadAuthority(files);
    const [certPath, keyPath] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
    const found = [certPath, keyPath].find((path) => existsSync(path));
    if (found !== undefined && !isReplacing)
      throw new CliError(
        EXIT.failed,
        `${found} is there already: --replace replaces it, --out goes elsewhere`,
      );
    const validity = { from: now, until: daysAfter(now, days) };
    const made = await issueClient(authority, name, validity, passphrase);
    const issued = issuedOf(made.certPem);
    await writeWhole([
      // The first, so that whatever a client has can be revoked.
      { path: join(files.issued, `${issued.serialNumber}.crt`), text: made.certPem },
      { path: keyPath, text: made.keyPem },
      { path: certPath, text: made.certPem },
    ]);
    return { ...issued, certPath, keyPath };
  });
}

/**
 * Revokes a certificate by its serial number, which need not be known here, or all that were issued to a name.
 *
 * @throws CliError where there is none of the name, nor a copy that may be
 */
export function revokeClient(files: AuthorityFiles, nameOrSerial: string, now: Date): Promise<Revoked> {
  return withDirectoryLocked(files.directory, async () => {
    const authority = await loadAuthority(files);
    const list = await loadRevocations(files, authority);
    const known = new Set(list.revoked.map(({ serialNumber }) => serialNumber));
    const { wanted, unreadable } = await findRevocable(files, nameOrSerial);
    const unread = unreadable.filter((path) => !known.has(serialOfFile(path) ?? ''));
    if (wanted.length + unread.length === 0)
      throw new CliError(
        EXIT.failed,
        `No certificate of ${files.directory} is of ${nameOrSerial}: see gatherd cert list`,
      );
    const fresh = wanted.filter(({ serialNumber }) => !known.has(serialNumber));
    const before = wanted.filter(({ serialNumber }) => known.has(serialNumber));
    if (fresh.length === 0) return { now: [], before, unread };
    const added = fresh.map(({ serialNumber }) => ({ serialNumber, revokedAt: now }));
    const next = { number: list.number + 1n, revoked: [...list.revoked, ...added] };
    const until = authority.certificate.notAfter;
    await writeWhole([{ path: files.crl, text: await makeRevocationList(authority, next, { now, until }) }]);
    return { now: fresh, before, unread };
  });
}

function assertEmpty(files: AuthorityFiles): void {
  const { directory, caCert, caKey, crl, serverCert, serverKey } = files;
  if (existsSync(caCert))
    throw new CliError(
      EXIT.failed,
      `${directory} has an authority already: gatherd cert renew makes a new server certificate`,
    );
  const found = [caKey, crl, serverCert, serverKey].find((path) => existsSync(path));
  if (found !== undefined)
    throw new CliError(
      EXIT.failed,
      `${found} is there, and nothing is overwritten: move it away, or --directory`,
    );
}

async function serverKeys({ serverKey }: AuthorityFiles) {
  if (!existsSync(serverKey)) return undefined;
  try {
    return await keyPairOf(await readFile(serverKey, 'utf8'));
  } catch (cause) {
    throw unusable(serverKey, 'it is damaged; without it, a new one is made', cause);
  }
}

/** The names that the server's certificate is for. @throws CliError where it says none */
export async function namesBefore({ serverCert }: AuthorityFiles): Promise<Names> {
  const pem = await readFile(serverCert).catch(() => undefined);
  const [first, ...others] = pem === undefined ? [] : namesOf(pem);
  if (first === undefined)
    throw new CliError(EXIT.failed, `${serverCert} does not say for which names: give them with --name`);
  return [first, ...others];
}

function namesOf(pem: string | Buffer): string[] {
  const { subjectAltName = '' } = new X509Certificate(pem);
  return subjectAltName
    .split(', ')
    .map((entry) => serverNameOf(entry.replace(/^(?:DNS|IP Address):/, '')))
    .filter((name) => name !== undefined);
}

// Every copy that cannot be read may be one of a name's.
async function findRevocable(files: AuthorityFiles, nameOrSerial: string) {
  const { issued, unreadable } = await issuedIn(files);
  const serial = serialNumberIn(nameOrSerial);
  const bySerial = issued.filter(({ serialNumber }) => serialNumber === serial);
  if (bySerial.length > 0) return { wanted: bySerial, unreadable: [] };
  const key = userNameKey(nameOrSerial);
  const byName = issued.filter(({ name }) => userNameKey(name) === key);
  if (byName.length > 0 || serial === undefined) return { wanted: byName, unreadable };
  return { wanted: [{ serialNumber: serial, name: undefined }], unreadable: [] };
}

function serverMade({ certPem }: PemPair): ServerMade {
  const { validTo, fingerprint256: fingerprint } = new X509Certificate(certPem);
  return { names: namesOf(certPem), expiresAt: new Date(validTo), fingerprint };
}

function daysAfter(now: Date, days: number): Date {
  return new Date(now.getTime() + days * DAY_MS);
}
