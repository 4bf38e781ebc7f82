import { existsSync } from 'node:fs';
import { copyFile, readFile, rename, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDump } from './support/dump-records.js';
import { GatherClient, loginTo, saidBy } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { runProgram, ServedGatherd } from './support/gatherd-program.js';
import { Ledger } from './support/ledger.js';
import { Load, plainMessages, type Credentials } from './support/load.js';
import { checkDump } from './support/oracle.js';
import { robLock, takeDumpLock, takeLockAway, untilIdle } from './support/outsider.js';
import { until } from './support/until.js';

test('while another program holds the lock messages wait, and are refused when it keeps it', async () => {
  await using server = await ServedGatherd.start({ env: { GATHERD_DUMP_LOCK_TIMEOUT: '1000' } });
  const dump = join(server.dataDir, 'dump.ndjson');
  const token = await loginTo(server, 'dale');
  using client = new GatherClient(server, { connections: 2 });
  await untilIdle(dump);
  await using outsider = await takeDumpLock(dump);

  const refused = await client.message(token, 'too early');
  expect([refused.status, refused.headers['retry-after'], saidBy(refused)]).toEqual([
    503,
    '1',
    'Another program holds the lock of the dump: nothing was stored',
  ]);
  expect((await readFile(dump)).length).toBe(0);

  const waiting = client.message(token, 'in time');
  // It has arrived when a later request has been answered.
  await client.get('/healthz');
  await outsider.release();
  expect((await waiting).status).toBe(201);
  await server.stop();
  await checkDump(new Ledger(), dump, { others: ['in time'] });
});

test('under load another program gets the lock in time, again and again, and can copy a whole file', async () => {
  await using server = await ServedGatherd.start();
  const dump = join(server.dataDir, 'dump.ndjson');
  const ledger = new Ledger();
  await using load = new Load(server, await login(server), ledger);
  await load.acknowledged(100);
  for (let turn = 1; turn <= 2; turn += 1) {
    const copy = join(server.dataDir, `copy-${String(turn)}.ndjson`);
    await using outsider = await takeDumpLock(dump);
    await copyFile(dump, copy);
    await outsider.release();
    expect(await runProgram(['verify', '--json', copy])).toMatchObject({ code: 0 });
    await load.acknowledged(100);
  }
  await load.stop();
  expect(ledger.count('rejected')).toBe(0);
  expect(await server.stop()).toBe(0);
  await checkDump(ledger, dump);
});

test('when its lock is taken away under load, what was not committed is refused and the rest is stored', async () => {
  await using server = await ServedGatherd.start();
  const dump = join(server.dataDir, 'dump.ndjson');
  const ledger = new Ledger();
  await using load = new Load(server, await login(server), ledger, { connections: 2 });
  await load.acknowledged(100);
  await until('a refusal because the lock was taken away', () => {
    takeLockAway(dump);
    return [...load.refusals.keys()].some((text) => text.includes('The lock of the dump was taken away'));
  });
  for (let turn = 1; turn <= 10; turn += 1) {
    takeLockAway(dump);
    await load.acknowledged(20);
  }
  await load.stop();
  expect(await server.stop()).toBe(0);
  await checkDump(ledger, dump);
  expect(existsSync(`${dump}.lock`)).toBe(false);
});

test('whoever robs the lock and cuts the file short finds no holes in it later', async () => {
  await using server = await ServedGatherd.start({ env: { GATHERD_DUMP_LOCK_TIMEOUT: '500' } });
  const dump = join(server.dataDir, 'dump.ndjson');
  await using load = new Load(server, await login(server), new Ledger());
  await load.acknowledged(100);
  await using robber = await robLock(dump);
  await load.refused(/taken away|holds the lock/);
  await truncate(dump, 0);
  await robber.release();
  await load.acknowledged(100);
  await load.stop();
  expect(await server.stop()).toBe(0);
  const problems: string[] = [];
  const records = await readDump(dump, problems);
  expect(problems).toEqual([]);
  expect(records.map(({ seq }) => seq)).toEqual(
    records.map((_record, index) => (records[0]?.seq ?? 0) + index),
  );
});

test.each(['ndjson', 'csv'])(
  'when another program moves the %s dump away under the lock, the server goes on in a new one',
  async (format) => {
    await using server = await ServedGatherd.start({ env: { GATHERD_DUMP_FORMAT: format } });
    const dump = join(server.dataDir, `dump.${format}`);
    const ledger = new Ledger();
    await using load = new Load(server, await login(server), ledger, { connections: 2 });
    const files: string[] = [];
    for (const name of ['first', 'second']) {
      await load.acknowledged(100);
      const file = join(server.dataDir, `${name}.${format}`);
      await using outsider = await takeDumpLock(dump);
      await rename(dump, file);
      await outsider.release();
      files.push(file);
    }
    await load.acknowledged(100);
    await load.stop();
    expect(ledger.count('rejected')).toBe(0);
    expect(await server.stop()).toBe(0);
    await checkDump(ledger, [...files, dump]);
  },
);

test('when the dump is moved away as logrotate does, without the lock but with a SIGHUP, nothing acknowledged is lost', async () => {
  await using server = await GatherdProcess.start();
  const dump = join(server.dataDir, 'dump.ndjson');
  const ledger = new Ledger();
  await using load = new Load(server, await login(server), ledger, { messages: plainMessages(100) });
  await load.acknowledged(100);
  await rename(dump, join(server.dataDir, 'first.ndjson'));
  server.child.kill('SIGHUP');
  await until('a new dump', () => existsSync(dump));
  await load.acknowledged(100);
  await load.stop();
  expect(await server.stop()).toBe(0);
  await checkDump(ledger, [join(server.dataDir, 'first.ndjson'), dump]);
});

function login(server: { readonly port: number }): Promise<Credentials[]> {
  return Promise.all(['dale', 'audrey'].map(async (user) => ({ user, token: await loginTo(server, user) })));
}
