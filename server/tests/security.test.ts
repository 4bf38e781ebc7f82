import { createHmac, randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import jwt from 'jsonwebtoken';
import LibSql from 'libsql';
import { expect, test, type TestContext } from 'vitest';
import { readDump } from './support/dump-records.js';
import { fieldsOf, GatherClient, saidBy, type Reply } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { ServedGatherd } from './support/gatherd-program.js';
import { canRun } from './support/machine.js';
import { untilIdle } from './support/outsider.js';
import { temporaryDirectory } from './support/temporary-directory.js';

/** Another endpoint: on Linux all of 127.0.0.0/8 is this machine. */
const ELSEWHERE = '127.0.0.2';
const ofThisMachine = new Map<string, boolean>();
const THROTTLED = /^Too many wrong passwords\. Please wait \d+ s$/;

test('500 wrong passwords at once cost no more checks than the limit', async () => {
  await using server = await ServedGatherd.start({ env: { GATHERD_WRONG_PASSWORDS: '5' } });
  using client = new GatherClient(server, { connections: 100 });
  await client.login('dale');
  const began = performance.now();
  const replies = await Promise.all(
    Array.from({ length: 500 }, (_none, index) => client.authenticate('dale', `guess ${String(index)}`)),
  );
  const seconds = (performance.now() - began) / 1000;
  // The delay is 1 s, then 2 s, 4 s …: only where all that took so long another guess is due.
  const due = Math.floor(Math.log2(seconds + 1));
  const checked = replies.filter(({ status }) => status === 403);
  expect(checked.length).toBeGreaterThanOrEqual(5);
  expect(checked.length).toBeLessThanOrEqual(5 + due);
  const others = replies.filter(({ status }) => status !== 403);
  expect(others.map(({ status }) => status)).toEqual(others.map(() => 429));
  for (const reply of others) {
    expect(saidBy(reply)).toMatch(THROTTLED);
    expect(Number(reply.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(fieldsOf(reply)['token']).toBe('');
  }
});

test('guesses from elsewhere do not lock the owner out where a password was right before', async (context) => {
  await using server = await ServedGatherd.start({ env: { GATHERD_WRONG_PASSWORDS: '3' } });
  using owner = new GatherClient(server);
  using guesser = clientElsewhere(server, context);
  await owner.login('dale');
  await guesser.identify('dale');
  const replies = [];
  for (let guess = 1; guess <= 10; guess += 1) replies.push(await guesser.authenticate('dale', 'wrong'));
  expect(replies.at(-1)?.status).toBe(429);
  expect((await owner.authenticate('dale', 'pass')).status).toBe(202);
  // Nor is the right password of use to the guesser before its delay is over.
  expect((await guesser.authenticate('dale', 'pass')).status).toBe(429);
});

test('guesses from elsewhere do not keep the owner out of a new machine', async (context) => {
  await using server = await ServedGatherd.start({
    env: { GATHERD_WRONG_PASSWORDS: '3', GATHERD_LOGIN_RATE: '10' },
  });
  using owner = new GatherClient(server);
  using guesser = clientElsewhere(server, context);
  using newMachine = clientElsewhere(server, context, '127.0.0.3');
  await owner.login('dale');
  await guesser.identify('dale');
  for (let guess = 1; guess <= 200; guess += 1) await guesser.authenticate('dale', 'wrong');
  await newMachine.identify('dale');
  expect((await newMachine.authenticate('dale', 'pass')).status).toBe(202);
});

test.skipIf(process.platform === 'win32')(
  'nobody else on the machine reads what is kept, and passwords are hashed at full cost',
  async () => {
    await using folder = await temporaryDirectory();
    const dataDir = join(folder.path, 'data');
    await makeForAll(dataDir);
    await using server = await GatherdProcess.start({ dataDir });
    using client = new GatherClient(server);
    await client.message(await client.login('dale'), 'private');
    await untilIdle(join(dataDir, 'dump.ndjson'));
    const names = await readdir(dataDir);
    expect(names).toEqual(
      expect.arrayContaining(['gatherd.db', 'gatherd.db-wal', 'owner.db', 'dump.ndjson']),
    );
    for (const name of names) {
      const { mode } = await stat(join(dataDir, name));
      expect([name, mode & 0o077]).toEqual([name, 0]);
    }
    expect(server.output).toContain('Other users of this machine may enter or read these');
    const kept = await Promise.all(
      ['gatherd.db', 'gatherd.db-wal'].map((name) => readFile(join(dataDir, name))),
    );
    expect(Buffer.concat(kept).includes('$argon2id$v=19$m=19456,t=2,p=1$')).toBe(true);
  },
);

test('a session ends at once while another program has the database locked, and a start later on too', async () => {
  await using folder = await temporaryDirectory();
  const server = await GatherdProcess.start({ dataDir: folder.path });
  using client = new GatherClient(server);
  const token = await client.login('dale');
  const outsider = new LibSql(join(folder.path, 'gatherd.db'));
  // The server may be writing still.
  outsider.exec('PRAGMA busy_timeout = 5000');
  outsider.exec('BEGIN IMMEDIATE');
  expect((await client.message(token, 'logout')).status).toBe(202);
  expect((await client.message(token, 'still here')).status).toBe(403);
  expect((await client.identify('annie')).status).toBe(503);
  expect((await client.get('/readyz')).status).toBe(503);
  outsider.close();
  expect((await client.get('/readyz')).status).toBe(200);
  await server.stop();
  await using next = await ServedGatherd.start({ dataDir: folder.path });
  using later = new GatherClient(next);
  expect((await later.message(token, 'still here')).status).toBe(403);
});

test('a server with another pepper than the passwords were made with does not start', async () => {
  await using folder = await temporaryDirectory();
  const server = await ServedGatherd.start({ dataDir: folder.path });
  using client = new GatherClient(server);
  await client.login('dale');
  await server.stop();
  const env = { GATHERD_PEPPER: 'a pepper that is quite another one' };
  const start = GatherdProcess.start({ dataDir: folder.path, env });
  await expect(start).rejects.toThrow(/ended with 78:[^]*another pepper/);
});

test('only the endpoint that made a user sets its first password', async (context) => {
  await using server = await ServedGatherd.start();
  using owner = new GatherClient(server);
  using other = clientElsewhere(server, context);
  await owner.identify('dale');
  await other.identify('dale');
  expect((await other.authenticate('dale', 'mine now')).status).toBe(403);
  expect((await owner.authenticate('dale', 'pass')).status).toBe(201);
  expect((await other.authenticate('dale', 'mine now')).status).toBe(403);
  expect((await other.authenticate('dale', 'pass')).status).toBe(202);
});

test('of many who identify a new name at once one makes the user, and of many first passwords one is set', async () => {
  await using server = await ServedGatherd.start();
  using client = new GatherClient(server, { connections: 20 });
  const numbers = Array.from({ length: 20 }, (_none, index) => index);
  const identified = await Promise.all(numbers.map(() => client.identify('dale')));
  expect(identified.map(({ status }) => status).sort()).toEqual([201, ...numbers.slice(1).map(() => 202)]);
  const passwords = numbers.map((number) => `password ${String(number)}`);
  const replies = await Promise.all(passwords.map((password) => client.authenticate('dale', password)));
  expect(replies.map(({ status }) => status).sort()).toEqual([201, ...numbers.slice(1).map(() => 403)]);
  const set = passwords[replies.findIndex(({ status }) => status === 201)] ?? '';
  expect((await client.authenticate('dale', set)).status).toBe(202);
});

test('a user has no more live sessions than the limit, however many are asked for at once', async () => {
  await using server = await ServedGatherd.start({ env: { GATHERD_MAX_SESSIONS_PER_USER: '5' } });
  using client = new GatherClient(server, { connections: 20 });
  const token = await client.login('dale');
  const replies = await Promise.all(Array.from({ length: 20 }, () => client.authenticate('dale', 'pass')));
  expect(replies.filter(({ status }) => status === 202).length).toBe(4);
  const refused = replies.filter(({ status }) => status !== 202);
  expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 429));
  expect((await client.message(token, 'logout')).status).toBe(202);
  expect((await client.identify('dale')).status).toBe(202);
  expect((await client.authenticate('dale', 'pass')).status).toBe(202);
});

test('a token is good only at its endpoint, unless the operator says otherwise', async (context) => {
  for (const { binding, status } of [
    { binding: 'endpoint', status: 403 },
    { binding: 'token', status: 201 },
  ]) {
    await using server = await ServedGatherd.start({ env: { GATHERD_TOKEN_BINDING: binding } });
    using owner = new GatherClient(server);
    using other = clientElsewhere(server, context);
    const token = await owner.login('dale');
    const reply = await other.message(token, 'from elsewhere');
    expect([binding, reply.status]).toEqual([binding, status]);
    expect((await owner.message(token, 'from where it was issued')).status).toBe(201);
  }
});

test('where enrollment is closed nobody becomes a user by identifying', async () => {
  await using server = await ServedGatherd.start({ env: { GATHERD_ENROLLMENT: 'closed' } });
  using client = new GatherClient(server);
  expect((await client.identify('mallory')).status).toBe(403);
  expect((await client.authenticate('mallory', 'pass')).status).toBe(401);
});

test('X-Forwarded-For is believed only of a proxy that is trusted', async () => {
  const forwarded = { 'X-Forwarded-For': '198.51.100.7, 203.0.113.9' };
  expect(await endpointSeen({}, forwarded)).toBe('127.0.0.1');
  expect(await endpointSeen({ GATHERD_TRUST_PROXY: '10.0.0.0/8' }, forwarded)).toBe('127.0.0.1');
  expect(await endpointSeen({ GATHERD_TRUST_PROXY: '127.0.0.1' }, forwarded)).toBe('203.0.113.9');
});

test('an unexpected Host is refused, a served one is not', async () => {
  await using server = await ServedGatherd.start({ env: { GATHERD_ALLOWED_HOSTS: 'gatherd.example' } });
  using client = new GatherClient(server);
  const statusOf = async (host: string) =>
    (await client.post('/', { message_type: 'IDENTIFY', username: 'dale' }, { Host: host })).status;
  expect(await statusOf('attacker.example')).toBe(421);
  expect(await statusOf('gatherd.example.attacker.example')).toBe(421);
  expect(await statusOf('gatherd.example:6174')).toBe(201);
  expect(await statusOf('localhost')).toBe(202);
  expect(
    (await client.send('/readyz', undefined, { method: 'GET', headers: { Host: 'attacker.example' } }))
      .status,
  ).toBe(421);
});

test('what a body says about who its sender is decides nothing', async () => {
  await using server = await ServedGatherd.start();
  using client = new GatherClient(server);
  await client.login('root', 'a password of its own');
  const token = await client.login('dale');
  const claims = {
    userId: '1',
    user: 'root',
    username: 'root',
    role: 'admin',
    permissions: ['*'],
    endpoint: '10.0.0.1',
  };
  const reply = await client.post('/', { ...claims, message_type: 'MESSAGE', token, message: 'it is me' });
  expect([reply.status, saidBy(reply)]).toEqual([201, 'Message Received from dale']);
  const forged = { ...claims, message_type: 'AUTHENTICATE', username: 'root', password: 'pass' };
  expect((await client.post('/', forged)).status).toBe(403);
  await server.stop();
  const records = await readDump(join(server.dataDir, 'dump.ndjson'), []);
  expect(records).toMatchObject([{ user: 'dale', endpoint: '127.0.0.1', message: 'it is me' }]);
});

test('a forged, altered or foreign token is refused', async () => {
  await using server = await ServedGatherd.start();
  using client = new GatherClient(server);
  const token = await client.login('dale');
  const key = await readFile(join(server.dataDir, 'token.key'));
  const { sub, sid, exp } = jwt.decode(token, { json: true }) ?? {};
  const claims = { sub, sid: String(sid), exp };
  const [header = '', payload = '', signature = ''] = token.split('.');
  const tokens = {
    'signed by nobody': `${encoded({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    'with another key': jwt.sign(claims, randomBytes(32), { algorithm: 'HS256' }),
    'with an empty key': handSigned('HS256', claims, Buffer.alloc(0)),
    'under HS512': jwt.sign(claims, key, { algorithm: 'HS512' }),
    'said to be RS256': `${encoded({ alg: 'RS256', typ: 'JWT' })}.${payload}.${signature}`,
    'with other claims': `${header}.${encoded({ ...claims, sub: 'root' })}.${signature}`,
    'cut short': token.slice(0, -1),
    'without a session': jwt.sign({ sub: String(sub), exp }, key, { algorithm: 'HS256' }),
    expired: jwt.sign({ ...claims, exp: 1 }, key, { algorithm: 'HS256' }),
    empty: '',
  };
  for (const [what, forged] of Object.entries(tokens)) {
    const reply = await client.message(forged, 'let me in');
    expect([what, reply.status, saidBy(reply)]).toEqual([what, 401, 'Token Expired. Please identify']);
  }
  const ofNoSession = jwt.sign({ ...claims, sid: 'another' }, key, { algorithm: 'HS256' });
  expect((await client.message(ofNoSession, 'let me in')).status).toBe(403);
  expect((await client.message(token, 'it is me')).status).toBe(201);
});

test('too many handshakes from one address are refused, and say when to come back', async (context) => {
  await using server = await ServedGatherd.start({ env: { GATHERD_HANDSHAKE_RATE: '5' } });
  using client = new GatherClient(server, { connections: 10 });
  const replies = await Promise.all(Array.from({ length: 10 }, () => client.identify('dale')));
  const limited = replies.filter(({ status }) => status === 429);
  expect(limited.length).toBe(5);
  for (const { headers } of limited) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
  using other = clientElsewhere(server, context);
  expect((await other.identify('dale')).status).toBe(202);
});

/** A client that speaks from another address than the rest of the test. */
function clientElsewhere(
  server: { readonly port: number },
  context: TestContext,
  localAddress = ELSEWHERE,
): GatherClient {
  if (!isOfThisMachine(localAddress)) context.skip(`${localAddress} is no address of this machine`);
  return new GatherClient(server, { localAddress });
}

function isOfThisMachine(address: string): boolean {
  const isKnown = ofThisMachine.get(address);
  if (isKnown !== undefined) return isKnown;
  const bind = `require('net').createServer().listen(0, '${address}', () => process.exit(0)).on('error', () => process.exit(1))`;
  const is = canRun(process.execPath, '-e', bind);
  ofThisMachine.set(address, is);
  return is;
}

/** Makes a data directory with an empty database, as a careless umask leaves them. */
async function makeForAll(dataDir: string): Promise<void> {
  await mkdir(dataDir);
  await chmod(dataDir, 0o755);
  const path = join(dataDir, 'gatherd.db');
  await writeFile(path, '');
  await chmod(path, 0o644);
}

/** The endpoint in the dump for a message whose requests have these headers. */
async function endpointSeen(
  env: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  await using server = await ServedGatherd.start({ env });
  using client = new GatherClient(server);
  const post = (fields: object): Promise<Reply> => client.post('/', fields, headers);
  await post({ message_type: 'IDENTIFY', username: 'dale' });
  const reply = await post({ message_type: 'AUTHENTICATE', username: 'dale', password: 'pass' });
  const { token } = fieldsOf(reply);
  expect((await post({ message_type: 'MESSAGE', token, message: 'hello' })).status).toBe(201);
  await server.stop();
  return (await readDump(join(server.dataDir, 'dump.ndjson'), []))[0]?.endpoint;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function handSigned(algorithm: string, claims: object, key: Buffer): string {
  const content = `${encoded({ alg: algorithm, typ: 'JWT' })}.${encoded(claims)}`;
  return `${content}.${createHmac('sha256', key).update(content).digest('base64url')}`;
}
