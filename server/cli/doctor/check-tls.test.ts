import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSettings } from '../../config/load-settings.js';
import { certificatePem, makeAuthority, openAuthority } from '../../tls/authority/certificate-authority.js';
import { makeRevocationList } from '../../tls/authority/revocation-list.js';
import { signCertificate } from '../../tls/authority/sign-certificate.js';
import {
  makeTestAuthority,
  TIMES,
  type TestAuthority,
  type WrittenAuthority,
} from '../../tests/support/test-authority.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { checkTls } from './check-tls.js';

let stack = new AsyncDisposableStack();
let folder = '';
let ca: TestAuthority;
let files: WrittenAuthority;

beforeEach(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  ca = await makeTestAuthority();
  const server = await ca.serverPair();
  files = await ca.writeTo(folder, { ...server, certPem: `${server.certPem}${ca.caPem}` });
});
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

async function found(env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { serverCert, serverKey } = files;
  const given = { GATHERD_TLS_CERT: serverCert, GATHERD_TLS_KEY: serverKey, ...env };
  const findings = await checkTls(loadSettings({}, given).settings, new Date());
  return findings.map(({ level, about, text }) => `${level} ${about}: ${text}`).join('\n');
}

test('files that are in order are said to be', async () => {
  const all = await found({ GATHERD_TLS_CLIENT_CA: files.ca, GATHERD_HTTP_TLS: 'mutual' });
  expect(all).not.toMatch(/^(?:warning|problem)/m);
  expect(all).toContain('ok TLS key');
  expect(all).toContain('ok TLS: http mutual, chat off, credentials off, records off');
  expect(all).toContain(`ok CRL: ${files.crl} is in order`);
  expect(await checkTls(loadSettings({}, {}).settings, new Date())).toEqual([]);
});

test('times are told: over, soon over, not yet', async () => {
  const put = async (times: { from?: Date; until?: Date }) => {
    await ca.writeTo(folder, await ca.serverPair(times));
    return await found();
  };
  expect(await put(TIMES.over())).toMatch(/problem certificate: GATHERD_TLS_CERT: .*expired at/);
  expect(await put(TIMES.notYet())).toMatch(/problem certificate: GATHERD_TLS_CERT: .*is not valid before/);
  expect(await put({ until: new Date(Date.now() + 86_400_000) })).toMatch(
    /warning certificate: .*only: renew it/,
  );
});

test('names are told that clients will not find in the certificate', async () => {
  expect(await found()).toContain('ok certificate: it is for localhost, 127.0.0.1');
  expect(await found({ GATHERD_ALLOWED_HOSTS: 'gather.example' })).toContain(
    'warning certificate: it is not for gather.example',
  );
});

test('keys are told that are another’s, encrypted, open to others or none', async () => {
  const other = await ca.serverPair();
  await writeFile(files.serverKey, other.keyPem);
  expect(await found()).toContain('is not the key of the certificate');
  const locked = await ca.serverPair({ passphrase: 'right' });
  await ca.writeTo(folder, locked);
  expect(await found()).toContain('has a passphrase: give it as GATHERD_TLS_KEY_PASSPHRASE');
  expect(await found({ GATHERD_TLS_KEY_PASSPHRASE: 'wrong' })).toContain(
    'cannot be opened: the passphrase of GATHERD_TLS_KEY_PASSPHRASE',
  );
  expect(await found({ GATHERD_TLS_KEY_PASSPHRASE: 'right' })).toContain('ok TLS key');
  await writeFile(files.serverKey, 'none');
  expect(await found()).toContain('is no private key in PEM');
  if (process.platform !== 'win32') await chmod(files.serverKey, 0o644);
  if (process.platform !== 'win32') expect(await found()).toContain('problem TLS key: other users may read');
  await rm(files.serverKey);
  expect(await found()).toContain('cannot be read (ENOENT)');
});

test('chains are told that do not fit, and certificates that need a pin', async () => {
  await ca.writeTo(folder, await ca.serverPair({ isSelfSigned: true }));
  expect(await found()).toContain('it is self-signed');
  const server = await ca.serverPair();
  await ca.writeTo(folder, server);
  expect(await found()).toContain('no certificate but the server’s own');
  const stranger = await makeTestAuthority('Stranger');
  await ca.writeTo(folder, { ...server, certPem: `${server.certPem}${stranger.caPem}` });
  expect(await found()).toContain('certificate 2 has not issued the one before it');
  await writeFile(files.serverCert, 'none');
  expect(await found()).toContain('is no certificate in PEM');
});

test('a key that is too short for a server is told', async () => {
  const times = { from: new Date(), until: new Date(Date.now() + 60 * 86_400_000) };
  const authority = await openAuthority(await makeAuthority('Short', times));
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const kind = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const wanted = {
    commonName: 'localhost',
    publicKey: await webcrypto.subtle.importKey('spki', spki, kind, true, ['verify']),
    validity: times,
    purpose: { kind: 'server', names: ['localhost', '127.0.0.1'] },
  } as const;
  await writeFile(files.serverCert, certificatePem(await signCertificate(wanted, authority)));
  await writeFile(files.serverKey, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  expect(await found()).toMatch(/problem certificate: GATHERD_TLS_CERT: .* cannot be used for TLS: .*key/);
});

test('a certificate that is not for servers is told', async () => {
  await ca.writeTo(folder, await ca.clientPair('localhost'));
  expect(await found()).toContain('problem certificate: it is not for servers');
});

const withClients = () => found({ GATHERD_TLS_CLIENT_CA: files.ca });

test('authorities of clients are told that lead to no root, or are none', async () => {
  const below = await ca.below();
  await writeFile(files.crl, await below.crl());
  await writeFile(files.ca, below.caPem);
  expect(await withClients()).toMatch(/problem client CA: .*CN=Test CA below: its issuer is missing/);
  await writeFile(files.ca, `${below.caPem}${ca.caPem}`);
  expect(await withClients()).not.toContain('problem');
  await writeFile(files.ca, `${below.caPem}${ca.caPem}${(await ca.serverPair()).certPem}`);
  expect(await withClients()).toContain('is no authority');
  await writeFile(files.ca, 'none');
  expect(await withClients()).toContain('problem client CA: GATHERD_TLS_CLIENT_CA');
});

test('lists of the revoked are told that are another’s, overdue, damaged or missing', async () => {
  await writeFile(files.crl, await (await makeTestAuthority()).crl());
  expect(await withClients()).toMatch(/problem client CA: GATHERD_TLS_CLIENT_CRL: .*is not signed by/);
  await writeFile(files.crl, await ca.crl([], new Date(Date.now() - 1000)));
  expect(await withClients()).toContain('warning CRL: a newer one');
  await writeFile(files.crl, 'none');
  expect(await withClients()).toContain('has no list of revoked certificates in PEM');
  await rm(files.crl);
  expect(await withClients()).toContain('warning CRL: there is none');
});

test('each of several authorities that has no list is told', async () => {
  const [one, other] = [await makeTestAuthority('One'), await makeTestAuthority('Other')];
  await writeFile(files.ca, `${ca.caPem}${one.caPem}${other.caPem}`);
  const all = await withClients();
  for (const name of ['One', 'Other'])
    expect(all).toContain(`warning CRL: ${files.crl} has no list of CN=${name}`);
  expect(all).not.toContain('has no list of CN=Test CA');
  await writeFile(files.crl, `${await ca.crl()}${await one.crl()}${await other.crl()}`);
  expect(await withClients()).toContain('ok CRL');
});

test('a list of the right key and another name is told, as the server takes it for none', async () => {
  const times = { from: new Date(), until: new Date(Date.now() + 60 * 86_400_000) };
  const { certPem, keyPem } = await makeAuthority('Right', times);
  const { keys } = await openAuthority({ certPem, keyPem });
  const wanted = {
    ...{ commonName: 'Wrong', publicKey: keys.publicKey, validity: times },
    purpose: { kind: 'authority', depth: 0 },
  } as const;
  const certificate = await signCertificate(wanted, { keys });
  const empty = { number: 1n, revoked: [] };
  await writeFile(files.ca, certPem);
  await writeFile(
    files.crl,
    await makeRevocationList({ certificate, keys }, empty, { now: times.from, until: times.until }),
  );
  expect(await withClients()).toContain('problem client CA: GATHERD_TLS_CLIENT_CRL');
});

test('the key of the authority beside the server is told', async () => {
  await writeFile(join(folder, 'ca.key'), 'a key');
  expect(await found()).toContain('warning authority');
});
