import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { initAuthority, issueToClient, renewServer, revokeClient } from './authority-actions.js';
import { authorityFilesIn, issuedIn, loadAuthority, loadRevocations } from './authority-directory.js';
import { revokedWarnings } from './show-certificates.js';
import { serverNameOf } from './server-names.js';
import { withDirectoryLocked, writeWhole } from './whole-files.js';

const NOW = new Date();
const DAY_MS = 24 * 60 * 60 * 1000;

let stack = new AsyncDisposableStack();
let folder = '';

beforeEach(async () => {
  folder = stack.use(await temporaryDirectory()).path;
});
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

const files = () => authorityFilesIn(join(folder, 'tls'));
const init = () => initAuthority(files(), ['localhost', '127.0.0.1'], 397, NOW);
const issue = (name: string, isReplacing = false) =>
  issueToClient(files(), { name, days: 397, folder: join(folder, 'out'), isReplacing }, NOW);
const revocations = async () => await loadRevocations(files(), await loadAuthority(files()));

test('an authority is made with files that are their owner’s only', async () => {
  const { server } = await init();
  await issue('dale');
  expect(server.names).toEqual(['localhost', '127.0.0.1']);
  expect(server.expiresAt.getTime()).toBeLessThanOrEqual(NOW.getTime() + 397 * DAY_MS);
  expect((await readdir(files().directory)).sort()).toEqual(
    ['ca.crl', 'ca.crt', 'ca.key', 'issued', 'server.crt', 'server.key'].sort(),
  );
  if (process.platform === 'win32') return;
  const { directory, caCert, caKey, crl, serverCert, serverKey, issued } = files();
  for (const path of [caCert, caKey, crl, serverCert, serverKey, join(folder, 'out', 'dale.key')])
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  for (const path of [directory, issued]) expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test('nothing is overwritten: neither by another init, nor by another issue', async () => {
  await init();
  const all = async () =>
    await Promise.all([files().caKey, files().crl, files().serverKey].map((path) => readFile(path)));
  const before = await all();
  await expect(init()).rejects.toThrow('has an authority already: gatherd cert renew');
  expect(await all()).toEqual(before);
  await issue('dale');
  const key = await readFile(join(folder, 'out', 'dale.key'), 'utf8');
  await expect(issue('dale')).rejects.toThrow('is there already');
  expect(await readFile(join(folder, 'out', 'dale.key'), 'utf8')).toBe(key);
  await issue('dale', true);
  expect(await readFile(join(folder, 'out', 'dale.key'), 'utf8')).not.toBe(key);
  expect((await issuedIn(files())).issued).toHaveLength(2);
});

test('a key without its authority is no place for another one', async () => {
  await mkdir(files().directory);
  await writeFile(files().caKey, 'precious');
  await expect(init()).rejects.toThrow('nothing is overwritten');
  expect(await readFile(files().caKey, 'utf8')).toBe('precious');
});

test('a renewed certificate has the same names and the same key, or others that are asked for', async () => {
  await init();
  const key = await readFile(files().serverKey, 'utf8');
  const first = new X509Certificate(await readFile(files().serverCert));
  const renewed = await renewServer(files(), { names: undefined, days: 30 }, NOW);
  const second = new X509Certificate(await readFile(files().serverCert));
  expect(renewed.names).toEqual(['localhost', '127.0.0.1']);
  expect(second.fingerprint256).toBe(renewed.fingerprint);
  expect(second.fingerprint256).not.toBe(first.fingerprint256);
  expect(second.publicKey.equals(first.publicKey)).toBe(true);
  expect(await readFile(files().serverKey, 'utf8')).toBe(key);
  const other = await renewServer(files(), { names: ['gather.example', '::1'], days: 30 }, NOW);
  expect(other.names).toEqual(['gather.example', '::1']);
});

test('who is revoked is so by name or serial number, whatever its case, and the list’s number grows', async () => {
  await init();
  expect(await revocations()).toEqual({ number: 1n, revoked: [] });
  const [one, two, other] = [await issue('Dale'), await issue('Dale', true), await issue('Zoë')];
  const bySerial = one.serialNumber.toUpperCase().replace(/(..)(?=.)/g, '$1:');
  expect((await revokeClient(files(), bySerial, NOW)).now).toMatchObject([
    { serialNumber: one.serialNumber },
  ]);
  expect((await revocations()).number).toBe(2n);
  const byName = await revokeClient(files(), 'dale', NOW);
  expect(byName).toMatchObject({ now: [{ serialNumber: two.serialNumber }], before: [{ name: 'Dale' }] });
  const list = await revocations();
  expect(list.number).toBe(3n);
  expect(list.revoked.map(({ serialNumber }) => serialNumber)).toEqual([one.serialNumber, two.serialNumber]);
  expect(await revokeClient(files(), 'dale', NOW)).toMatchObject({ now: [], before: [{}, {}] });
  expect((await revocations()).number).toBe(3n);
  await expect(revokeClient(files(), 'nobody', NOW)).rejects.toThrow('is of nobody');
  expect((await revokeClient(files(), 'ZOË', NOW)).now).toMatchObject([{ serialNumber: other.serialNumber }]);
});

test('what has no copy is revoked by any serial number, in all its forms', async () => {
  await init();
  const { serialNumber } = await issue('dale');
  await rm(files().issued, { recursive: true });
  await expect(revokeClient(files(), 'dale', NOW)).rejects.toThrow('is of dale');
  const one = await revokeClient(files(), serialNumber, NOW);
  expect(one).toEqual({ now: [{ serialNumber, name: undefined }], before: [], unread: [] });
  expect((await revokeClient(files(), serialNumber.toUpperCase(), NOW)).before).toHaveLength(1);
  // A first bit that is set, zeros in front.
  for (const text of ['F0:0d', '00:f0:0d', '000000000000f00d']) await revokeClient(files(), text, NOW);
  expect((await revocations()).revoked.map((entry) => entry.serialNumber)).toEqual([serialNumber, 'f00d']);
  for (const text of ['abe', 'f00d', 'no-serial', `${'ab'.repeat(20)}cd`])
    await expect(revokeClient(files(), text, NOW)).rejects.toThrow(`is of ${text}`);
});

test('copies that cannot be read are not passed over where a name is revoked', async () => {
  await init();
  const [whole, damaged] = [await issue('dale'), await issue('dale', true)];
  const path = join(files().issued, `${damaged.serialNumber}.crt`);
  await writeFile(path, '');
  const some = await revokeClient(files(), 'dale', NOW);
  expect(some).toMatchObject({ now: [{ serialNumber: whole.serialNumber }], unread: [path] });
  expect(revokedWarnings(some, ' --data-dir /x')).toEqual([
    expect.stringContaining(`gatherd cert revoke ${damaged.serialNumber} --data-dir /x`),
  ]);
  expect(await revokeClient(files(), 'leo', NOW)).toEqual({ now: [], before: [], unread: [path] });
  const rest = await revokeClient(files(), damaged.serialNumber, NOW);
  expect(rest).toMatchObject({ now: [{ serialNumber: damaged.serialNumber }], unread: [] });
  expect(revokedWarnings(rest, '')).toEqual([expect.stringContaining('nothing is known here')]);
  expect(await revokeClient(files(), 'dale', NOW)).toMatchObject({ now: [], unread: [] });
});

test('a list that is gone or damaged is not made anew, since what it had revoked would be good again', async () => {
  await init();
  await issue('dale');
  await writeFile(files().crl, 'no list');
  await expect(revokeClient(files(), 'dale', NOW)).rejects.toMatchObject({ code: 'key.unusable' });
  expect(await readFile(files().crl, 'utf8')).toBe('no list');
});

test('many that issue and revoke at once lose nothing', async () => {
  await init();
  const names = Array.from({ length: 8 }, (_, index) => `user${String(index)}`);
  await Promise.all(names.map((name) => issue(name)));
  expect((await issuedIn(files())).issued).toHaveLength(8);
  await Promise.all(names.map((name) => revokeClient(files(), name, NOW)));
  const { number, revoked } = await revocations();
  expect(number).toBe(9n);
  expect(revoked).toHaveLength(8);
});

test('a file that cannot be written leaves those that were there, and no drafts', async () => {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  await writeWhole([{ path: first, text: 'old' }]);
  await mkdir(`${second}.new`);
  await expect(
    writeWhole([
      { path: first, text: 'new' },
      { path: second, text: 'new' },
    ]),
  ).rejects.toThrow();
  expect(await readFile(first, 'utf8')).toBe('old');
  expect(await readdir(folder)).not.toContain('first.new');
});

test('what a killed command has left is not in the way', async () => {
  await writeFile(join(folder, 'file.new'), 'a draft');
  await writeWhole([{ path: join(folder, 'file'), text: 'whole' }]);
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('whole');
  expect((await readdir(folder)).filter((name) => name.endsWith('.new'))).toEqual([]);
});

test('who waits for a directory for long is told', async () => {
  await withDirectoryLocked(folder, async () => {
    await expect(withDirectoryLocked(folder, () => Promise.resolve(), 50)).rejects.toThrow('try again');
  });
});

test('names of servers are as certificates have them', () => {
  const names = ['Example.ORG', 'ä.example', '*.example.org', '127.0.0.1', '[::1]', '0:0::1', 'box_1'];
  expect(names.map(serverNameOf)).toEqual([
    ...['example.org', 'xn--4ca.example', '*.example.org', '127.0.0.1', '::1', '::1', 'box_1'],
  ]);
  for (const wrong of [
    '',
    'a b',
    '1.2.3',
    'fe80::1%eth0',
    'https://x',
    'a..b',
    '-a',
    `${'a'.repeat(64)}.org`,
  ])
    expect(serverNameOf(wrong)).toBeUndefined();
});
