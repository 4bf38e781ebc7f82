import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeTestAuthority, type TestAuthority, type TestPair } from '../tests/support/test-authority.js';
import { gone, TlsIdentityRig } from '../tests/support/tls-identity-rig.js';
import { until } from '../tests/support/until.js';
import { makeKeyPair, privateKeyPem, SIGNING, type KeyPair } from './authority/key-pair.js';
import { signCertificate } from './authority/sign-certificate.js';
import { loadX509 } from './x509.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const REFUSED = 'The client certificate is refused';
const REVOKED = `${REFUSED}: it was revoked\n`;
const NO_LIST = 'There is no list of what these authorities have revoked: all their certificates are taken.';

let rig: TlsIdentityRig;

beforeEach(async () => {
  rig = await TlsIdentityRig.open();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const shown = ({ certPem, keyPem }: TestPair) => ({ cert: certPem, key: keyPem });
const serialOf = ({ caPem }: TestAuthority) => new X509Certificate(caPem).serialNumber;

async function enter(port: number, cert: string, key: string): Promise<TLSSocket> {
  const socket = rig.connect(port, { cert, key });
  expect(String((await once(socket, 'data'))[0])).toContain('welcome');
  return socket;
}

/** Sees that somebody is still served. @param index - of the door's side of it */
async function stillServes(client: TLSSocket, index: number): Promise<void> {
  rig.secured[index]?.socket.write('still here');
  expect(String((await once(client, 'data'))[0])).toBe('still here');
}

/** What looks like an authority, with its name and key, and was signed by nobody: it is over, so that OpenSSL leaves it aside. */
async function forged({ caPem }: TestAuthority): Promise<string> {
  const { X509Certificate: Parsed } = await loadX509();
  const wanted = {
    commonName: 'Test CA below',
    publicKey: (await new Parsed(caPem).publicKey.export()) as KeyPair['publicKey'],
    validity: { from: new Date(Date.now() - 2 * DAY_MS), until: new Date(Date.now() - DAY_MS) },
    purpose: { kind: 'authority', depth: 0 } as const,
  };
  return (await signCertificate(wanted, { keys: await makeKeyPair() })).toString('pem');
}

test('who comes by an authority that is revoked is refused, whatever is sent beside the certificate', async () => {
  const below = await rig.authority.below();
  const { certPem: leaf, keyPem: key } = await below.clientPair('dale');
  const [root, between, fake] = [rig.authority.caPem, below.caPem, await forged(below)];
  const sent: readonly (readonly [trusted: string[], ...sent: string[]])[] = [
    [[root], leaf, between],
    [[root], leaf, leaf, between],
    [[root], leaf, root, between],
    [[root], leaf, fake, between],
    [[root, between], leaf],
    [[root, between], leaf, fake],
    [[between, root], leaf, leaf, between, root],
  ];
  for (const [trusted, ...certs] of sent) {
    await writeFile(rig.files.ca, trusted.join('\n'));
    await writeFile(rig.files.crl, await rig.authority.crl());
    await rig.read();
    const port = await rig.listen('mutual');
    // With the forged one first, no way leads to who is trusted, unless it is known already.
    const isLost = certs[1] === fake && trusted.length === 1;
    const cert = certs.join('\n');
    expect(await rig.hear(port, { cert, key })).toMatch(isLost ? REFUSED : 'welcome dale');
    await writeFile(rig.files.crl, await rig.authority.crl([serialOf(below)]));
    await rig.identity.reload();
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
      expect(await rig.hear(port, { cert, key, maxVersion })).toMatch(isLost ? REFUSED : REVOKED);
  }
});

test('who has come by an authority that is revoked later is cut off, and nobody else', async () => {
  const port = await rig.listen('mutual');
  const below = await rig.authority.below();
  const [dale, leo] = [await below.clientPair('dale'), await rig.authority.clientPair('leo')];
  const good = await enter(port, leo.certPem, leo.keyPem);
  const bad = await enter(port, `${dale.certPem}\n${below.caPem}`, dale.keyPem);
  await writeFile(rig.files.crl, await rig.authority.crl([serialOf(below)]));
  const closed = gone(bad);
  await rig.identity.reload();
  const [, seen] = rig.secured;
  // What is under way on it is held against what is revoked now.
  if (seen !== undefined)
    expect(rig.identity.checkPeer(seen.socket)).toMatchObject({
      refusal: { details: { reason: 'it was revoked' } },
    });
  await closed;
  await stillServes(good, 0);
});

test('who is revoked is cut off also where the files of the server are not in order', async () => {
  const port = await rig.listen('mutual');
  const leo = await rig.authority.clientPair('leo');
  const open = await enter(port, leo.certPem, leo.keyPem);
  await writeFile(rig.files.serverKey, (await rig.authority.serverPair()).keyPem);
  await writeFile(rig.files.crl, await rig.authority.crl([leo.serialNumber]));
  const closed = gone(open);
  expect(await rig.identity.reload()).toBe('renewed');
  expect(rig.log.map(({ err }) => (err as Error | undefined)?.message)).toContain(
    `GATHERD_TLS_KEY: ${rig.files.serverKey} is not the key of the certificate ${rig.files.serverCert}`,
  );
  await closed;
  expect(await rig.hear(port, shown(leo))).toBe(REVOKED);
});

test('who is revoked is cut off also when the certificate of the server has expired meanwhile', async () => {
  let now = Date.now();
  await rig.read(undefined, { now: () => now });
  const port = await rig.listen('mutual');
  const leo = await rig.authority.clientPair('leo', { until: new Date(now + 1000 * DAY_MS) });
  const open = await enter(port, leo.certPem, leo.keyPem);
  now += 500 * DAY_MS;
  expect(rig.identity.expiresAt.getTime()).toBeLessThan(now);
  await writeFile(rig.files.crl, await rig.authority.crl([leo.serialNumber]));
  const closed = gone(open);
  expect(await rig.identity.reload()).toBe('renewed');
  await closed;
});

test('a certificate that expires while its connection is open is cut off', async () => {
  let now = Date.now();
  await rig.read(10, { now: () => now });
  const port = await rig.listen('mutual');
  const [dale, leo] = [
    await rig.authority.clientPair('dale'),
    await rig.authority.clientPair('leo', { until: new Date(now + 10 * DAY_MS) }),
  ];
  const good = await enter(port, dale.certPem, dale.keyPem);
  const bad = await enter(port, leo.certPem, leo.keyPem);
  now += 11 * DAY_MS;
  await gone(bad);
  await stillServes(good, 0);
});

test('who was issued by an authority that is no longer trusted is cut off, and nobody else', async () => {
  const other = await makeTestAuthority('Other CA');
  await writeFile(rig.files.ca, `${rig.authority.caPem}\n${other.caPem}`);
  await rig.read();
  const port = await rig.listen('mutual');
  const [dale, leo] = [await rig.authority.clientPair('dale'), await other.clientPair('leo')];
  const good = await enter(port, dale.certPem, dale.keyPem);
  const bad = await enter(port, leo.certPem, leo.keyPem);
  await writeFile(rig.files.ca, rig.authority.caPem);
  const closed = gone(bad);
  expect(await rig.identity.reload()).toBe('renewed');
  await closed;
  await stillServes(good, 0);
  expect(await rig.hear(port, shown(leo))).toBe(`${REFUSED}: nobody trusted here has issued it\n`);
});

test('a list that is older than the one in use is not taken, nor a file that lacks one', async () => {
  const other = await makeTestAuthority('Other CA');
  await writeFile(rig.files.ca, `${rig.authority.caPem}\n${other.caPem}`);
  await rig.read();
  const port = await rig.listen('mutual');
  const leo = await other.clientPair('leo');
  const [first, older, newer] = [
    await rig.authority.crl(),
    await other.crl(),
    await other.crl([leo.serialNumber]),
  ];
  await writeFile(rig.files.crl, first + newer);
  await rig.identity.reload();
  for (const text of [first + older, first]) {
    await writeFile(rig.files.crl, text);
    await expect(rig.identity.reload()).rejects.toThrow(
      `GATHERD_TLS_CLIENT_CRL: ${rig.files.crl} has an older list of CN=Other CA than the one in use, or none`,
    );
    expect(await rig.hear(port, shown(leo))).toBe(REVOKED);
  }
  await writeFile(rig.files.crl, first + older + newer);
  await rig.identity.reload();
  expect(await rig.hear(port, shown(leo))).toBe(REVOKED);
});

test('an authority without a list is warned of at the start and at each reload, where clients are asked', async () => {
  const other = await makeTestAuthority('Other CA');
  await writeFile(rig.files.ca, `${rig.authority.caPem}\n${other.caPem}`);
  await rig.read();
  await rig.listen('server');
  await rig.identity.reload();
  expect(rig.logged(NO_LIST)).toBe(0);
  await rig.listen('mutual');
  await rig.listen('mutual');
  expect(rig.logged(NO_LIST)).toBe(1);
  expect(rig.log.find(({ msg }) => msg === NO_LIST)).toMatchObject({
    level: 40,
    authorities: ['CN=Other CA'],
  });
  await rig.identity.reload();
  expect(rig.logged(NO_LIST)).toBe(2);
  await writeFile(rig.files.crl, (await rig.authority.crl()) + (await other.crl()));
  await rig.identity.reload();
  expect(rig.logged(NO_LIST)).toBe(2);
});

test('the certificate of an authority is no client’s, whatever else it is for', async () => {
  const { X509CertificateGenerator, BasicConstraintsExtension, KeyUsagesExtension, KeyUsageFlags } =
    await loadX509();
  const keys = await makeKeyPair();
  const made = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=dale',
    keys,
    signingAlgorithm: SIGNING,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
    ],
  });
  const cert = made.toString('pem');
  await writeFile(rig.files.ca, `${rig.authority.caPem}\n${cert}`);
  await rig.read();
  const port = await rig.listen('mutual');
  expect(await rig.hear(port, { cert, key: privateKeyPem(keys.privateKey) })).toBe(
    `${REFUSED}: it is an authority's\n`,
  );
  await until('it is in the log', () => rig.log.some(({ reason }) => reason === "it is an authority's"));
});
