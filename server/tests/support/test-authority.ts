import { X509Certificate } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  certificatePem,
  openAuthority,
  type Authority,
  type PemPair,
} from '../../tls/authority/certificate-authority.js';
import { makeKeyPair, privateKeyPem } from '../../tls/authority/key-pair.js';
import { makeRevocationList } from '../../tls/authority/revocation-list.js';
import { signCertificate, type Purpose, type Validity } from '../../tls/authority/sign-certificate.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** A certificate as a test wants it; what is not said is as it should be. */
export interface PairWanted {
  readonly from?: Date;
  readonly until?: Date;
  /** What the key is encrypted with. */
  readonly passphrase?: string;
  readonly isSelfSigned?: boolean;
}

/** A pair with what tests want to know of it. */
export interface TestPair extends PemPair {
  /** Hexadecimal, lower case. */
  readonly serialNumber: string;
  /** SHA-256, hexadecimal with colons, upper case. */
  readonly fingerprint: string;
}

/** Where {@link TestAuthority.writeTo} has put everything. */
export interface WrittenAuthority {
  readonly ca: string;
  readonly crl: string;
  readonly serverCert: string;
  readonly serverKey: string;
}

const AN_HOUR_MS = 60 * 60 * 1000;

/** Times of a certificate: one that is over, one that is not yet good. */
export const TIMES = {
  over: () => ({ from: new Date(Date.now() - 2 * DAY_MS), until: new Date(Date.now() - DAY_MS) }),
  notYet: () => ({ from: new Date(Date.now() + DAY_MS), until: new Date(Date.now() + 2 * DAY_MS) }),
} as const;

/**
 * Makes certificates for tests, right ones and wrong ones. Two of them trust nothing of each other.
 *
 * A server's certificate is good from an hour ago on; a client's from now on, since it has to be younger than its account: make
 * the account first, or say `from`.
 */
export class TestAuthority {
  readonly caPem: string;
  readonly #authority: Authority;
  #crlNumber = 0n;

  constructor(authority: Authority) {
    this.#authority = authority;
    this.caPem = certificatePem(authority.certificate);
  }

  /** A server's certificate; its names are localhost, 127.0.0.1 and ::1 unless others are wanted. */
  serverPair({
    names = ['localhost', '127.0.0.1', '::1'],
    ...wanted
  }: PairWanted & { readonly names?: readonly string[] } = {}): Promise<TestPair> {
    return this.#issue(names[0] ?? 'localhost', { kind: 'server', names }, wanted);
  }

  /** A client's certificate; with the purpose `server`, one that is not for clients. */
  clientPair(
    name: string,
    { purpose = 'client', ...wanted }: PairWanted & { readonly purpose?: 'client' | 'server' } = {},
  ): Promise<TestPair> {
    const kind: Purpose =
      purpose === 'client' ? { kind: 'client' } : { kind: 'server', names: ['localhost'] };
    return this.#issue(name, kind, { from: new Date(), ...wanted });
  }

  /** An authority below this one: whoever trusts this one needs its certificate in the chain. */
  async below(name = 'Test CA below'): Promise<TestAuthority> {
    const keys = await makeKeyPair();
    const purpose = { kind: 'authority', depth: 0 } as const;
    const wanted = { commonName: name, publicKey: keys.publicKey, validity: validityOf({}), purpose };
    return new TestAuthority({ certificate: await signCertificate(wanted, this.#authority), keys });
  }

  /** A list that revokes certificates by their serial numbers, each with a higher number than the one before. */
  crl(serialNumbers: readonly string[] = [], until = new Date(Date.now() + 365 * DAY_MS)): Promise<string> {
    this.#crlNumber += 1n;
    const now = new Date();
    const revoked = serialNumbers.map((serialNumber) => ({ serialNumber, revokedAt: now }));
    return makeRevocationList(this.#authority, { number: this.#crlNumber, revoked }, { now, until });
  }

  /** Writes the authority, an empty list and a server's certificate into a folder, which is made. */
  async writeTo(folder: string, server?: PemPair): Promise<WrittenAuthority> {
    await mkdir(folder, { recursive: true });
    const { certPem, keyPem } = server ?? (await this.serverPair());
    const file = (name: string) => join(folder, name);
    const written = {
      ca: file('ca.crt'),
      crl: file('ca.crl'),
      serverCert: file('server.crt'),
      serverKey: file('server.key'),
    };
    await Promise.all([
      writeFile(written.ca, this.caPem, { mode: 0o600 }),
      writeFile(written.crl, await this.crl(), { mode: 0o600 }),
      writeFile(written.serverCert, certPem, { mode: 0o600 }),
      writeFile(written.serverKey, keyPem, { mode: 0o600 }),
    ]);
    return written;
  }

  async #issue(
    commonName: string,
    purpose: Purpose,
    { passphrase, isSelfSigned = false, ...times }: PairWanted,
  ): Promise<TestPair> {
    const keys = await makeKeyPair();
    const wanted = { commonName, publicKey: keys.publicKey, validity: validityOf(times), purpose };
    const certificate = await signCertificate(wanted, isSelfSigned ? { keys } : this.#authority);
    const certPem = certificatePem(certificate);
    return {
      certPem,
      keyPem: privateKeyPem(keys.privateKey, passphrase),
      serialNumber: certificate.serialNumber,
      fingerprint: new X509Certificate(certPem).fingerprint256,
    };
  }
}

/** A new authority for tests. */
export async function makeTestAuthority(
  name = 'Test CA',
  times: Partial<Validity> = {},
): Promise<TestAuthority> {
  const keys = await makeKeyPair();
  const validity = validityOf({ until: new Date(Date.now() + 3650 * DAY_MS), ...times });
  const purpose = { kind: 'authority', depth: 1 } as const;
  const certificate = await signCertificate(
    { commonName: name, publicKey: keys.publicKey, validity, purpose },
    { keys },
  );
  const certPem = certificatePem(certificate);
  return new TestAuthority(await openAuthority({ certPem, keyPem: privateKeyPem(keys.privateKey) }));
}

function validityOf({ from, until }: { from?: Date | undefined; until?: Date | undefined }): Validity {
  return {
    from: from ?? new Date(Date.now() - AN_HOUR_MS),
    until: until ?? new Date(Date.now() + 365 * DAY_MS),
  };
}
