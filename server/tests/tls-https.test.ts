import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { connect as connectPlainly, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FeedSocket } from './support/feed-clients.js';
import { GatherClient } from './support/gather-client.js';
import { GatherdProcess, runGatherd } from './support/gatherd-process.js';
import { ServedGatherd } from './support/gatherd-program.js';
import { makeTestAuthority, type TestAuthority, type WrittenAuthority } from './support/test-authority.js';
import { temporaryDirectory } from './support/temporary-directory.js';
import { gone } from './support/tls-identity-rig.js';
import { until } from './support/until.js';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let authority: TestAuthority;
let files: WrittenAuthority;
let shared: GatherdProcess;

beforeAll(async () => {
  directory = await temporaryDirectory();
  authority = await makeTestAuthority();
  files = await authority.writeTo(directory.path);
  shared = await start();
});

afterAll(async () => {
  await shared[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

function start(env: Readonly<Record<string, string>> = {}, key = files.serverKey): Promise<GatherdProcess> {
  return GatherdProcess.start({ args: ['--tls-cert', files.serverCert, '--tls-key', key], env });
}

const clientOf = (server: { readonly port: number }) => new GatherClient(server, { ca: authority.caPem });

function plainSocket({ port }: GatherdProcess): Socket {
  const socket = connectPlainly(port, '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}

test('the address that is printed is one of HTTPS', () => {
  expect(shared.output).toContain(`gatherd listens on https://127.0.0.1:${String(shared.port)}`);
  const trusting = `--ca ${files.ca}`;
  expect(shared.output).toContain(`npx gather https://localhost:${String(shared.port)} ${trusting}`);
});

test('the names of the certificate are served, also those of a renewed one, and no others', async () => {
  const names = ['gather.example', '*.gather.example'];
  const own = await authority.writeTo(join(directory.path, 'named'), await authority.serverPair({ names }));
  const args = ['--tls-cert', own.serverCert, '--tls-key', own.serverKey, '--host', '0.0.0.0'];
  await using server = await GatherdProcess.start({ args });
  const address = `https://gather.example:${String(server.port)}`;
  expect(server.output).toContain(`npx gather ${address} --ca ${own.ca}`);
  const statusAt = async (host: string) => {
    const headers = { Host: `${host}:${String(server.port)}` };
    const tls = { ca: authority.caPem, servername: 'gather.example', agent: false } as const;
    const sent = get({ host: '127.0.0.1', port: server.port, path: '/healthz', headers, ...tls });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  const shown = ['gather.example', 'Feed.Gather.Example', 'localhost', '127.0.0.1'];
  const others = ['example', '.gather.example', 'a.b.gather.example', 'later.example'];
  expect(await Promise.all(shown.map(statusAt))).toEqual(shown.map(() => 200));
  expect(await Promise.all(others.map(statusAt))).toEqual(others.map(() => 421));
  const renewed = await authority.serverPair({ names: ['gather.example', 'later.example'] });
  await writeFile(own.serverKey, renewed.keyPem);
  await writeFile(own.serverCert, renewed.certPem);
  server.child.kill('SIGHUP');
  await until('the new one is read', () => server.output.includes('new connections get what they say'));
  expect([await statusAt('later.example'), await statusAt('feed.gather.example')]).toEqual([200, 421]);
});

test('each path of contract 1, bulk and the metrics are as they are over HTTP', async () => {
  using client = clientOf(shared);
  expect((await client.post('/identify', { message_type: 'IDENTIFY', username: 'dale' })).status).toBe(201);
  const authenticated = await client.post('/authenticate', {
    ...{ message_type: 'AUTHENTICATE', username: 'dale', password: 'pie' },
  });
  expect(authenticated.status).toBe(201);
  const { token } = JSON.parse(authenticated.text) as { token: string };
  expect(
    (await client.post('/message', { message_type: 'MESSAGE', token, message: 'over TLS' })).status,
  ).toBe(201);
  expect((await client.message(token, 'at the root')).status).toBe(201);
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-ndjson' };
  const lines = '{"message":"one"}\n{"message":"two"}\n';
  expect((await client.send('/v1/messages', lines, { headers })).status).toBe(200);
  const dump = await readFile(join(shared.dataDir, 'dump.ndjson'), 'utf8');
  for (const message of ['over TLS', 'at the root', 'one', 'two'])
    expect(dump).toContain(`"message":"${message}"`);
  const metrics = (await client.get('/metrics')).text;
  expect(metrics).toMatch(/^gatherd_tls_certificate_expiry_timestamp_seconds \d{10}$/m);
  expect(metrics).toMatch(/^gatherd_open_connections [1-9]/m);
});

test('a WebSocket is opened over TLS, and another upgrade is answered as if it had not been asked for', async () => {
  using client = clientOf(shared);
  const token = await client.login('laura');
  const url = `https://localhost:${String(shared.port)}`;
  using feed = await FeedSocket.open(url, { token }, undefined, { ca: authority.caPem });
  expect(await feed.ask('live over TLS', { topic: 'chat' })).toMatchObject({ type: 'ack' });
  const socket = connect({
    port: shared.port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: authority.caPem,
  });
  socket.write(
    'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n',
  );
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK/);
});

test('HTTP/1.1 is agreed upon, and what is not TLS 1.2 or 1.3 is not spoken', async () => {
  const to = { port: shared.port, host: '127.0.0.1', servername: 'localhost', ca: authority.caPem };
  const socket = connect({ ...to, ALPNProtocols: ['h2', 'http/1.1'] });
  await once(socket, 'secureConnect');
  expect(socket.alpnProtocol).toBe('http/1.1');
  socket.destroy();
  for (const maxVersion of ['TLSv1', 'TLSv1.1'] as const) {
    const old = connect({ ...to, minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT:@SECLEVEL=0' });
    old.on('error', () => undefined);
    await gone(old);
    expect(old.authorized).toBe(false);
  }
  await until('the log has it', () => shared.output.includes('"reason":"unsupported protocol"'));
});

test('plain HTTP is told to use https, and what else comes in plain text is closed', async () => {
  const sent = request({ port: shared.port, host: '127.0.0.1', method: 'POST', path: '/' });
  sent.end('{"message_type":"IDENTIFY","username":"dale"}');
  const [response] = (await once(sent, 'response')) as [Parameters<typeof text>[0] & { statusCode: number }];
  expect([response.statusCode, await text(response)]).toEqual([400, 'This port speaks TLS: use https://\n']);
  const chat = plainSocket(shared);
  chat.write('dale password\n');
  expect(await text(chat)).toBe('');
  await until('the log has it', () => shared.output.includes('"reason":"it does not speak TLS"'));
});

test('handshakes that never end are closed in time, and keep nobody out meanwhile', async () => {
  const began = performance.now();
  const sockets = Array.from({ length: 20 }, () => plainSocket(shared));
  const [, partial, dribbling] = sockets;
  partial?.write(Buffer.from([0x16, 3, 1, 2, 0]));
  dribbling?.write(Buffer.from([0x16, 3, 1, 2, 0]));
  // Byte by byte: what counts is the whole.
  const timer = setInterval(() => dribbling?.write(Buffer.of(1)), 500);
  using client = clientOf(shared);
  expect((await client.get('/healthz')).status).toBe(200);
  await Promise.all(sockets.map(gone));
  clearInterval(timer);
  expect(performance.now() - began).toBeGreaterThan(9000);
  await until('the log has it', () => shared.output.includes('"reason":"it took too long"'));
});

test('connections that shake hands count, and do not keep gatherd from ending', async () => {
  await using server = await start({ GATHERD_MAX_CONNECTIONS: '3' });
  const silent = [plainSocket(server), plainSocket(server), plainSocket(server)];
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  silent[1]?.write(Buffer.from([0x16, 3, 1, 2, 0]));
  await until('the next one is dropped', async () => {
    const next = plainSocket(server);
    next.write(Buffer.from([0x16]));
    await gone(next);
    return server.output.includes('Connections were dropped');
  });
  // Each stays in the place that was left.
  using first = clientOf(server);
  using second = clientOf(server);
  for (const [index, client] of [first, second].entries()) {
    silent[index]?.destroy();
    await until('there is room', () =>
      client.get('/healthz').then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  }
  // It was made by who has left, and not by the time that a handshake may take.
  expect(silent[2]?.closed).toBe(false);
  expect(await server.stop()).toBe(0);
  await Promise.all(silent.map(gone));
});

test('a key with a passphrase works by the variable and by the file that is named', async () => {
  const { certPem, keyPem } = await authority.serverPair({ passphrase: 'damn fine coffee' });
  const paths = { cert: join(directory.path, 'sealed.crt'), key: join(directory.path, 'sealed.key') };
  const passphrase = join(directory.path, 'passphrase');
  await writeFile(paths.cert, certPem);
  await writeFile(paths.key, keyPem);
  await writeFile(passphrase, 'damn fine coffee\n');
  const args = ['--tls-cert', paths.cert, '--tls-key', paths.key];
  for (const env of [
    { GATHERD_TLS_KEY_PASSPHRASE: 'damn fine coffee' },
    { GATHERD_TLS_KEY_PASSPHRASE_FILE: passphrase },
  ]) {
    await using server = await ServedGatherd.start({ args, env });
    using client = clientOf(server);
    expect((await client.get('/healthz')).status).toBe(200);
  }
  await expect(ServedGatherd.start({ args })).rejects.toThrow(
    `GATHERD_TLS_KEY: ${paths.key} has a passphrase: give it as GATHERD_TLS_KEY_PASSPHRASE`,
  );
  const { code, stderr } = await runGatherd(
    ['--port', '0', '--data-dir', join(directory.path, 'data'), ...args],
    { GATHERD_TLS_KEY_PASSPHRASE: 'tea' },
  );
  const problem = 'cannot be opened: the passphrase of GATHERD_TLS_KEY_PASSPHRASE';
  expect([code, stderr]).toEqual([78, expect.stringContaining(`GATHERD_TLS_KEY: ${paths.key} ${problem}`)]);
  expect(stderr).not.toContain('tea');
});
