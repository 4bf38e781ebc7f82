import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { sendBulk } from './support/bulk-client.js';
import { BulkLoad, BulkSender, settle } from './support/bulk-load.js';
import { dumpFiles, readWholeDump } from './support/dump-records.js';
import { loginTo } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { runProgram, ServedGatherd } from './support/gatherd-program.js';
import { InProcessGatherd } from './support/in-process-gatherd.js';
import { Ledger } from './support/ledger.js';
import { canRun, IS_LONG } from './support/machine.js';
import { checkDump, checkWholeDump } from './support/oracle.js';
import { takeDumpLock } from './support/outsider.js';
import { until } from './support/until.js';

const [MANY, SOME, FEW] = IS_LONG ? ([8000, 3000, 1000] as const) : ([3000, 1000, 300] as const);
const SMALL = { GATHERD_SEGMENT_BYTES: '64KiB' };

async function newSenders(server: { readonly port: number }, ledger: Ledger): Promise<BulkSender[]> {
  const dale = { user: 'dale', token: await loginTo(server, 'dale') };
  const audrey = { user: 'audrey', token: await loginTo(server, 'audrey') };
  return [new BulkSender(dale, ledger), new BulkSender(audrey, ledger, { isNumbered: true })];
}

async function manifestOf(dump: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(`${dump}.manifest`, 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test.each(['none', 'gzip'])(
  'under load segments are closed and sealed (compression: %s), none is forgotten, and the whole is clean',
  async (compression) => {
    await using server = await ServedGatherd.start({
      env: { ...SMALL, GATHERD_SEGMENT_COMPRESSION: compression },
    });
    const dump = join(server.dataDir, 'dump.ndjson');
    const ledger = new Ledger();
    const senders = await newSenders(server, ledger);
    await using load = new BulkLoad(server, senders);
    await load.acknowledged(MANY);
    await load.stop();
    expect([...load.problems]).toEqual([]);
    const closed = (await dumpFiles(dump)).slice(0, -1);
    expect(closed.length).toBeGreaterThan(1);
    await until(
      'all closed segments in the manifest',
      async () => (await manifestOf(dump)).length === closed.length,
    );
    if (compression === 'gzip')
      await until('all closed segments packed', async () =>
        (await dumpFiles(dump)).slice(0, -1).every((file) => file.endsWith('.gz')),
      );
    expect(await server.stop()).toBe(0);
    await checkWholeDump(ledger, dump);
    expect(ledger.count('acknowledged')).toBeGreaterThanOrEqual(MANY);
  },
);

test('tail -F sees every line once and in order across rotations', async (context) => {
  if (!canRun('tail', '--version')) context.skip('there is no tail here');
  await using server = await ServedGatherd.start({ env: SMALL });
  const dump = join(server.dataDir, 'dump.ndjson');
  const token = await loginTo(server, 'dale');
  const tail = spawn('tail', ['-n', '+1', '-s', '0.05', '-F', dump], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const seen: unknown[] = [];
    createInterface({ input: tail.stdout }).on('line', (line) => {
      seen.push((JSON.parse(line) as { seq: number }).seq);
    });
    // Less than a segment at once: of two rotations between its looks no tail can see the file between.
    for (let part = 1; part <= 12; part += 1) {
      await sendBulk(server, token, `${JSON.stringify({ message: 'm'.repeat(500) })}\n`.repeat(60));
      await until('what was sent', () => seen.length === part * 60);
    }
    expect(seen).toEqual(Array.from({ length: 720 }, (_, index) => index + 1));
    expect((await dumpFiles(dump)).length).toBeGreaterThan(4);
  } finally {
    tail.kill('SIGKILL');
  }
});

test('while another program moves the dump away under the lock, or copies it, streams go on, and nothing is lost', async () => {
  await using server = await ServedGatherd.start();
  const dump = join(server.dataDir, 'dump.ndjson');
  const ledger = new Ledger();
  const senders = await newSenders(server, ledger);
  await using load = new BulkLoad(server, senders);
  const moved: string[] = [];
  for (const how of ['proper-lockfile', 'mkdir', 'proper-lockfile', 'mkdir']) {
    await load.acknowledged(FEW);
    const file = join(server.dataDir, `moved-${String(moved.length)}.ndjson`);
    await using _hold = how === 'mkdir' ? await lockByMkdir(dump) : await takeDumpLock(dump);
    await rename(dump, file);
    moved.push(file);
  }
  await load.acknowledged(FEW);
  await load.stop();
  expect([...load.problems]).toEqual([]);
  expect(await server.stop()).toBe(0);
  expect((await manifestOf(dump)).map(({ event }) => event)).toEqual(moved.map(() => 'moved'));
  await checkDump(ledger, [...moved, dump]);
  expect(await runProgram(['verify', '--data-dir', server.dataDir])).toMatchObject({ code: 0 });
});

test('a segment is closed when its first record is old, whichever way the clock is set', async () => {
  await using gatherd = await InProcessGatherd.start({
    GATHERD_SEGMENT_AGE: '60',
    GATHERD_TOKEN_TTL: '86400',
  });
  const server = { port: Number(new URL(gatherd.url('front')).port) };
  const token = await loginTo(server, 'dale');
  const dump = gatherd.file('dump.ndjson');
  const send = async (text: string, expected: number) => {
    expect((await sendBulk(server, token, `${JSON.stringify({ message: text })}\n`)).status).toBe(200);
    expect((await dumpFiles(dump)).length).toBe(expected);
  };
  await send('one', 1);
  gatherd.clock.advance(59_000);
  await send('two', 1);
  gatherd.clock.advance(1000);
  await send('three', 2);
  gatherd.clock.advance(-3_600_000);
  await send('four', 2);
  await gatherd.restart();
  await send('five', 2);
  gatherd.clock.advance(3_600_000 + 61_000);
  await send('six', 3);
  await gatherd.stop();
  const records = await readWholeDump(dump, []);
  expect(records.map(({ seq, message }) => [seq, message])).toEqual(
    ['one', 'two', 'three', 'four', 'five', 'six'].map((message, index) => [index + 1, message]),
  );
});

test.each([
  ['bytes', { GATHERD_RETENTION_BYTES: '256KiB' }, 0],
  ['age', { GATHERD_RETENTION_AGE: '60' }, 61_000],
] as const)('by %s the oldest segments go, and no number of a producer with them', async (_what, env, ms) => {
  await using gatherd = await InProcessGatherd.start({ ...SMALL, ...env, GATHERD_TOKEN_TTL: '86400' });
  const server = { port: Number(new URL(gatherd.url('front')).port) };
  const token = await loginTo(server, 'dale');
  const dump = gatherd.file('dump.ndjson');
  const producer = { id: '5bd5f59e-9f4f-4a0c-8a3e-3c0cba0e6e54', first: 1 };
  const line = `${JSON.stringify({ message: 'm'.repeat(1000) })}\n`;
  expect((await sendBulk(server, token, line.repeat(100), { producer })).status).toBe(200);
  gatherd.clock.advance(ms);
  for (let part = 0; part < 10; part += 1)
    expect((await sendBulk(server, token, line.repeat(80))).status).toBe(200);
  const first = gatherd.file('dump-0000000000000001.ndjson');
  await until('the first segment to go', async () => !(await dumpFiles(dump)).includes(first));
  await rm(`${dump}.checkpoint`, { force: true });
  await gatherd.restart();
  const again = await sendBulk(server, token, line.repeat(100), { producer });
  expect(JSON.parse(again.text)).toEqual({ accepted: 0, duplicates: 100, last: null });
  await gatherd.stop();
  const { code, stdout } = await runProgram(['verify', '--json', '--data-dir', gatherd.dataDir]);
  expect([code, stdout]).toEqual([0, expect.stringContaining('"problemCount":0')]);
});

test.each(['dump.ndjson.checkpoint', 'dump.ndjson.manifest', 'a closed segment', 'an index', 'dump.ndjson'])(
  'a flipped bit in %s is seen by verify, or does no harm, and the server starts and goes on',
  async (what) => {
    await using server = await ServedGatherd.start({ env: SMALL });
    const dump = join(server.dataDir, 'dump.ndjson');
    const ledger = new Ledger();
    const senders = await newSenders(server, ledger);
    const load = new BulkLoad(server, senders);
    await load.acknowledged(SOME);
    await load.stop();
    const closed = (await dumpFiles(dump))[0] ?? '';
    await until('a sealed segment', async () => (await manifestOf(dump)).length > 0);
    await until('its index', () => existsSync(`${closed}.index`));
    expect(await server.stop()).toBe(0);
    const names: Record<string, string> = { 'a closed segment': closed, 'an index': `${closed}.index` };
    const damaged = names[what] ?? join(server.dataDir, what);
    await flipABit(damaged);
    const flipped = await readFile(damaged);
    await using again = await ServedGatherd.start({ dataDir: server.dataDir, env: SMALL });
    await settle(again, senders);
    const more = new BulkLoad(again, senders);
    await more.acknowledged(FEW);
    await more.stop();
    if (what === 'an index') await until('a new index', async () => !flipped.equals(await readFile(damaged)));
    expect(await again.stop()).toBe(0);
    const { code } = await runProgram(['verify', '--data-dir', server.dataDir]);
    const isMended = what === 'an index' || what.endsWith('.checkpoint');
    if (isMended) await checkWholeDump(ledger, dump);
    else expect(code).toBe(1);
  },
);

test.each(['checkpoint', 'manifest', 'index'])('a lost %s is made anew', async (what) => {
  // One of them after a kill: what a process leaves is the same for all that can be made anew.
  const isKilled = IS_LONG || what === 'checkpoint';
  await using server = await (isKilled ? GatherdProcess : ServedGatherd).start({ env: SMALL });
  const dump = join(server.dataDir, 'dump.ndjson');
  const ledger = new Ledger();
  const senders = await newSenders(server, ledger);
  const load = new BulkLoad(server, senders);
  await load.acknowledged(SOME);
  await load.stop();
  await (server instanceof GatherdProcess ? server.stop('SIGKILL') : server.stop());
  const closed = (await dumpFiles(dump))[0] ?? '';
  await rm(what === 'index' ? `${closed}.index` : `${dump}.${what}`, { force: true });
  await using again = await ServedGatherd.start({ dataDir: server.dataDir, env: SMALL });
  await settle(again, senders);
  const segments = (await dumpFiles(dump)).length - 1;
  await until('the manifest to be whole', async () => (await manifestOf(dump)).length >= segments);
  expect(await again.stop()).toBe(0);
  await checkWholeDump(ledger, dump);
});

test('after everything but the segments is lost the numbers go on', async () => {
  await using gatherd = await InProcessGatherd.start({
    GATHERD_SEGMENT_BYTES: '64KiB',
    GATHERD_TOKEN_TTL: '86400',
  });
  const server = { port: Number(new URL(gatherd.url('front')).port) };
  const token = await loginTo(server, 'dale');
  const dump = gatherd.file('dump.ndjson');
  const line = `${JSON.stringify({ message: 'm'.repeat(1000) })}\n`;
  await sendBulk(server, token, line.repeat(10));
  await gatherd.stop();
  await rename(dump, gatherd.file('dump-0000000000000001.ndjson'));
  for (const what of ['checkpoint', 'manifest', 'last-seq']) await rm(`${dump}.${what}`, { force: true });
  await gatherd.restart();
  expect(JSON.parse((await sendBulk(server, token, line)).text)).toMatchObject({ last: 11 });
});

async function flipABit(path: string): Promise<void> {
  const bytes = await readFile(path);
  // Of a key: what a message holds in a live file has nothing beside it to be compared with.
  const key = bytes.indexOf('"seq":', bytes.length / 2);
  const middle = key === -1 ? Math.floor(bytes.length / 2) : key + 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 2;
  await writeFile(path, bytes);
}

/** The lock as a shell script takes it. */
async function lockByMkdir(dump: string): Promise<AsyncDisposable> {
  await until('the lock', async () => {
    try {
      await mkdir(`${dump}.lock`);
      return true;
    } catch {
      return false;
    }
  });
  return { [Symbol.asyncDispose]: () => rmdir(`${dump}.lock`) };
}
