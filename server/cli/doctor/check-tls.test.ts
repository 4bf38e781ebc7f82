import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSettings } from '../../config/load-settings.js';
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
  expect(all).toContain('ok TLS: of both sides: http');
  expect(all).toContain(`ok CRL: ${files.crl} revokes 0`);
  expect(await checkTls(loadSettings({}, {}).settings, new Date())).toEqual([]);
});

test('times are told: over, soon over, not yet', async () => {
  const put = async (times: { from?: Date; until?: Date }) => {
    await ca.writeTo(folder, await ca.serverPair(times));
    return await found();
  };
  expect(await put(TIMES.over())).toMatch(/problem certificate: .*was good until/);
  expect(await put(TIMES.notYet())).toMatch(/problem certificate: .*is good from/);
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
  expect(await found()).toContain('is not the one of the certificate');
  const locked = await ca.serverPair({ passphrase: 'right' });
  await ca.writeTo(folder, locked);
  expect(await found()).toContain('is encrypted: GATHERD_TLS_KEY_PASSPHRASE opens it');
  expect(await found({ GATHERD_TLS_KEY_PASSPHRASE: 'wrong' })).toContain('does not open');
  expect(await found({ GATHERD_TLS_KEY_PASSPHRASE: 'right' })).toContain('ok TLS key');
  await writeFile(files.serverKey, 'none');
  expect(await found()).toContain('has no private key in PEM');
  if (process.platform !== 'win32') await chmod(files.serverKey, 0o644);
  if (process.platform !== 'win32') expect(await found()).toContain('problem TLS key: other users may read');
  await rm(files.serverKey);
  expect(await found()).toContain('cannot be read: ENOENT');
});

test('chains are told that do not fit, and certificates that need a pin', async () => {
  await ca.writeTo(folder, await ca.serverPair({ isSelfSigned: true }));
  expect(await found()).toContain('it is self-signed');
  const server = await ca.serverPair();
  await ca.writeTo(folder, server);
  expect(await found()).toContain('has no chain');
  const stranger = await makeTestAuthority('Stranger');
  await ca.writeTo(folder, { ...server, certPem: `${server.certPem}${stranger.caPem}` });
  expect(await found()).toContain('certificate 2 has not issued the one before it');
  await writeFile(files.serverCert, ca.caPem);
  expect(await found()).toContain('it is self-signed');
  await writeFile(files.serverCert, 'none');
  expect(await found()).toContain('has no certificate in PEM');
});

test('lists of the revoked are told that are another’s, overdue, damaged or missing', async () => {
  const withClients = () => found({ GATHERD_TLS_CLIENT_CA: files.ca });
  const { serialNumber } = await ca.clientPair('dale');
  await writeFile(files.crl, await ca.crl([serialNumber]));
  expect(await withClients()).toContain('revokes 1');
  await writeFile(files.crl, await (await makeTestAuthority()).crl());
  expect(await withClients()).toContain('problem CRL: nobody of the client CA has signed');
  await writeFile(files.crl, await ca.crl([], new Date(Date.now() - 1000)));
  expect(await withClients()).toContain('warning CRL: a newer one');
  await writeFile(files.crl, 'none');
  expect(await withClients()).toContain('has no list in PEM');
  await rm(files.crl);
  expect(await withClients()).toContain('warning CRL: there is none');
});

test('the key of the authority beside the server is told', async () => {
  await writeFile(join(folder, 'ca.key'), 'a key');
  expect(await found()).toContain('warning authority');
});
