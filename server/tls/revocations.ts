import type { X509Certificate } from 'node:crypto';
import { loadX509 } from './x509.js';
import { fileProblem, pemBlocks, readTlsFile, type TlsFile } from './tls-problem.js';

/** Which certificates are revoked, by who has issued them. */
export class Revocations {
  readonly #serialsByIssuer: ReadonlyMap<string, ReadonlySet<string>>;
  /** The text that they were read from. */
  readonly source: string;
  /** When the first of the lists wants to be replaced by a newer one. */
  readonly staleAt: Date | undefined;

  /** @param serialsByIssuer - serial numbers as {@link serialOf} has them, by the subject of their issuer */
  constructor(serialsByIssuer: ReadonlyMap<string, ReadonlySet<string>>, source: string, staleAt?: Date) {
    this.#serialsByIssuer = serialsByIssuer;
    this.source = source;
    this.staleAt = staleAt;
  }

  /** Whether a certificate, or one of those that it depends on, is revoked. */
  hasAnyOf(certificate: X509Certificate): boolean {
    for (const link of chainOf(certificate))
      if (this.#serialsByIssuer.get(link.issuer)?.has(serialOf(link.serialNumber)) === true) return true;
    return false;
  }
}

/** Nothing is revoked. */
export const NO_REVOCATIONS = new Revocations(new Map(), '');

/** A serial number as it is compared: hexadecimal, lower case, without zeros in front. */
function serialOf(text: string): string {
  return text.toLowerCase().replace(/^0+(?=.)/, '');
}

function* chainOf(certificate: X509Certificate): Generator<X509Certificate> {
  let link: X509Certificate | undefined = certificate;
  while (link !== undefined) {
    yield link;
    const issuer: X509Certificate | undefined = link.issuerCertificate;
    if (issuer?.fingerprint256 === link.fingerprint256) return;
    link = issuer;
  }
}

/**
 * Reads lists of revoked certificates, RFC 5280 section 5.
 *
 * @param issuers - who may sign such a list
 * @throws AppError `config.invalid` where the file cannot be read, has none, or one is signed by nobody of the issuers
 */
export async function readRevocations(
  file: TlsFile,
  issuers: readonly X509Certificate[],
): Promise<Revocations> {
  const source = await readTlsFile(file);
  const blocks = pemBlocks(source, 'X509 CRL');
  if (blocks.length === 0) throw fileProblem(file, 'has no list of revoked certificates in PEM');
  const serialsByIssuer = new Map<string, Set<string>>();
  let staleAt: Date | undefined;
  for (const block of blocks) {
    const list = await parse(file, block);
    const issuer = await signerOf(list, issuers);
    if (issuer === undefined)
      throw fileProblem(file, 'is not signed by a certificate of GATHERD_TLS_CLIENT_CA');
    const serials = serialsByIssuer.get(issuer.subject) ?? new Set();
    for (const { serialNumber } of list.entries) serials.add(serialOf(serialNumber));
    serialsByIssuer.set(issuer.subject, serials);
    if (list.nextUpdate !== undefined && (staleAt === undefined || list.nextUpdate < staleAt))
      staleAt = list.nextUpdate;
  }
  return new Revocations(serialsByIssuer, source, staleAt);
}

async function parse(file: TlsFile, block: string) {
  const { X509Crl } = await loadX509();
  try {
    return new X509Crl(block);
  } catch (error) {
    throw fileProblem(file, 'is no list of revoked certificates', error);
  }
}

async function signerOf(list: Awaited<ReturnType<typeof parse>>, issuers: readonly X509Certificate[]) {
  const { X509Certificate: Certificate } = await loadX509();
  for (const issuer of issuers) {
    const publicKey = new Certificate(issuer.raw);
    if (publicKey.subject === list.issuer && (await list.verify({ publicKey }).catch(() => false)))
      return issuer;
  }
  return undefined;
}
