import { execFileSync } from 'node:child_process';
import { cp, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { sendBulk } from './support/bulk-client.js';
import { fieldsOf, GatherClient, loginTo, saidBy, type Reply } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { ServedGatherd } from './support/gatherd-program.js';
import { Ledger } from './support/ledger.js';
import { Load, nastyMessages, type Credentials } from './support/load.js';
import { canRun } from './support/machine.js';
import { checkDump } from './support/oracle.js';
import { temporaryDirectory } from './support/temporary-directory.js';
import { until } from './support/until.js';

const KiB = 1024;
const MiB = 1024 * KiB;
/** The whole of a disk may be filled. */
const WITHOUT_RESERVE = { GATHERD_FREE_SPACE_RESERVE: '0' };
const MOUNT = 'mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"';

test('where files may not grow, each message is answered 503 and none is stored, until they may again', async (context) => {
  if (!canRun('prlimit', '--version')) context.skip('prlimit is not here');
  await using server = await GatherdProcess.start({
    command: ['prlimit', `--fsize=${String(MiB)}:unlimited`],
    env: WITHOUT_RESERVE,
  });
  const users = await loginAll(server);
  const ledger = new Ledger();
  const dump = join(server.dataDir, 'dump.ndjson');

  await fill(server, users, ledger);
  await assertRefusesEveryMessage(server, users, 'x'.repeat(200 * KiB));
  expect((await stat(dump)).size).toBeLessThanOrEqual(MiB);
  await checkDump(ledger, dump);

  execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=unlimited']);
  await assertRecovers(server, users, ledger);
  expect(await server.stop()).toBe(0);
  await checkDump(ledger, dump, { others: ['there is room again'] });
});

test('on a full file system each message is answered 503 and none is stored, until there is room', async (context) => {
  skipUnlessMountable(context);
  await using directory = await temporaryDirectory();
  await using server = await GatherdProcess.start({
    dataDir: directory.path,
    command: ['unshare', '-m', 'sh', '-c', MOUNT, directory.path],
    env: WITHOUT_RESERVE,
  });
  // The file system is seen by the server only; through its root we see it too.
  const inside = join('/proc', String(server.pid), 'root', directory.path);
  const users = await loginAll(server);
  const ledger = new Ledger();
  await writeFile(join(inside, 'ballast'), Buffer.alloc(2 * MiB));

  await fill(server, users, ledger);
  await fillToTheLastByte(join(inside, 'ballast-of-the-last-bytes'));
  await assertRefusesEveryMessage(server, users, 'x'.repeat(8 * KiB));
  await assertHandshakesAreAnswered(server);
  const taken = await fillToTheLastLine(server, users);
  await assertLogoutIsRefused(server, users);
  await checkCopy(inside, ledger, taken);

  await rm(join(inside, 'ballast'));
  await assertRecovers(server, users, ledger);
  await checkCopy(inside, ledger, [...taken, 'there is room again']);
  expect(await server.stop()).toBe(0);
});

test('while less than the reserve is free each message is answered 503 though there is room, and then no more', async (context) => {
  skipUnlessMountable(context);
  await using directory = await temporaryDirectory();
  await using server = await GatherdProcess.start({
    dataDir: directory.path,
    command: ['unshare', '-m', 'sh', '-c', MOUNT, directory.path],
    env: { GATHERD_FREE_SPACE_RESERVE: '1MiB' },
  });
  const inside = join('/proc', String(server.pid), 'root', directory.path);
  const users = await loginAll(server);
  const ledger = new Ledger();
  await using load = new Load(server, users, ledger);
  await load.acknowledged(50);
  const { bavail, bsize } = await statfs(inside);
  // Well below the reserve: a block that is given back changes nothing.
  await writeFile(join(inside, 'ballast'), Buffer.alloc(bavail * bsize - (3 * MiB) / 4));
  await load.refused(/Less than/);
  await load.stop();
  await assertRefusesEveryMessage(server, users, 'x', 'Less than 1048576 bytes are free on the disk');
  const stream = await sendBulk(server, users[0]?.token ?? '', '{"message":"one"}\n');
  expect([stream.status, fieldsOf(stream)]).toEqual([
    503,
    expect.objectContaining({ code: 'dump.low_space', limit: MiB, accepted: 0, duplicates: 0, last: null }),
  ]);
  const left = await statfs(inside);
  expect(left.bavail * left.bsize).toBeGreaterThan(MiB / 2);

  await rm(join(inside, 'ballast'));
  await until('readiness', async () => {
    using client = new GatherClient(server);
    return (await client.get('/readyz')).status === 200;
  });
  await assertRecovers(server, users, ledger);
  await checkCopy(inside, ledger, ['there is room again']);
  expect(await server.stop()).toBe(0);
});

test('a server that cannot start because the disk is full says so', async (context) => {
  skipUnlessMountable(context);
  await using directory = await temporaryDirectory();
  await using stopped = await ServedGatherd.start({ dataDir: directory.path });
  await stopped.stop();
  const script =
    'mount -t tmpfs -o size=256k tmpfs /mnt && cp -r "$0"/. /mnt && ' +
    '{ head -c 1000000 /dev/zero >/mnt/ballast 2>/dev/null; exec "$@" --data-dir /mnt; }';
  const command = ['unshare', '-m', 'sh', '-c', script, directory.path];
  await expect(GatherdProcess.start({ dataDir: directory.path, command })).rejects.toThrow(
    /ended with 1:[^]*(?:disk is full|no space left)/i,
  );
});

function skipUnlessMountable(context: TestContext): void {
  if (!canRun('unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o size=64k tmpfs /mnt'))
    context.skip('a file system cannot be mounted here');
}

function loginAll(server: GatherdProcess): Promise<Credentials[]> {
  return Promise.all(['dale', 'audrey'].map(async (user) => ({ user, token: await loginTo(server, user) })));
}

/** Sends until it is said that the disk is full, and some more. */
async function fill(server: GatherdProcess, users: readonly Credentials[], ledger: Ledger): Promise<void> {
  const messages = () => [...nastyMessages(), 'm'.repeat(Math.floor(Math.random() * 20 * KiB))];
  await using load = new Load(server, users, ledger, { connections: 2, messages });
  await load.refused(/The disk is full/);
  await until('some refusals', () => ledger.count('rejected') > 20);
  await load.stop();
}

async function fillToTheLastByte(path: string): Promise<void> {
  for (let size = 64 * KiB; size > 0; size = Math.floor(size / 2)) {
    await writeFile(path, Buffer.alloc(size), { flag: 'a' }).catch(() => undefined);
  }
}

async function assertRefusesEveryMessage(
  server: GatherdProcess,
  users: readonly Credentials[],
  message: string,
  text = 'The disk is full',
): Promise<void> {
  using client = new GatherClient(server);
  for (const { token } of [...users, ...users]) {
    const reply = await client.message(token, message);
    expect(shown(reply)).toEqual({ status: 503, retryAfter: '1', text: `${text}: nothing was stored` });
  }
  expect((await client.get('/readyz')).status).toBe(503);
  expect((await client.get('/healthz')).status).toBe(200);
}

/** The database is on the full disk too: a handshake that cannot be kept is refused, and is no surprise. */
async function assertHandshakesAreAnswered(server: GatherdProcess): Promise<void> {
  using client = new GatherClient(server);
  const replies: Reply[] = [];
  for (let number = 1; number <= 200; number += 1) {
    replies.push(await client.identify(`visitor.${String(number)}`));
    if (replies.at(-1)?.status === 503) break;
  }
  expect(replies.filter(({ status }) => status !== 201 && status !== 503)).toEqual([]);
  expect(replies.at(-1)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
}

/** Sends messages shorter than a logout until there is no room for one; answers those that were stored. */
async function fillToTheLastLine(server: GatherdProcess, users: readonly Credentials[]): Promise<string[]> {
  using client = new GatherClient(server);
  const taken: string[] = [];
  for (const { token } of users) {
    while ((await client.message(token, 'full')).status === 201) taken.push('full');
  }
  return taken;
}

/** A logout that cannot be stored has not happened: the token is good later on. */
async function assertLogoutIsRefused(server: GatherdProcess, users: readonly Credentials[]): Promise<void> {
  using client = new GatherClient(server);
  for (const { token } of users) expect((await client.message(token, 'logout')).status).toBe(503);
}

async function assertRecovers(
  server: GatherdProcess,
  users: readonly Credentials[],
  ledger: Ledger,
): Promise<void> {
  using client = new GatherClient(server);
  expect((await client.message(users[0]?.token ?? '', 'there is room again')).status).toBe(201);
  expect((await client.get('/readyz')).status).toBe(200);
  await using load = new Load(server, users, ledger, { connections: 2 });
  await load.acknowledged(100);
  await load.stop();
}

/** The file system goes with the server, and SQLite needs room to look: so a copy is looked at. */
async function checkCopy(inside: string, ledger: Ledger, others: readonly string[]): Promise<void> {
  await using copy = await temporaryDirectory();
  const dump = join(copy.path, 'dump.ndjson');
  await cp(inside, copy.path, {
    recursive: true,
    filter: (path) => !path.includes('ballast') && !/\.(?:lock|sock)$/.test(path),
  });
  expect((await readFile(dump)).at(-1)).toBe(0x0a);
  await checkDump(ledger, dump, { others });
}

function shown(reply: Reply) {
  return { status: reply.status, retryAfter: reply.headers['retry-after'], text: saidBy(reply) };
}
