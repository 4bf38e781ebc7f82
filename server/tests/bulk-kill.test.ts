import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BulkLoad, BulkSender, settle } from './support/bulk-load.js';
import { dumpFiles } from './support/dump-records.js';
import { loginTo } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { ServedGatherd } from './support/gatherd-program.js';
import { Ledger } from './support/ledger.js';
import { IS_LONG } from './support/machine.js';
import { checkWholeDump } from './support/oracle.js';
import { temporaryDirectory } from './support/temporary-directory.js';

const ROUNDS = IS_LONG ? 100 : 3;

test.each([
  { what: 'segments in gzip', format: 'ndjson', compression: 'gzip', rounds: ROUNDS },
  { what: 'plain segments', format: 'csv', compression: 'none', rounds: Math.ceil(ROUNDS / 5) },
])(
  'after kill -9 under streams, with $what of $format, all that was acknowledged is there, and what is numbered exactly once',
  runRounds,
  IS_LONG ? 3_600_000 : 240_000,
);

interface Case {
  readonly format: string;
  readonly compression: string;
  readonly rounds: number;
}

async function runRounds({ format, compression, rounds }: Case): Promise<void> {
  await using directory = await temporaryDirectory();
  const dump = join(directory.path, `dump.${format}`);
  const options = {
    dataDir: directory.path,
    env: {
      GATHERD_DUMP_FORMAT: format,
      GATHERD_TOKEN_TTL: '86400',
      GATHERD_SEGMENT_BYTES: IS_LONG ? '256KiB' : '64KiB',
      GATHERD_SEGMENT_COMPRESSION: compression,
      GATHERD_DUMP_LOCK_TIMEOUT: '2000',
    },
  };
  const ledger = new Ledger();
  let senders: BulkSender[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await using server = await GatherdProcess.start(options);
    if (senders.length === 0) senders = await newSenders(server, ledger);
    const load = new BulkLoad(server, senders);
    await load.acknowledged(IS_LONG ? anyUpTo(6000) : 700 + anyUpTo(2000));
    await server.stop('SIGKILL');
    await load.stop();
    expect([...load.problems]).toEqual([]);
    await loseSomething(dump, round);
  }
  await using server = await ServedGatherd.start(options);
  await settle(server, senders);
  expect(await server.stop()).toBe(0);
  expect(existsSync(`${dump}.lock`)).toBe(false);
  expect((await dumpFiles(dump)).length).toBeGreaterThan(2);
  await checkWholeDump(ledger, dump);
  expect(ledger.count('rejected')).toBe(0);
}

function anyUpTo(most: number): number {
  return 1 + Math.floor(Math.random() * most);
}

/** Everything beside the segments can be made anew: without it nothing is lost, and nothing is there twice. */
async function loseSomething(dump: string, round: number): Promise<void> {
  if (round % 3 === 2) await rm(`${dump}.checkpoint`, { force: true });
  if (round % 3 === 0) await rm(`${dump}.last-seq`, { force: true });
}

async function newSenders(server: GatherdProcess, ledger: Ledger): Promise<BulkSender[]> {
  const dale = { user: 'dale', token: await loginTo(server, 'dale') };
  const audrey = { user: 'audrey', token: await loginTo(server, 'audrey') };
  return [
    new BulkSender(dale, ledger),
    new BulkSender(audrey, ledger),
    new BulkSender(dale, ledger, { isNumbered: true }),
    new BulkSender(dale, ledger, { isNumbered: true }),
    new BulkSender(audrey, ledger, { isNumbered: true, isGzipped: true }),
  ];
}
