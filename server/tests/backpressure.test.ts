import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loginTo, saidBy } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { Ledger } from './support/ledger.js';
import { Load } from './support/load.js';
import { IS_LONG, residentMiB } from './support/machine.js';
import { checkDump } from './support/oracle.js';
import { takeDumpLock, untilIdle } from './support/outsider.js';
import { until } from './support/until.js';

const KiB = 1024;
const GROWTH_MIB = 120;

test('what does not fit into the queue is refused with 503, memory stays flat, and the rest is stored later', async () => {
  await using server = await GatherdProcess.start({
    env: {
      GATHERD_MAX_QUEUE_BYTES: '1MiB',
      GATHERD_MAX_BODY_BYTES: '256KiB',
      GATHERD_MAX_MESSAGE_BYTES: '128KiB',
      GATHERD_DUMP_LOCK_TIMEOUT: '60000',
      GATHERD_LOG_LEVEL: 'error',
    },
  });
  const dump = join(server.dataDir, 'dump.ndjson');
  const users = [{ user: 'dale', token: await loginTo(server, 'dale') }];
  const ledger = new Ledger();
  await untilIdle(dump);
  await using outsider = await takeDumpLock(dump);
  const memoryBefore = residentMiB(server.pid);
  await using load = new Load(server, users, ledger, {
    connections: 40,
    messages: () => ['m'.repeat(100 * KiB)],
  });

  const refusal = await load.refused(/is full/);
  expect([refusal.status, refusal.headers['retry-after'], saidBy(refusal)]).toEqual([
    503,
    '1',
    'The queue of 1048576 bytes is full: nothing was stored',
  ]);
  // More than may be taken, were it kept.
  const refusals = IS_LONG ? 5000 : 1300;
  await until('many refusals', () => ledger.count('rejected') >= refusals);
  const memory = residentMiB(server.pid);
  if (memory !== undefined && memoryBefore !== undefined)
    expect(memory - memoryBefore).toBeLessThan(GROWTH_MIB);
  expect(ledger.count('acknowledged')).toBe(0);

  await outsider.release();
  await load.acknowledged(100);
  await load.stop();
  expect(ledger.count('unknown')).toBe(0);
  expect(await server.stop()).toBe(0);
  await checkDump(ledger, dump);
});
