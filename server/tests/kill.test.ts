import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GatherClient, loginTo, saidBy } from './support/gather-client.js';
import { GATHERD_MAIN, GatherdProcess } from './support/gatherd-process.js';
import { ServedGatherd } from './support/gatherd-program.js';
import { Ledger } from './support/ledger.js';
import { Load, type Credentials } from './support/load.js';
import { IS_LONG } from './support/machine.js';
import { checkDump } from './support/oracle.js';
import { temporaryDirectory } from './support/temporary-directory.js';
import { until } from './support/until.js';

/** Long before proper-lockfile calls a lock stale: a predecessor's lock is broken, or nothing starts in time. */
const LOCK_TIMEOUT_MS = '2000';
const USERS = ['dale', 'audrey', 'log.lady'];

test.each([
  { format: 'ndjson', rounds: IS_LONG ? 14 : 2 },
  { format: 'csv', rounds: IS_LONG ? 6 : 1 },
])('after kill -9 under load the $format dump holds all that was acknowledged', runRounds, 240_000);

test('a server that was killed at any moment of its first start starts again', async () => {
  const moments = ['owner.db', 'gatherd.db-wal', 'pepper.key', 'dump.ndjson'];
  for (const moment of [...moments, ...(IS_LONG ? ['gatherd.db', 'token.key'] : [])]) {
    await using directory = await temporaryDirectory();
    const first = spawn(process.execPath, [GATHERD_MAIN, '--port', '0', '--data-dir', directory.path], {
      stdio: 'ignore',
    });
    const killed = once(first, 'exit');
    await until(`the file ${moment}`, () => existsSync(join(directory.path, moment)));
    first.kill('SIGKILL');
    await killed;
    await using server = await ServedGatherd.start({ dataDir: directory.path });
    using client = new GatherClient(server);
    expect((await client.message(await client.login('dale'), `after ${moment}`)).status).toBe(201);
  }
});

async function runRounds({ format, rounds }: { format: string; rounds: number }): Promise<void> {
  await using directory = await temporaryDirectory();
  const dump = join(directory.path, `dump.${format}`);
  const options = {
    dataDir: directory.path,
    env: {
      GATHERD_DUMP_FORMAT: format,
      GATHERD_TOKEN_TTL: '3600',
      GATHERD_DUMP_LOCK_TIMEOUT: LOCK_TIMEOUT_MS,
    },
  };
  const ledger = new Ledger();
  const others: string[] = [];
  let users: Credentials[] | undefined;
  for (let round = 1; round <= rounds; round += 1) {
    await using server = await GatherdProcess.start(options);
    users ??= await Promise.all(USERS.map(async (user) => ({ user, token: await loginTo(server, user) })));
    await assertStateWasKept(server, users, round, others);
    const loggedOut = await logOutOneSession(server, others);
    await using load = new Load(server, users, ledger, { connections: 2 });
    await load.acknowledged(1 + Math.floor(Math.random() * (IS_LONG ? 1500 : 600)));
    await server.stop('SIGKILL');
    await load.stop();
    await assertQuickRestart(options, dump, loggedOut);
  }
  await checkDump(ledger, dump, { others });
  expect(ledger.count('rejected')).toBe(0);
}

/** A restart invalidates no token. */
async function assertStateWasKept(
  server: GatherdProcess,
  users: readonly Credentials[],
  round: number,
  others: string[],
): Promise<void> {
  using client = new GatherClient(server);
  for (const { user, token } of users) {
    const message = `${user} is back in round ${String(round)}`;
    expect(await client.message(token, message)).toMatchObject({ status: 201 });
    others.push(message);
  }
}

async function logOutOneSession(server: GatherdProcess, others: string[]): Promise<string> {
  using client = new GatherClient(server);
  const token = await client.login('bob');
  expect((await client.message(token, 'logout')).status).toBe(202);
  others.push('logout');
  return token;
}

async function assertQuickRestart(
  options: { dataDir: string },
  dump: string,
  loggedOut: string,
): Promise<void> {
  await using server = await ServedGatherd.start(options);
  expect(existsSync(`${dump}.lock`)).toBe(false);
  using client = new GatherClient(server);
  // Nor does it bring a session back that had ended.
  const reply = await client.message(loggedOut, 'from the grave');
  expect([reply.status, saidBy(reply)]).toEqual([403, 'Please identify!']);
  expect(await server.stop()).toBe(0);
  expect(existsSync(`${dump}.lock`)).toBe(false);
}
