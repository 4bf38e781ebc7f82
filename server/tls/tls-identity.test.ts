import { once } from 'node:events';
import { mkdir, rm, symlink, rename, writeFile } from 'node:fs/promises';
import { connect as connectPlainly, createServer } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Secret } from '../config/setting-kinds.js';
import { makeTestAuthority, TIMES, type TestPair } from '../tests/support/test-authority.js';
import { gone, TlsIdentityRig } from '../tests/support/tls-identity-rig.js';
import { until } from '../tests/support/until.js';
import { TlsIdentity } from './tls-identity.js';
import type { TlsFileSettings } from './tls-material.js';

const NOT_IN_ORDER = 'The certificate files are not in order: what was read before stays in use.';
const RENEWED = 'The certificate files have changed: new connections get what they say.';

let rig: TlsIdentityRig;

beforeEach(async () => {
  rig = await TlsIdentityRig.open();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const shown = ({ certPem, keyPem }: TestPair) => ({ cert: certPem, key: keyPem });
const fingerprintOf = (socket: TLSSocket) => socket.getPeerX509Certificate()?.fingerprint256;

async function seenAt(port: number): Promise<string | undefined> {
  const socket = rig.connect(port);
  await once(socket, 'secureConnect');
  return fingerprintOf(socket);
}

/** What is said of files at the start: a certificate, a key and others. */
async function problemOf(files: Partial<TlsFileSettings>): Promise<string> {
  const { serverCert: tlsCert, serverKey: tlsKey } = rig.files;
  const settings = { tlsCert, tlsKey, tlsClientCa: undefined, tlsClientCrl: undefined, ...files };
  const refused = await TlsIdentity.open(settings, { logger: pino({ level: 'silent' }) }).then(
    async (identity) => {
      await identity[Symbol.asyncDispose]();
      return new Error('it was taken');
    },
    (error: unknown) => error as Error,
  );
  if (refused.message !== 'it was taken') expect(refused).toMatchObject({ code: 'config.invalid' });
  return refused.message;
}

async function file(name: string, text: string): Promise<string> {
  const path = join(rig.folder, name);
  await writeFile(path, text);
  return path;
}

test('files that are no certificate with its key are named at the start', async () => {
  const nowhere = join(rig.folder, 'nowhere');
  const nonsense = await file('nonsense', 'nonsense');
  const other = await file('other', (await rig.authority.serverPair()).keyPem);
  const { serverCert, ca } = rig.files;
  expect(await problemOf({ tlsCert: nowhere })).toBe(`GATHERD_TLS_CERT: ${nowhere} cannot be read (ENOENT)`);
  expect(await problemOf({ tlsKey: nowhere })).toBe(`GATHERD_TLS_KEY: ${nowhere} cannot be read (ENOENT)`);
  expect(await problemOf({ tlsCert: nonsense })).toBe(
    `GATHERD_TLS_CERT: ${nonsense} is no certificate in PEM`,
  );
  expect(await problemOf({ tlsKey: nonsense })).toBe(`GATHERD_TLS_KEY: ${nonsense} is no private key in PEM`);
  expect(await problemOf({ tlsKey: other })).toBe(
    `GATHERD_TLS_KEY: ${other} is not the key of the certificate ${serverCert}`,
  );
  expect(await problemOf({ tlsClientCa: nonsense })).toBe(
    `GATHERD_TLS_CLIENT_CA: ${nonsense} has no certificate in PEM`,
  );
  expect(await problemOf({ tlsClientCa: ca, tlsClientCrl: nowhere })).toBe(
    `GATHERD_TLS_CLIENT_CRL: ${nowhere} cannot be read (ENOENT)`,
  );
  expect(await problemOf({ tlsClientCa: ca, tlsClientCrl: nonsense })).toBe(
    `GATHERD_TLS_CLIENT_CRL: ${nonsense} has no list of revoked certificates in PEM`,
  );
  const strange = await file('strange.crl', await (await makeTestAuthority()).crl());
  expect(await problemOf({ tlsClientCa: ca, tlsClientCrl: strange })).toBe(
    `GATHERD_TLS_CLIENT_CRL: ${strange} is not signed by a certificate of GATHERD_TLS_CLIENT_CA`,
  );
});

test('an authority that has lost what it has revoked is named at the start', async () => {
  const { ca, crl } = rig.files;
  await rm(crl);
  expect(await problemOf({ tlsClientCa: ca })).toBe('it was taken');
  const lost = `GATHERD_TLS_CLIENT_CA: ${ca} has lost its list of revoked certificates: put ${crl} back from a copy, or whoever was revoked is good again`;
  const key = await file('ca.key', '');
  expect(await problemOf({ tlsClientCa: ca })).toBe(lost);
  await rm(key);
  await mkdir(join(rig.folder, 'issued'));
  expect(await problemOf({ tlsClientCa: ca })).toBe(lost);
  // With another name it is not known to be of `gatherd cert`.
  expect(await problemOf({ tlsClientCa: await file('others.crt', rig.authority.caPem) })).toBe(
    'it was taken',
  );
});

test('a certificate whose time is not now is named at the start', async () => {
  for (const [times, reason] of [
    [TIMES.over(), /^GATHERD_TLS_CERT: \S+ expired at \d{4}-/],
    [TIMES.notYet(), /^GATHERD_TLS_CERT: \S+ is not valid before \d{4}-/],
  ] as const) {
    const { certPem, keyPem } = await rig.authority.serverPair(times);
    const files = { tlsCert: await file('cert', certPem), tlsKey: await file('key', keyPem) };
    expect(await problemOf(files)).toMatch(reason);
  }
});

test('a key with a passphrase is opened with it, and with nothing else', async () => {
  const { certPem, keyPem } = await rig.authority.serverPair({ passphrase: 'damn fine coffee' });
  const files = { tlsCert: await file('cert', certPem), tlsKey: await file('key', keyPem) };
  expect(await problemOf(files)).toBe(
    `GATHERD_TLS_KEY: ${files.tlsKey} has a passphrase: give it as GATHERD_TLS_KEY_PASSPHRASE`,
  );
  const wrong = await problemOf({ ...files, tlsKeyPassphrase: new Secret('damn fine tea') });
  expect(wrong).toBe(
    `GATHERD_TLS_KEY: ${files.tlsKey} cannot be opened: the passphrase of GATHERD_TLS_KEY_PASSPHRASE, or its _FILE, is wrong`,
  );
  expect(await problemOf({ ...files, tlsKeyPassphrase: new Secret('damn fine coffee') })).toBe(
    'it was taken',
  );
  // One is given and not needed.
  expect(await problemOf({ tlsKeyPassphrase: new Secret('damn fine coffee') })).toBe('it was taken');
});

test('a renewed certificate is what new connections see, and those that are open go on', async () => {
  const port = await rig.listen('server');
  const open = rig.connect(port);
  await once(open, 'data');
  const before = fingerprintOf(open);
  const after = await rig.renew();
  expect(await rig.identity.reload()).toBe('renewed');
  expect(await seenAt(port)).toBe(after);
  expect(after).not.toBe(before);
  rig.secured[0]?.socket.write('still here');
  expect(String((await once(open, 'data'))[0])).toBe('still here');
  expect(await rig.identity.reload()).toBe('unchanged');
});

test('a session of before the renewal is not gone on with, and its client sees the new certificate', async () => {
  const port = await rig.listen('server');
  const first = rig.connect(port, { maxVersion: 'TLSv1.2' });
  await once(first, 'data');
  const session = first.getSession();
  const again = rig.connect(port, { maxVersion: 'TLSv1.2', session });
  await once(again, 'secureConnect');
  expect(again.isSessionReused()).toBe(true);
  const after = await rig.renew();
  await rig.identity.reload();
  const renewed = rig.connect(port, { maxVersion: 'TLSv1.2', session });
  await once(renewed, 'secureConnect');
  expect([renewed.isSessionReused(), fingerprintOf(renewed)]).toEqual([false, after]);
});

test('files that change are seen, one at a time or as a link that leads elsewhere; half of a change is warned of once', async () => {
  await rig.read(10);
  const port = await rig.listen('server');
  const before = await seenAt(port);
  const { certPem, keyPem, fingerprint } = await rig.authority.serverPair();
  await writeFile(rig.files.serverCert, certPem);
  await until('the half is seen', () => rig.logged(NOT_IN_ORDER) > 0);
  expect(await seenAt(port)).toBe(before);
  await writeFile(rig.files.serverKey, keyPem);
  await until('the whole is seen', () => rig.logged(RENEWED) === 1);
  expect(await seenAt(port)).toBe(fingerprint);
  const warned = rig.logged(NOT_IN_ORDER);
  // Writing a file is more than one change of it.
  expect(warned).toBeLessThanOrEqual(4);
  const next = await rig.authority.serverPair();
  await file('next.crt', next.certPem);
  await file('next.key', next.keyPem);
  for (const [target, path] of [
    ['next.crt', rig.files.serverCert],
    ['next.key', rig.files.serverKey],
  ] as const) {
    await symlink(target, `${path}.new`);
    await rename(`${path}.new`, path);
  }
  await until('the links are followed', () => rig.logged(RENEWED) === 2);
  expect(await seenAt(port)).toBe(next.fingerprint);
});

test('each state of the files that is not in order is warned of once', async () => {
  await rig.identity[Symbol.asyncDispose]();
  const path = rig.files.serverCert;
  await rig.read(2);
  await rm(path);
  await until('it is warned of', () => rig.logged(NOT_IN_ORDER) > 0);
  for (let state = 2; state <= 5; state += 1) {
    await rename(await file('nonsense', `nonsense ${String(state)}`), path);
    await until('it is warned of', () => rig.logged(NOT_IN_ORDER) >= state);
  }
  // A change while it is being read is two of them.
  expect(rig.logged(NOT_IN_ORDER)).toBeLessThanOrEqual(2 * 5);
});

test('clients of a mutual door are known by their certificate, whatever the version', async () => {
  const port = await rig.listen('mutual');
  const dale = await rig.authority.clientPair('dale');
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
    expect(await rig.hear(port, { ...shown(dale), maxVersion })).toBe('welcome dale\n');
  const [first] = rig.secured;
  expect(first?.certificate).toMatchObject({
    name: 'dale',
    fingerprint: dale.fingerprint.replaceAll(':', '').toLowerCase(),
  });
  expect(BigInt(`0x${first?.certificate?.serialNumber ?? ''}`)).toBe(BigInt(`0x${dale.serialNumber}`));
  if (first !== undefined)
    expect(rig.identity.checkPeer(first.socket)).toEqual({ certificate: first.certificate });
});

test('a door that asks for no certificate knows nothing of one', async () => {
  const port = await rig.listen('server');
  const dale = await rig.authority.clientPair('dale');
  expect(await rig.hear(port, shown(dale))).toBe('welcome everybody\n');
  const [first] = rig.secured;
  if (first !== undefined) expect(rig.identity.checkPeer(first.socket)).toBeUndefined();
});

test('every certificate that is not in order is refused with the reason, and the log has it', async () => {
  const port = await rig.listen('mutual');
  const { authority } = rig;
  const revoked = await authority.clientPair('leo');
  await writeFile(rig.files.crl, await authority.crl([revoked.serialNumber]));
  await rig.identity.reload();
  const stranger = await makeTestAuthority('Test CA');
  const below = await authority.below();
  const cases: readonly (readonly [TestPair | undefined, string])[] = [
    [undefined, 'none was sent'],
    [await authority.clientPair('dale', TIMES.over()), 'it has expired'],
    [await authority.clientPair('dale', TIMES.notYet()), 'it is not valid yet'],
    [await authority.clientPair('dale', { isSelfSigned: true }), 'it is self-signed'],
    [await stranger.clientPair('dale'), 'nobody trusted here has issued it'],
    [await below.clientPair('dale'), 'nobody trusted here has issued it'],
    [await authority.clientPair('dale', { purpose: 'server' }), 'it is not for clients'],
    [revoked, 'it was revoked'],
  ];
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
    for (const [pair, reason] of cases) {
      const options = { ...(pair === undefined ? {} : shown(pair)), maxVersion };
      expect(await rig.hearAll(port, options)).toBe(`The client certificate is refused: ${reason}\n`);
      expect(rig.log.map((line) => line['reason'])).toContain(reason);
    }
  expect(rig.secured).toEqual([]);
});

test('who is revoked is cut off at once, and nobody else; a session does not bring them back', async () => {
  const port = await rig.listen('mutual');
  const [dale, leo] = [await rig.authority.clientPair('dale'), await rig.authority.clientPair('leo')];
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    await writeFile(rig.files.crl, await rig.authority.crl());
    await rig.identity.reload();
    const [good, bad] = [dale, leo].map((pair) => rig.connect(port, { ...shown(pair), maxVersion }));
    if (good === undefined || bad === undefined) throw new Error('nobody is there');
    let session: Buffer | undefined;
    bad.on('session', (ticket: Buffer) => (session = ticket));
    await Promise.all([once(good, 'data'), once(bad, 'data')]);
    session = bad.getSession() ?? session;
    await writeFile(rig.files.crl, await rig.authority.crl([leo.serialNumber]));
    const closed = gone(bad);
    await rig.identity.reload();
    await closed;
    const again = await rig.hear(port, { ...shown(leo), maxVersion, session });
    expect(again).toBe('The client certificate is refused: it was revoked\n');
    const without = await rig.hear(port, { maxVersion, session });
    expect(without).toBe('The client certificate is refused: none was sent\n');
    rig.secured.at(-2)?.socket.write('still here');
    rig.secured.at(-1)?.socket.write('still here');
    expect(String((await once(good, 'data'))[0])).toBe('still here');
  }
});

test('a session of a door without certificates is good for nothing at one with', async () => {
  const [server, mutual] = [await rig.listen('server'), await rig.listen('mutual')];
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = rig.connect(server, { maxVersion });
    let session: Buffer | undefined;
    socket.on('session', (ticket: Buffer) => (session = ticket));
    await once(socket, 'data');
    await until('there is a session', () => session !== undefined);
    expect(await rig.hear(mutual, { maxVersion, session })).toBe(
      'The client certificate is refused: none was sent\n',
    );
  }
});

test('a list of revoked certificates is taken when it appears, and one that vanishes goes on being good', async () => {
  await rig.identity[Symbol.asyncDispose]();
  await rm(rig.files.crl);
  await rig.read();
  const port = await rig.listen('mutual');
  const leo = await rig.authority.clientPair('leo');
  expect(await rig.hear(port, shown(leo))).toBe('welcome leo\n');
  await writeFile(rig.files.crl, await rig.authority.crl([leo.serialNumber]));
  expect(await rig.identity.reload()).toBe('renewed');
  expect(await rig.hear(port, shown(leo))).toContain('it was revoked');
  await rm(rig.files.crl);
  await expect(rig.identity.reload()).rejects.toMatchObject({ code: 'config.invalid' });
  expect(await rig.hear(port, shown(leo))).toContain('it was revoked');
});

test('a certificate that expires while its connection is open is no longer in order', async () => {
  await rig.identity[Symbol.asyncDispose]();
  let now = Date.now();
  const { serverCert, serverKey, ca } = rig.files;
  await using identity = await TlsIdentity.open(
    { tlsCert: serverCert, tlsKey: serverKey, tlsClientCa: ca, tlsClientCrl: undefined },
    { logger: pino({ level: 'silent' }), now: () => now },
  );
  const secure = identity.secure('chat', 'mutual');
  const accepted: unknown[] = [];
  await using server = createServer((raw) => {
    raw.on('error', () => undefined);
    secure?.(raw, (socket) => {
      accepted.push(identity.checkPeer(socket));
      now += 400 * 24 * 60 * 60 * 1000;
      accepted.push(identity.checkPeer(socket));
      socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await rig.hearAll(port, shown(await rig.authority.clientPair('dale')));
  expect(accepted).toEqual([
    { certificate: expect.objectContaining({ name: 'dale' }) as unknown },
    {
      refusal: expect.objectContaining({
        code: 'certificate.refused',
        details: { reason: 'it has expired' },
      }) as unknown,
    },
  ]);
});

test('old versions, weak ciphers and plain text are not spoken to, and the log says why', async () => {
  const port = await rig.listen('server');
  for (const maxVersion of ['TLSv1', 'TLSv1.1'] as const) {
    const socket = rig.connect(port, { minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT:@SECLEVEL=0' });
    await gone(socket);
    expect(socket.authorized).toBe(false);
  }
  for (const ciphers of ['AES128-SHA', 'ECDHE-ECDSA-AES128-SHA', 'AES128-GCM-SHA256'])
    await gone(rig.connect(port, { maxVersion: 'TLSv1.2', ciphers }));
  const plain = connectPlainly(port, '127.0.0.1');
  plain.on('error', () => undefined);
  plain.write('dale password\n');
  await gone(plain);
  expect(rig.secured).toEqual([]);
  const reasons = new Set(rig.log.map((line) => line['reason']));
  expect(reasons).toEqual(new Set(['unsupported protocol', 'no shared cipher', 'it does not speak TLS']));
});

test('a flood of handshakes that fail is a line of the log for each reason', async () => {
  const port = await rig.listen('server');
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      const plain = connectPlainly(port, '127.0.0.1');
      plain.on('error', () => undefined);
      plain.write('GET / HTTP/1.1\r\n\r\n');
      await gone(plain);
    }),
  );
  expect(rig.log).toEqual([
    expect.objectContaining({
      msg: 'A connection could not be secured.',
      door: 'chat',
      endpoint: '127.0.0.1',
      reason: 'it does not speak TLS',
      times: 1,
    }),
  ]);
});

test('a hello that comes byte by byte is understood', async () => {
  const port = await rig.listen('server');
  const raw = connectPlainly(port, '127.0.0.1');
  raw.setNoDelay(true);
  const dribble = new Duplex({
    read: () => undefined,
    write: (piece: Buffer, _encoding, done) => {
      void (async () => {
        for (const byte of piece.subarray(0, 20)) {
          await new Promise((resolve) => raw.write(Buffer.of(byte), resolve));
          await new Promise((resolve) => setImmediate(resolve));
        }
        raw.write(piece.subarray(20), () => {
          done();
        });
      })();
    },
  });
  raw.on('data', (piece) => dribble.push(piece));
  const socket = connect({ socket: dribble, servername: 'localhost', ca: rig.authority.caPem });
  socket.on('error', () => undefined);
  expect(String((await once(socket, 'data'))[0])).toBe('welcome everybody\n');
  raw.destroy();
});

test('a certificate that expires within two weeks is warned of', async () => {
  const week = 7 * 24 * 60 * 60 * 1000;
  const { certPem, keyPem } = await rig.authority.serverPair({ until: new Date(Date.now() + week) });
  await writeFile(rig.files.serverCert, certPem);
  await writeFile(rig.files.serverKey, keyPem);
  await rig.identity.reload();
  const warning = rig.log.find(({ msg }) => msg === 'The certificate expires soon.');
  expect(warning).toMatchObject({ level: 40, path: rig.files.serverCert, days: 6 });
  expect(rig.identity.expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + week);
});
