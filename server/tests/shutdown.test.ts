import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BulkUpload } from './support/bulk-client.js';
import { readDump } from './support/dump-records.js';
import { GatherClient, loginTo } from './support/gather-client.js';
import { GatherdProcess, runGatherd } from './support/gatherd-process.js';
import { ServedGatherd } from './support/gatherd-program.js';
import { Ledger } from './support/ledger.js';
import { Load, type Credentials } from './support/load.js';
import { checkDump } from './support/oracle.js';
import { takeDumpLock, untilIdle } from './support/outsider.js';
import { until } from './support/until.js';

/** As the README says. */
const MUST_END_WITHIN_MS = 10_000;

test.each(['SIGTERM', 'SIGINT'] as const)(
  'after %s under load the server ends with 0, and what it acknowledged is stored',
  async (signal) => {
    await using server = await GatherdProcess.start();
    const dump = join(server.dataDir, 'dump.ndjson');
    const ledger = new Ledger();
    await using load = new Load(server, await login(server), ledger, { connections: 4 });
    await load.acknowledged(200);
    const asked = performance.now();
    expect(await server.stop(signal)).toBe(0);
    expect(performance.now() - asked).toBeLessThan(MUST_END_WITHIN_MS);
    await load.stop();
    expect([existsSync(`${dump}.lock`), existsSync(`${dump}.lock.owner`)]).toEqual([false, false]);
    await checkDump(ledger, dump);
  },
);

test('the server ends in time though another program keeps the lock of the dump and much is waiting', async () => {
  await using server = await ServedGatherd.start({
    env: { GATHERD_MAX_QUEUE_BYTES: '4MiB', GATHERD_DUMP_LOCK_TIMEOUT: '600000' },
  });
  const dump = join(server.dataDir, 'dump.ndjson');
  const users = await login(server);
  await untilIdle(dump);
  await using outsider = await takeDumpLock(dump);
  const ledger = new Ledger();
  await using load = new Load(server, users, ledger, {
    connections: 24,
    messages: () => ['m'.repeat(250_000)],
  });
  await load.refused(/is full/);
  const asked = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - asked).toBeLessThan(MUST_END_WITHIN_MS);
  await load.stop();
  expect(ledger.count('acknowledged')).toBe(0);
  await outsider.release();
  await checkDump(ledger, dump);
});

test.each(['600000', '5000'])(
  'who waits for the lock of the dump (for %s ms at most) is told 503 when the server ends, which it does in time',
  async (timeout) => {
    await using server = await ServedGatherd.start({ env: { GATHERD_DUMP_LOCK_TIMEOUT: timeout } });
    const dump = join(server.dataDir, 'dump.ndjson');
    const token = await loginTo(server, 'dale');
    await untilIdle(dump);
    await using outsider = await takeDumpLock(dump);
    using client = new GatherClient(server, { connections: 2 });
    const answer = client.message(token, 'this waits for the lock');
    await client.get('/healthz');
    const asked = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - asked).toBeLessThan(MUST_END_WITHIN_MS);
    expect(await answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    await outsider.release();
  },
);

test('streams are answered with exactly what is stored of them when the server ends, busy or idle', async () => {
  await using server = await ServedGatherd.start();
  const token = await loginTo(server, 'dale');
  const kinds = ['application/json', 'application/x-ndjson'].flatMap((accept) =>
    [true, false].map((isBusy) => ({ accept, isBusy })),
  );
  using uploads = new Uploads(
    kinds.map(({ accept }) => new BulkUpload(server, token, { headers: { Accept: accept } })),
  );
  const sending = kinds.map(async ({ isBusy }, index) => {
    const upload = uploads.all[index];
    const line = `${JSON.stringify({ message: `stream ${String(index)}` })}\n`;
    await upload?.write(line);
    while (isBusy && upload?.failure === undefined && upload?.request.destroyed === false) {
      await upload.write(line.repeat(50));
      // One that never pauses reads its own answer too late.
      await sleep(2);
    }
  });
  const dump = join(server.dataDir, 'dump.ndjson');
  const storedOf = async (index: number) =>
    (await readDump(dump, [])).filter(({ message }) => message === `stream ${String(index)}`).length;
  await until('some of each', async () =>
    (await Promise.all(kinds.map((_, i) => storedOf(i)))).every(Boolean),
  );
  const asked = performance.now();
  const lines = Promise.all(uploads.all.map((upload) => upload.rest()));
  expect(await server.stop()).toBe(0);
  expect(performance.now() - asked).toBeLessThan(MUST_END_WITHIN_MS);
  await Promise.all(sending);
  for (const [index, said] of (await lines).entries())
    expect(said.at(-1)).toMatchObject({
      status: 503,
      code: 'dump.closed',
      accepted: await storedOf(index),
      duplicates: 0,
    });
});

test('streams that wait for the lock of the dump are answered when the server ends', async () => {
  await using server = await ServedGatherd.start({ env: { GATHERD_DUMP_LOCK_TIMEOUT: '600000' } });
  const dump = join(server.dataDir, 'dump.ndjson');
  const token = await loginTo(server, 'dale');
  await untilIdle(dump);
  await using outsider = await takeDumpLock(dump);
  using upload = new BulkUpload(server, token);
  void upload.write(`{"message":"${'m'.repeat(1000)}"}\n`.repeat(20_000));
  using client = new GatherClient(server);
  await client.get('/healthz');
  const asked = performance.now();
  const lines = upload.rest();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - asked).toBeLessThan(MUST_END_WITHIN_MS);
  expect((await lines).at(-1)).toMatchObject({ status: 503, accepted: 0, last: null });
  await outsider.release();
  expect(await readDump(dump, [])).toEqual([]);
});

test('a stream that begins when the server ends already is not read', async () => {
  await using server = await GatherdProcess.start({ env: { GATHERD_DUMP_LOCK_TIMEOUT: '600000' } });
  const dump = join(server.dataDir, 'dump.ndjson');
  const token = await loginTo(server, 'dale');
  await untilIdle(dump);
  await using outsider = await takeDumpLock(dump);
  const socket = connect(server.port, '127.0.0.1');
  const answers = text(socket);
  const body = JSON.stringify({ message_type: 'MESSAGE', token, message: 'this waits for the lock' });
  const head = (path: string, type: string, length: number) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${String(length)}\r\n`;
  socket.write(`${head('/', 'application/json', body.length)}\r\n${body}`);
  using client = new GatherClient(server);
  await client.get('/healthz');
  server.child.kill('SIGTERM');
  await until('the server is stopping', () => server.output.includes('Stopping'));
  socket.write(`${head('/v1/messages', 'text/plain', 4)}Authorization: Bearer ${token}\r\n\r\nlate`);
  expect([...(await answers).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
    '503',
    '503',
  ]);
  expect(await answers).toMatch(/"code":"dump.closed","accepted":0,"duplicates":0,"last":null/);
  await until('its end', () => server.child.exitCode !== null);
  expect(server.child.exitCode).toBe(0);
  await outsider.release();
});

test('a second signal ends the server at once', async () => {
  await using server = await GatherdProcess.start({ env: { GATHERD_DUMP_LOCK_TIMEOUT: '600000' } });
  const dump = join(server.dataDir, 'dump.ndjson');
  const token = await loginTo(server, 'dale');
  await untilIdle(dump);
  await using outsider = await takeDumpLock(dump);
  using client = new GatherClient(server, { connections: 2 });
  const answer = client.message(token, 'the server has to wait for the lock with this').then(
    () => 'an answer',
    () => 'none',
  );
  await client.get('/healthz');
  server.child.kill('SIGTERM');
  await until('the server is stopping', () => server.output.includes('Stopping'));
  expect(server.child.exitCode).toBeNull();
  expect(await server.stop('SIGTERM')).toBe(1);
  expect(await answer).toBe('none');
  await outsider.release();
});

test('a second server does not start on the same data directory, and says who has it', async () => {
  await using first = await ServedGatherd.start();
  const { code, stderr } = await runGatherd(['--port', '0', '--data-dir', first.dataDir]);
  expect(code).toBe(1);
  expect(stderr).toContain(`is in use by process ${String(process.pid)}`);
  using client = new GatherClient(first);
  expect((await client.message(await client.login('dale'), 'still here')).status).toBe(201);
});

/** Uploads that end together. */
class Uploads implements Disposable {
  readonly all: readonly BulkUpload[];

  constructor(all: readonly BulkUpload[]) {
    this.all = all;
  }

  [Symbol.dispose](): void {
    for (const upload of this.all) upload[Symbol.dispose]();
  }
}

function login(server: { readonly port: number }): Promise<Credentials[]> {
  return Promise.all(['dale', 'audrey'].map(async (user) => ({ user, token: await loginTo(server, user) })));
}
