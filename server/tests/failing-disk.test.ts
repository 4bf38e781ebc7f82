import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { BulkLoad, BulkSender, settle } from './support/bulk-load.js';
import { GatherClient, loginTo, saidBy } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { ServedGatherd } from './support/gatherd-program.js';
import { Ledger } from './support/ledger.js';
import { Load } from './support/load.js';
import { canRun, IS_LONG } from './support/machine.js';
import { checkDump, checkWholeDump } from './support/oracle.js';
import { temporaryDirectory } from './support/temporary-directory.js';
import { until } from './support/until.js';

const CAN_FAIL = canRun('strace', '-D', '-f', '--seccomp-bpf', '-e', 'inject=fdatasync:error=EIO', 'true');
const NOT_WRITTEN = 'The dump could not be written: nothing was stored';

test('when syncs fail, those commits are answered 503, nothing of them is stored, and what is acknowledged in between is', async (context) => {
  await assertRefusesAndRecovers(context, 'fdatasync:error=EIO:when=20+15');
});

test('when a write fails, that commit is answered 503, nothing of it is stored, and the next ones are', async (context) => {
  await assertRefusesAndRecovers(context, 'pwrite64:error=EIO:when=20');
});

test('when the cut after a failed sync fails too, nothing is written before it has succeeded', async (context) => {
  await assertRefusesAndRecovers(context, 'fdatasync:error=EIO:when=20+15', 'ftruncate:error=EIO:when=1+2');
});

test('when the file cannot be opened again after a failed sync, what was refused is cut off later', async (context) => {
  skipWithoutFaults(context);
  // How often a start opens the dump is not this test's business: the next time is the one after the failed sync.
  const next = (await countOpensOfAStart()) + 1;
  const inject = `openat:error=EMFILE:when=${String(next)}`;
  await assertRefusesAndRecovers(context, 'fdatasync:error=EIO:when=20', inject);
});

test('once a 503 is answered, not even kill -9 leaves what was refused in the dump', async (context) => {
  skipWithoutFaults(context);
  await using directory = await temporaryDirectory();
  const ledger = new Ledger();
  {
    const inject = ['fdatasync:error=EIO:when=3', 'ftruncate:delay_enter=1000000'];
    await using server = await startFailing(directory.path, 'dump.ndjson', inject);
    const users = [{ user: 'dale', token: await loginTo(server, 'dale') }];
    await using load = new Load(server, users, ledger);
    await load.refused(/could not be written/);
    await server.stop('SIGKILL');
    await load.stop();
  }
  await restartAndCheck(directory.path, ledger);
});

test('on a slow disk a kill -9 in the moment of an acknowledgement loses nothing', async (context) => {
  skipWithoutFaults(context);
  await using directory = await temporaryDirectory();
  const ledger = new Ledger();
  {
    await using server = await startFailing(directory.path, 'dump.ndjson', ['pwrite64:delay_enter=50000']);
    const users = [{ user: 'dale', token: await loginTo(server, 'dale') }];
    await using load = new Load(server, users, ledger, { connections: 3 });
    await load.acknowledged(10);
    await server.stop('SIGKILL');
    await load.stop();
  }
  await restartAndCheck(directory.path, ledger);
});

test('a server that was killed between taking the lock and signing it starts again at once', async (context) => {
  skipWithoutFaults(context);
  await using directory = await temporaryDirectory();
  const lock = join(directory.path, 'dump.ndjson.lock');
  const ledger = new Ledger();
  {
    // It opens the file to look for a predecessor's, to sign its lock at the start, and then at the first message.
    const inject = ['openat:delay_enter=3000000:when=3'];
    await using server = await startFailing(directory.path, 'dump.ndjson.lock.owner', inject);
    const users = [{ user: 'dale', token: await loginTo(server, 'dale') }];
    await using load = new Load(server, users, ledger);
    await until('a lock that is not signed', () => existsSync(lock) && !existsSync(`${lock}.owner`));
    await server.stop('SIGKILL');
    await load.stop();
    expect([existsSync(lock), existsSync(`${lock}.owner`)]).toEqual([true, false]);
  }
  await restartAndCheck(directory.path, ledger);
});

const FAULTS: readonly (readonly [string, string])[] = [
  ['syncs fail', 'fdatasync:error=EIO:when=6+9'],
  ['writes find no room', 'pwrite64:error=ENOSPC:when=6+9'],
  // To the dump it is the same as the one before.
  ...(IS_LONG ? [['writes fail', 'pwrite64:error=EIO:when=6+9'] as const] : []),
];

test.skipIf(!CAN_FAIL).each(FAULTS)(
  'when %s under streams, what they acknowledged is there, and what is numbered exactly once',
  async (_what, inject) => {
    await using directory = await temporaryDirectory();
    await using server = await startFailing(directory.path, 'dump.ndjson', [inject]);
    const ledger = new Ledger();
    const dale = { user: 'dale', token: await loginTo(server, 'dale') };
    const senders = [new BulkSender(dale, ledger), new BulkSender(dale, ledger, { isNumbered: true })];
    const load = new BulkLoad(server, senders);
    // How many messages a write takes is a matter of speed, and with it which message the first fault hits.
    await until('a stream that a fault has ended', () => load.problems.size > 0);
    await load.acknowledged(IS_LONG ? 3000 : 1500);
    await load.stop();
    await settle(server, senders);
    expect(await server.stop()).toBe(0);
    await checkWholeDump(ledger, join(directory.path, 'dump.ndjson'));
  },
);

async function assertRefusesAndRecovers(context: TestContext, ...inject: readonly string[]): Promise<void> {
  skipWithoutFaults(context);
  await using directory = await temporaryDirectory();
  await using server = await startFailing(directory.path, 'dump.ndjson', inject);
  const users = [
    { user: 'dale', token: await loginTo(server, 'dale') },
    { user: 'audrey', token: await loginTo(server, 'audrey') },
  ];
  const ledger = new Ledger();
  await using load = new Load(server, users, ledger, { connections: 2 });
  const refusal = await load.refused(/could not be written/);
  expect([refusal.status, refusal.headers['retry-after'], saidBy(refusal)]).toEqual([503, '1', NOT_WRITTEN]);
  await load.acknowledged(50);
  await load.stop();
  expect(await server.stop()).toBe(0);
  await checkDump(ledger, join(directory.path, 'dump.ndjson'));
}

async function restartAndCheck(dataDir: string, ledger: Ledger): Promise<void> {
  await using server = await ServedGatherd.start({ dataDir, env: { GATHERD_DUMP_LOCK_TIMEOUT: '2000' } });
  using client = new GatherClient(server);
  const token = await client.login('dale');
  expect((await client.message(token, 'after the restart')).status).toBe(201);
  expect(await server.stop()).toBe(0);
  await checkDump(ledger, join(dataDir, 'dump.ndjson'), { others: ['after the restart'] });
}

async function countOpensOfAStart(): Promise<number> {
  await using directory = await temporaryDirectory();
  const trace = join(directory.path, 'trace');
  await using server = await startFailing(directory.path, 'dump.ndjson', [], trace);
  using client = new GatherClient(server);
  expect((await client.message(await client.login('dale'), 'the lock is taken once more')).status).toBe(201);
  const lines = (await readFile(trace, 'utf8')).split('\n');
  return lines.filter((line) => line.includes('openat(')).length;
}

/**
 * Starts a server some of whose calls fail, those that concern one file.
 *
 * @param inject - what strace is told; it counts calls by thread, so there is only one thread for files
 * @param output - where it writes which calls there were
 */
function startFailing(
  dataDir: string,
  file: string,
  inject: readonly string[],
  output = '/dev/null',
): Promise<GatherdProcess> {
  return GatherdProcess.start({
    dataDir,
    command: [
      'strace',
      ...['-D', '-f', '--seccomp-bpf', '-o', output, '-P', join(dataDir, file)],
      ...['-e', 'trace=fdatasync,pwrite64,ftruncate,openat'],
      ...inject.flatMap((each) => ['-e', `inject=${each}`]),
    ],
    env: { UV_THREADPOOL_SIZE: '1' },
  });
}

function skipWithoutFaults(context: TestContext): void {
  if (!CAN_FAIL) context.skip('strace cannot make calls fail here');
}
