import { X509Certificate } from 'node:crypto';

/** What is asked of a certificate again and again while its connection is open. */
export interface Link {
  /** The subject of who has issued it. */
  readonly issuer: string;
  /** As {@link serialOf} has it. */
  readonly serialNumber: string;
  /** Milliseconds. */
  readonly expiresAt: number;
}

/** As Node gives it, whatever its type says: nothing of it may be there. */
export interface SentCertificate {
  readonly raw?: Buffer;
  readonly issuerCertificate?: SentCertificate;
}

/** More than anybody has, and an end to authorities that have issued each other's. */
const MOST_LINKS = 10;

/** A serial number as it is compared: hexadecimal, lower case, without zeros in front. */
export function serialOf(text: string): string {
  return text.toLowerCase().replace(/^0+(?=.)/, '');
}

/** By what an authority is known when its certificate is renewed: its name and its key. */
export function authorityKey({ subject, publicKey }: X509Certificate): string {
  return `${subject}\n${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
}

/** See {@link Link}. */
export function linkOf({ issuer, serialNumber, validTo }: X509Certificate): Link {
  return { issuer, serialNumber: serialOf(serialNumber), expiresAt: Date.parse(validTo) };
}

/**
 * The certificates that a client's depends on, the client's first, up to one that is trusted here; undefined, there is no such way.
 *
 * What a client sends beside its own is in an order of its choice, and need not have to do with it: each step is one that was signed.
 *
 * @param authorities - who is trusted
 * @param now - milliseconds
 */
export function chainOf(
  peer: SentCertificate | null,
  authorities: readonly X509Certificate[],
  now: number,
): readonly [X509Certificate, ...X509Certificate[]] | undefined {
  if (peer?.raw === undefined) return undefined;
  const leaf = new X509Certificate(peer.raw);
  const known = [...authorities, ...sentBeside(peer)].filter((certificate) => isTimeOf(certificate, now));
  const chain: [X509Certificate, ...X509Certificate[]] = [leaf];
  for (let last = leaf; chain.length <= MOST_LINKS;) {
    if (hasIssued(last, last)) {
      const isTrusted = authorities.some(({ fingerprint256 }) => fingerprint256 === last.fingerprint256);
      return isTrusted ? chain : undefined;
    }
    const subject = last;
    const issuer = known.find((candidate) => hasIssued(candidate, subject));
    if (issuer === undefined) return undefined;
    chain.push(issuer);
    last = issuer;
  }
  return undefined;
}

function sentBeside(peer: SentCertificate): X509Certificate[] {
  const sent: X509Certificate[] = [];
  let last = peer;
  // The last one has none, or itself.
  while (last.issuerCertificate?.raw !== undefined && last.issuerCertificate !== last) {
    last = last.issuerCertificate;
    if (last.raw === undefined || sent.length === MOST_LINKS) break;
    sent.push(new X509Certificate(last.raw));
  }
  return sent;
}

function isTimeOf({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now < Date.parse(validTo);
}

function hasIssued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    // A key of a kind that is not known here.
    return false;
  }
}
