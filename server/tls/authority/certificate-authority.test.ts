import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type ConnectionOptions, type TlsOptions, type TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { makeTestAuthority, TIMES } from '../../tests/support/test-authority.js';
import { issueClient, issueServer, makeAuthority, openAuthority } from './certificate-authority.js';
import { keyPairOf } from './key-pair.js';
import { makeRevocationList, readRevocationList } from './revocation-list.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = new Date();
const YEAR = { from: NOW, until: new Date(NOW.getTime() + 365 * DAY_MS) };

describe('a server certificate', () => {
  test('is taken for each of its names and for no other', async () => {
    const ca = await makeAuthority('A CA', YEAR);
    const authority = await openAuthority(ca);
    const { certPem: cert, keyPem: key } = await issueServer(
      authority,
      ['example.org', '::1', '10.0.0.1'],
      YEAR,
    );
    const outcome = (servername: string) => handshake({ cert, key }, { ca: ca.certPem, host: servername });
    expect(await outcome('example.org')).toBe('');
    expect(await outcome('10.0.0.1')).toBe('');
    expect(await outcome('::1')).toBe('');
    expect(await outcome('other.example.org')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await outcome('10.0.0.2')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('is refused by who trusts another authority of the same name', async () => {
    const [ca, other] = await Promise.all([makeAuthority('A CA', YEAR), makeAuthority('A CA', YEAR)]);
    const { certPem: cert, keyPem: key } = await issueServer(await openAuthority(ca), ['localhost'], YEAR);
    expect(await handshake({ cert, key }, { ca: other.certPem })).not.toBe('');
  });

  test('never outlives its authority', async () => {
    const ca = await makeAuthority('A CA', { from: NOW, until: new Date(NOW.getTime() + DAY_MS) });
    const { certPem } = await issueServer(await openAuthority(ca), ['localhost'], YEAR);
    expect(new X509Certificate(certPem).validTo).toBe(new X509Certificate(ca.certPem).validTo);
  });

  test('has times without milliseconds, serial numbers of one length, and no authority of its own', async () => {
    const authority = await openAuthority(await makeAuthority('A CA', YEAR));
    const made = await Promise.all(
      Array.from({ length: 20 }, () => issueServer(authority, ['localhost'], YEAR)),
    );
    const certificates = made.map(({ certPem }) => new X509Certificate(certPem));
    expect(new Set(certificates.map(({ serialNumber }) => serialNumber)).size).toBe(20);
    expect(new Set(certificates.map(({ serialNumber }) => serialNumber.length))).toEqual(new Set([32]));
    expect(certificates.every(({ ca }) => !ca)).toBe(true);
    expect(new Date(certificates[0]?.validFrom ?? 0).getTime()).toBe(Math.floor(NOW.getTime() / 1000) * 1000);
  });
});

describe('a client certificate', () => {
  test('is taken by a server, and its name may be of any script', async () => {
    const ca = await makeAuthority('A CA', YEAR);
    const authority = await openAuthority(ca);
    const server = await issueServer(authority, ['localhost'], YEAR);
    for (const name of ['dale', 'Zoë+1@x', 'Δημήτρης']) {
      const client = await issueClient(authority, name, YEAR);
      const peer = await peerSeen(server, ca.certPem, { cert: client.certPem, key: client.keyPem });
      expect(peer).toEqual({ name, authorized: true });
    }
  });

  test('is not taken where it is for servers', async () => {
    const ca = await makeTestAuthority();
    const wrong = await ca.clientPair('dale', { purpose: 'server' });
    const peer = await peerSeen(await ca.serverPair(), ca.caPem, { cert: wrong.certPem, key: wrong.keyPem });
    expect(peer).toEqual({ name: 'dale', authorized: false });
  });

  test('has a key that only its passphrase opens, where it has one', async () => {
    const authority = await openAuthority(await makeAuthority('A CA', YEAR));
    const { keyPem } = await issueClient(authority, 'dale', YEAR, 'a passphrase');
    expect(keyPem).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    await expect(keyPairOf(keyPem)).rejects.toThrow();
    await expect(keyPairOf(keyPem, 'another')).rejects.toThrow();
    await expect(keyPairOf(keyPem, 'a passphrase')).resolves.toBeDefined();
  });
});

describe('an authority', () => {
  test('is not opened with the key of another', async () => {
    const [one, other] = await Promise.all([makeAuthority('One', YEAR), makeAuthority('Other', YEAR)]);
    await expect(openAuthority({ certPem: one.certPem, keyPem: other.keyPem })).rejects.toThrow(
      'of another certificate',
    );
  });

  test('makes lists of what is revoked that only itself has signed, with numbers that grow past a byte', async () => {
    const authority = await openAuthority(await makeAuthority('A CA', YEAR));
    const other = await openAuthority(await makeAuthority('A CA', YEAR));
    for (const number of [0n, 1n, 127n, 128n, 255n, 256n, 65_536n, 2n ** 63n]) {
      const pem = await makeRevocationList(
        authority,
        { number, revoked: [] },
        { now: NOW, until: YEAR.until },
      );
      expect(await readRevocationList(authority, pem)).toEqual({ number, revoked: [] });
    }
    const { certPem } = await issueClient(authority, 'dale', YEAR);
    const serialNumber = new X509Certificate(certPem).serialNumber.toLowerCase();
    const revoked = [{ serialNumber, revokedAt: new Date('2026-11-21T10:00:00Z') }];
    const pem = await makeRevocationList(authority, { number: 2n, revoked }, { now: NOW, until: YEAR.until });
    expect(pem).toMatch(/^-----BEGIN X509 CRL-----\n/);
    expect(await readRevocationList(authority, pem)).toEqual({ number: 2n, revoked });
    await expect(readRevocationList(other, pem)).rejects.toThrow('signature');
  });
});

describe('the authority of tests', () => {
  test('makes certificates that are refused for what is wrong with them', async () => {
    const ca = await makeTestAuthority();
    const outcome = async (pair: { certPem: string; keyPem: string }, passphrase?: string) =>
      await handshake(
        { cert: pair.certPem, key: pair.keyPem, ...(passphrase === undefined ? {} : { passphrase }) },
        { ca: ca.caPem },
      );
    expect(await outcome(await ca.serverPair())).toBe('');
    expect(await outcome(await ca.serverPair({ passphrase: 'secret' }), 'secret')).toBe('');
    expect(await outcome(await ca.serverPair(TIMES.over()))).toBe('CERT_HAS_EXPIRED');
    expect(await outcome(await ca.serverPair(TIMES.notYet()))).toBe('CERT_NOT_YET_VALID');
    expect(await outcome(await ca.serverPair({ isSelfSigned: true }))).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(await outcome(await ca.serverPair({ names: ['a.example'] }))).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    const below = await ca.below();
    const pair = await below.serverPair();
    expect(await outcome(pair)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await outcome({ ...pair, certPem: `${pair.certPem}${below.caPem}` })).toBe('');
    const stranger = await (await makeTestAuthority('Another CA')).serverPair();
    expect(await outcome(stranger)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });
});

/** The code of what a client says of a server; empty: nothing. */
async function handshake(server: TlsOptions, client: ConnectionOptions): Promise<string> {
  const listening = createServer(server, (socket) => socket.on('error', () => undefined).end());
  listening.on('tlsClientError', () => undefined);
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { host = 'localhost', ...options } = client;
  const { port } = listening.address() as AddressInfo;
  const socket = connect({ ...options, host: '127.0.0.1', port, ...nameOf(host) });
  try {
    await once(socket, 'secureConnect');
    return '';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
    listening.close();
  }
}

// An address is not sent as a name, but is checked as one.
function nameOf(host: string): ConnectionOptions {
  if (/^[a-z.]+$/.test(host)) return { servername: host };
  return { servername: '', checkServerIdentity: (_, certificate) => checkAddress(host, certificate.raw) };
}

function checkAddress(address: string, raw: Buffer): Error | undefined {
  if (new X509Certificate(raw).checkIP(address) !== undefined) return undefined;
  return Object.assign(new Error('another address'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}

/** Who a server takes its client for. */
async function peerSeen(
  { certPem, keyPem }: { certPem: string; keyPem: string },
  ca: string,
  client: ConnectionOptions,
) {
  const listening = createServer({
    cert: certPem,
    key: keyPem,
    ca,
    requestCert: true,
    rejectUnauthorized: false,
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const seen = once(listening, 'secureConnection') as Promise<[TLSSocket]>;
  const socket = connect({ ...client, ca, port, host: '127.0.0.1', servername: 'localhost' });
  socket.on('error', () => undefined);
  const [peer] = await seen;
  const name: unknown = peer.getPeerX509Certificate()?.toLegacyObject().subject.CN;
  const { authorized } = peer;
  peer.on('error', () => undefined).destroy();
  socket.destroy();
  listening.close();
  return { name, authorized };
}
