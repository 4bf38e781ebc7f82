import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { loginTo } from '../../server/tests/support/gather-client.js';
import { GatherdProcess } from '../../server/tests/support/gatherd-process.js';
import { ServedGatherd } from '../../server/tests/support/gatherd-program.js';
import { Ledger } from '../../server/tests/support/ledger.js';
import { IS_LONG } from '../../server/tests/support/machine.js';
import { checkDump } from '../../server/tests/support/oracle.js';
import { temporaryDirectory } from '../../server/tests/support/temporary-directory.js';
import { until } from '../../server/tests/support/until.js';
import { startChaosProxy } from './support/chaos-proxy.js';
import { GatherCli } from './support/gather-cli.js';
import { InProcessGather } from './support/run-gather.js';

const SEEDS = IS_LONG ? Array.from({ length: 20 }, (_, index) => index + 1) : [1, 2];

// No port: who is led there is refused.
const NOWHERE = 0;

/** Lines of many shapes, each of them once. */
function linesFor(count: number): string[] {
  const shapes = ['', ' "quoted" \\ é 🙂', ' \u0001\t', ' {"json":true}', ` ${'x'.repeat(300)}`];
  return Array.from(
    { length: count },
    (_, index) => `${String(index)}${shapes[index % shapes.length] ?? ''}`,
  );
}

/** Each line is in the dump once and in order, and the dump is sound. */
async function assertStored(dataDir: string, lines: readonly string[]): Promise<void> {
  const dump = join(dataDir, 'dump.ndjson');
  const records = (await readFile(dump, 'utf8')).trimEnd().split('\n');
  const messages = records.map((record) => (JSON.parse(record) as { message: unknown }).message);
  expect(messages.length).toBe(lines.length);
  expect(messages.findIndex((message, index) => message !== lines[index])).toBe(-1);
  await checkDump(new Ledger(), dump, { others: lines });
}

const env = { GATHER_USER: 'dale', GATHER_PASSWORD: 'pass', GATHER_RETRY_FOR: '30', GATHER_TIMEOUT: '5' };

test.each(SEEDS)('a pipe through a bad network stores each line once, in order: seed %i', async (seed) => {
  await using gatherd = await ServedGatherd.start();
  await using proxy = await startChaosProxy({ port: gatherd.port, cuts: 25, seed });
  await using cli = await InProcessGather.create(env);
  // The login has no numbers that make it repeatable: it takes the straight way.
  const token = await loginTo(gatherd, 'dale');
  const lines = linesFor(8_000);
  const outcome = await cli.json(['pipe', '--server', proxy.url], {
    env: { GATHER_TOKEN: token },
    input: lines.join('\n'),
  });
  expect(outcome).toMatchObject({ ok: true, stored: lines.length });
  expect(proxy.cuts).toBeGreaterThan(0);
  await assertStored(gatherd.dataDir, lines);
});

test('a pipe outlives a server that is killed and started again while it sends', async () => {
  await using directory = await temporaryDirectory();
  const options = { dataDir: directory.path, env: { GATHERD_DUMP_LOCK_TIMEOUT: '2000' } };
  let gatherd = await GatherdProcess.start(options);
  try {
    await using proxy = await startChaosProxy({ port: gatherd.port, cuts: 0, seed: 1 });
    await using cli = await GatherCli.create({ ...env, GATHER_SERVER: proxy.url });
    const lines = linesFor(IS_LONG ? 300_000 : 30_000);
    const { child, run } = cli.start(['pipe', '--json']);
    const feeding = feed(child.stdin, lines);
    // Its login has no numbers that make it repeatable.
    await until('the first lines', async () => {
      const dump = await stat(join(directory.path, 'dump.ndjson')).catch(() => undefined);
      return (dump?.size ?? 0) > 0;
    });
    for (let round = 0; round < (IS_LONG ? 10 : 3); round += 1) {
      await sleep(150 + Math.random() * 200);
      // Its port may be another's before it is there again.
      proxy.leadTo(NOWHERE);
      await gatherd.stop('SIGKILL');
      gatherd = await GatherdProcess.start(options);
      proxy.leadTo(gatherd.port);
    }
    await feeding;
    const { stdout } = await run;
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, stored: lines.length });
    await assertStored(directory.path, lines);
  } finally {
    await gatherd[Symbol.asyncDispose]();
  }
});

test('a pipe outlives its token where a password is at hand', async () => {
  await using gatherd = await ServedGatherd.start({ env: { GATHERD_TOKEN_TTL: '2' } });
  await using cli = await GatherCli.create({ ...env, GATHER_SERVER: gatherd.url });
  const lines = linesFor(100);
  const { child, run } = cli.start(['pipe', '--json']);
  child.stdin.write(`${lines.slice(0, -1).join('\n')}\n`);
  const dump = join(gatherd.dataDir, 'dump.ndjson');
  await until('something stored', async () => (await readFile(dump, 'utf8')) !== '');
  // Until the token has expired that it was stored with.
  await sleep(2500);
  child.stdin.end(`${lines.at(-1) ?? ''}\n`);
  expect(JSON.parse((await run).stdout)).toMatchObject({ ok: true, stored: lines.length });
  await assertStored(gatherd.dataDir, lines);
});

/** Writes lines over about two seconds. */
async function feed(stdin: NodeJS.WritableStream, lines: readonly string[]): Promise<void> {
  const size = Math.ceil(lines.length / 100);
  for (let start = 0; start < lines.length; start += size) {
    stdin.write(`${lines.slice(start, start + size).join('\n')}\n`);
    await sleep(20);
  }
  stdin.end();
}
