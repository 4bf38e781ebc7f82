import type { X509Certificate } from '@peculiar/x509';
import { loadX509 } from '../x509.js';
import { keyPairOf, makeKeyPair, privateKeyPem, type KeyPair } from './key-pair.js';
import { signCertificate, type Purpose, type Validity } from './sign-certificate.js';

/** A certificate and its private key, both PEM. */
export interface PemPair {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Who issues certificates and revokes them. */
export interface Authority {
  readonly certificate: X509Certificate;
  readonly keys: KeyPair;
}

/** The longest common name, in characters. */
const MOST_COMMON_NAME = 64;

/** Makes an authority that issues certificates for servers and clients, and no other authorities. */
export async function makeAuthority(name: string, validity: Validity): Promise<PemPair> {
  const keys = await makeKeyPair();
  const purpose = { kind: 'authority', depth: 0 } as const;
  const wanted = {
    commonName: name.slice(0, MOST_COMMON_NAME),
    publicKey: keys.publicKey,
    validity,
    purpose,
  };
  const certificate = await signCertificate(wanted, { keys });
  return { certPem: certificatePem(certificate), keyPem: privateKeyPem(keys.privateKey) };
}

/**
 * The authority of a certificate and its key.
 *
 * @throws an error of the library or of Node where one of them is none, they are not of each other, or the passphrase does
 *   not open the key
 */
export async function openAuthority({ certPem, keyPem }: PemPair, passphrase?: string): Promise<Authority> {
  const x509 = await loadX509();
  const certificate = new x509.X509Certificate(certPem);
  const keys = await keyPairOf(keyPem, passphrase);
  const publicKey = await x509.PublicKey.create(keys.publicKey);
  if (!certificate.publicKey.equal(publicKey)) throw new Error('the key is of another certificate');
  return { certificate, keys };
}

/**
 * Issues a certificate for a server, with its key.
 *
 * @param names - host names and IP addresses, the first of them its common name
 * @param keys - what the certificate is for; without them, new ones
 */
export function issueServer(
  authority: Authority,
  names: readonly [string, ...string[]],
  validity: Validity,
  keys?: KeyPair,
): Promise<PemPair> {
  const commonName = names[0].length > MOST_COMMON_NAME ? 'gatherd' : names[0];
  const purpose = { kind: 'server', names } as const;
  return issue(authority, { commonName, purpose, validity }, { keys });
}

/**
 * Issues a certificate for a client, with its key.
 *
 * @param passphrase - what the key is encrypted with
 */
export function issueClient(
  authority: Authority,
  username: string,
  validity: Validity,
  passphrase?: string,
): Promise<PemPair> {
  const purpose = { kind: 'client' } as const;
  return issue(authority, { commonName: username, purpose, validity }, { passphrase });
}

/** A certificate as PEM, with a line end. */
export function certificatePem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

interface Issue {
  readonly commonName: string;
  readonly purpose: Purpose;
  readonly validity: Validity;
}

interface IssueKeys {
  readonly keys?: KeyPair | undefined;
  readonly passphrase?: string | undefined;
}

async function issue(
  authority: Authority,
  { validity, ...wanted }: Issue,
  { keys, passphrase }: IssueKeys,
): Promise<PemPair> {
  const { publicKey, privateKey } = keys ?? (await makeKeyPair());
  const within = { from: validity.from, until: earlier(validity.until, authority.certificate.notAfter) };
  const certificate = await signCertificate({ ...wanted, publicKey, validity: within }, authority);
  return { certPem: certificatePem(certificate), keyPem: privateKeyPem(privateKey, passphrase) };
}

// Nobody trusts a certificate that outlives its authority.
function earlier(one: Date, other: Date): Date {
  return one < other ? one : other;
}
