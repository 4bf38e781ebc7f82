import type { X509Certificate } from 'node:crypto';
import { CRL_NUMBER, numberOf } from './authority/revocation-list.js';
import { authorityKey, serialOf, type Link } from './peer-chain.js';
import type { TlsFiles } from './tls-files.js';
import { fileProblem, pemBlocks, type TlsFile } from './tls-problem.js';
import { loadX509 } from './x509.js';

/** What one authority has revoked. */
interface RevocationList {
  readonly issuer: string;
  readonly authorityKey: string;
  /** As {@link serialOf} has them. */
  readonly serialNumbers: ReadonlySet<string>;
  /** Grows from each list to the next; 0, it has none. */
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
}

/** Which certificates are revoked, by who has issued them. */
export class Revocations {
  readonly #lists: readonly RevocationList[];
  /** The text that they were read from. */
  readonly source: string;

  constructor(lists: readonly RevocationList[], source: string) {
    this.#lists = lists;
    this.source = source;
  }

  /** Whether there is any list. */
  get isGiven(): boolean {
    return this.#lists.length > 0;
  }

  /** When the first of the lists wants to be replaced by a newer one. */
  get staleAt(): Date | undefined {
    const times = this.#lists.flatMap(({ nextUpdate }) => nextUpdate ?? []);
    return times.sort((a, b) => a.getTime() - b.getTime())[0];
  }

  /** Whether one of the certificates that somebody's depends on is revoked. */
  hasAnyOf(links: readonly Link[]): boolean {
    return this.#lists.some((list) =>
      links.some(
        ({ issuer, serialNumber }) => list.issuer === issuer && list.serialNumbers.has(serialNumber),
      ),
    );
  }

  /** Whether an authority has said what it has revoked. */
  isOf(authority: X509Certificate): boolean {
    return this.#newestOf(authorityKey(authority)) !== undefined;
  }

  /** The authorities of whom an earlier reading had a newer list than this one: who was revoked since would be good again. */
  fallenBehind(before: Revocations, authorities: readonly X509Certificate[]): X509Certificate[] {
    return authorities.filter((authority) => {
      const key = authorityKey(authority);
      const [had, has] = [before.#newestOf(key), this.#newestOf(key)];
      return had !== undefined && (has === undefined || isNewer(had, has));
    });
  }

  #newestOf(key: string): RevocationList | undefined {
    return this.#lists
      .filter((list) => list.authorityKey === key)
      .reduce<RevocationList | undefined>(
        (newest, list) => (newest === undefined || isNewer(list, newest) ? list : newest),
        undefined,
      );
  }
}

/** Nothing is revoked. */
export const NO_REVOCATIONS = new Revocations([], '');

function isNewer(a: RevocationList, b: RevocationList): boolean {
  if (a.number !== 0n && b.number !== 0n) return a.number > b.number;
  return a.thisUpdate > b.thisUpdate;
}

/**
 * Reads lists of revoked certificates, RFC 5280 section 5.
 *
 * @param issuers - who may sign such a list
 * @throws AppError `config.invalid` where the file cannot be read, has none, or one is signed by nobody of the issuers
 */
export async function readRevocations(
  files: TlsFiles,
  file: TlsFile,
  issuers: readonly X509Certificate[],
): Promise<Revocations> {
  const source = await files.read(file);
  const blocks = pemBlocks(source, 'X509 CRL');
  if (blocks.length === 0) throw fileProblem(file, 'has no list of revoked certificates in PEM');
  const lists = [];
  for (const block of blocks) lists.push(await readList(file, block, issuers));
  return new Revocations(lists, source);
}

async function readList(
  file: TlsFile,
  block: string,
  issuers: readonly X509Certificate[],
): Promise<RevocationList> {
  const list = await parse(file, block);
  const issuer = await signerOf(list, issuers);
  if (issuer === undefined)
    throw fileProblem(file, 'is not signed by a certificate of GATHERD_TLS_CLIENT_CA');
  return {
    issuer: issuer.subject,
    authorityKey: authorityKey(issuer),
    serialNumbers: new Set(list.entries.map(({ serialNumber }) => serialOf(serialNumber))),
    number: numberOf(list.getExtension(CRL_NUMBER)),
    thisUpdate: list.thisUpdate,
    nextUpdate: list.nextUpdate,
  };
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
