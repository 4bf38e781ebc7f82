import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError } from '../../errors/app-error.js';
import { openAuthority, type Authority } from '../../tls/authority/certificate-authority.js';
import { readRevocationList, type RevocationList } from '../../tls/authority/revocation-list.js';
import { commonNamesOf } from '../../tls/common-names.js';
import { loadX509 } from '../../tls/x509.js';
import { CliError } from '../cli-error.js';
import { EXIT } from '../exit-codes.js';

/** Where everything of an authority is. */
export interface AuthorityFiles {
  readonly directory: string;
  readonly caCert: string;
  readonly caKey: string;
  readonly crl: string;
  readonly serverCert: string;
  readonly serverKey: string;
  /** Has a copy of every client's certificate. */
  readonly issued: string;
}

/** A certificate that was issued to a client. */
export interface Issued {
  readonly name: string;
  /** Hexadecimal, lower case. */
  readonly serialNumber: string;
  /** SHA-256, hexadecimal with colons. */
  readonly fingerprint: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** The files of an authority in a directory. */
export function authorityFilesIn(directory: string): AuthorityFiles {
  const file = (name: string) => join(directory, name);
  return {
    directory,
    caCert: file('ca.crt'),
    caKey: file('ca.key'),
    crl: file('ca.crl'),
    serverCert: file('server.crt'),
    serverKey: file('server.key'),
    issued: file('issued'),
  };
}

/** The authority of a directory. @throws CliError where there is none; AppError `key.unusable` */
export async function loadAuthority(files: AuthorityFiles): Promise<Authority> {
  const { caCert, caKey } = files;
  assertInit(files);
  const [certPem, keyPem] = [await readWhole(caCert), await readWhole(caKey)];
  try {
    return await openAuthority({ certPem, keyPem });
  } catch (cause) {
    throw unusable(caKey, `it is not the one of ${caCert}, or one of the two is damaged`, cause);
  }
}

/** Its certificate alone, for who only reads. @throws CliError where there is none; AppError `key.unusable` */
export async function loadCertificate(files: AuthorityFiles): Promise<Authority['certificate']> {
  const { caCert } = files;
  assertInit(files);
  const pem = await readWhole(caCert);
  try {
    const { X509Certificate: Certificate } = await loadX509();
    return new Certificate(pem);
  } catch (cause) {
    throw unusable(caCert, 'it is damaged', cause);
  }
}

/** Its list of the revoked. @throws AppError `key.unusable`: what it had revoked would be good again without it */
export async function loadRevocations(
  { crl }: AuthorityFiles,
  authority: Pick<Authority, 'certificate'>,
): Promise<RevocationList> {
  const pem = await readWhole(crl);
  try {
    return await readRevocationList(authority, pem);
  } catch (cause) {
    throw unusable(crl, 'it is damaged, or another authority’s: put it back from a copy', cause);
  }
}

/**
 * What it has issued to clients, the oldest first, and the files there that cannot be read.
 *
 * @throws Node's error where the folder cannot be read
 */
export async function issuedIn({ issued: folder }: AuthorityFiles) {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const issued: Issued[] = [];
  const unreadable: string[] = [];
  for (const path of names.filter((name) => name.endsWith('.crt')).map((name) => join(folder, name))) {
    try {
      issued.push(issuedOf(await readFile(path)));
    } catch {
      unreadable.push(path);
    }
  }
  issued.sort((one, other) => one.issuedAt.getTime() - other.issuedAt.getTime());
  return { issued, unreadable };
}

/** The serial number that the name of such a file has; undefined where it has none. */
export function serialOfFile(path: string): string | undefined {
  return serialNumberIn(basename(path, '.crt'));
}

/**
 * Reads a serial number: of eight bytes at least, as programs choose them at random, or with colons, so that hardly a
 * user name is one.
 *
 * @returns hexadecimal, lower case, without bytes of zeros in front; undefined where it is none
 */
export function serialNumberIn(text: string): string | undefined {
  if (!/^(?:[\da-f]{16,40}|[\da-f]{2}(?::[\da-f]{2}){1,19})$/i.test(text)) return undefined;
  const digits = text.replaceAll(':', '').toLowerCase();
  return digits.padStart(digits.length + (digits.length % 2), '0').replace(/^(?:00)+(?=..)/, '');
}

/** What a client's certificate says. @throws Node's error where it is none */
export function issuedOf(pem: string | Buffer): Issued {
  const certificate = new X509Certificate(pem);
  return {
    name: commonNamesOf(certificate)[0] ?? '',
    serialNumber: certificate.serialNumber.toLowerCase(),
    fingerprint: certificate.fingerprint256,
    issuedAt: new Date(certificate.validFrom),
    expiresAt: new Date(certificate.validTo),
  };
}

/** The error of a file of an authority. */
export function unusable(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('key.unusable', { details: { path, reason }, cause });
}

function assertInit({ directory, caCert }: AuthorityFiles): void {
  if (existsSync(caCert)) return;
  throw new CliError(EXIT.failed, `${directory} has no authority: gatherd cert init makes one`);
}

async function readWhole(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = isMissing ? 'it is not there: put it back from a copy' : 'it cannot be read';
    throw unusable(path, reason, isMissing ? undefined : cause);
  });
}
