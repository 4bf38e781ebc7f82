import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../server/tests/support/until.js';
import { unusedAddress } from './support/raw-server.js';
import { linesOf, numbered, SpoolRig } from './support/spool-rig.js';

let rig: SpoolRig;

beforeEach(async () => {
  rig = await SpoolRig.create();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

async function away(): Promise<{ env: Record<string, string>; dir: string[] }> {
  const env = { GATHER_SERVER: await unusedAddress(), GATHER_RETRY_FOR: '0' };
  return { env, dir: ['--spool-dir', join(rig.directory, 'spool')] };
}

/** Lines of about 1 KiB, that begin with their number. */
function longLines(count: number): string {
  return linesOf(numbered(count).map((line) => line.padEnd(1_000, '.')));
}

describe('pipe --spool', () => {
  test('delivers each line, while it reads and to the end', async () => {
    const { child, run } = rig.start('pipe', '--spool', '--json');
    child.stdin.write(linesOf(numbered(10)));
    await rig.arrived(10);
    child.stdin.end(`${linesOf(numbered(20_000, 10))}\nü€\tx`);
    const { exitCode, stdout } = await run;
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      0,
      { spooled: 20_012, delivered: 20_012, waiting: 0 },
    ]);
    expect(await rig.dumped()).toEqual([...numbered(20_010), '', 'ü€\tx']);
  });

  test('takes JSON values, and leaves what they are', async () => {
    const input = '{"a":\t[1, "ü"]}\n\n"text"\n';
    expect(await rig.cli.here.json(['pipe', '--spool', '--ndjson'], { input })).toMatchObject({
      delivered: 2,
    });
    expect(await rig.dumped()).toEqual([{ a: [1, 'ü'] }, 'text']);
  });

  test('ends with 75 where the server is away, and keeps all', async () => {
    const { env, dir } = await away();
    const input = linesOf(numbered(5_000));
    const piped = await rig.cli.here.json(['pipe', '--spool', ...dir], { env, input });
    expect(piped).toMatchObject({ ok: true, exitCode: 75, spooled: 5_000, delivered: 0, waiting: 5_000 });
    expect(await rig.cli.here.json(['spool', 'verify', ...dir], { env })).toMatchObject({
      exitCode: 0,
      messages: 5_000,
    });
  });

  test('keeps what is spooled on SIGINT, and a wrong line ends it after those before', async () => {
    await rig.gatherd.stop();
    const { child, run } = rig.start('pipe', '--spool', '--json');
    child.stdin.write(`${linesOf(numbered(3))}part`);
    await until('the lines', async () => (await rig.cli.here.json(['spool', 'status']))['pending'] === 3);
    child.kill('SIGINT');
    const { exitCode, stdout } = await run;
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([130, { spooled: 3, waiting: 3 }]);
    await rig.restartServer();
    const input = Buffer.from(`${linesOf(numbered(2, 3))}\xff\nno\n`, 'latin1');
    expect(await rig.cli.here.json(['pipe', '--spool'], { input })).toMatchObject({
      exitCode: 1,
      delivered: 2,
      error: { message: expect.stringContaining('Line 3') as unknown },
    });
    expect(await rig.dumped()).toEqual(numbered(5));
  });

  test('goes on after kill -9 of the server, with each line once', async () => {
    await rig.moveServerToProcess();
    const { child, run } = rig.start('pipe', '--spool', '--json');
    child.stdin.write(linesOf(numbered(5_000)));
    await rig.arrived(1);
    await rig.killServer();
    child.stdin.write(linesOf(numbered(5_000, 5_000)));
    await rig.restartServer();
    child.stdin.end();
    expect((await run).exitCode).toBe(0);
    expect(await rig.dumped()).toEqual(numbered(10_000));
  });
});

describe('a full spool', () => {
  const limit = ['--spool-max-bytes', '65536'];

  test('with fail refuses, names the limit and says what it has', async () => {
    const { env, dir } = await away();
    const args = ['pipe', '--spool', ...dir, ...limit, '--spool-full', 'fail'];
    const { spooled, ...rest } = await rig.cli.here.json(args, { env, input: longLines(500) });
    expect(rest).toMatchObject({
      exitCode: 1,
      error: { message: expect.stringContaining('65536') as unknown },
    });
    const status = await rig.cli.here.json(['spool', 'status', ...dir], { env });
    expect(status).toMatchObject({ pending: spooled });
    const send = ['send', '--spool', 'x'.repeat(65_000), ...dir, ...limit, '--spool-full', 'fail'];
    const sent = await rig.cli.here.json(send, { env });
    expect(sent).toMatchObject({
      exitCode: 1,
      error: { message: expect.stringContaining('65536') as unknown },
    });
  });

  test('with drop-oldest drops, and says how many', async () => {
    const { env, dir } = await away();
    const args = ['pipe', '--spool', ...dir, ...limit, '--spool-full', 'drop-oldest'];
    const { child, run } = rig.cli.start([...args, '--json'], { env });
    // One by one, so that the parts of the spool are small.
    for (let i = 0; i < 300; i += 10) {
      child.stdin.write(linesOf(numbered(10, i).map((line) => line.padEnd(1_000, '.'))));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    child.stdin.end();
    const { stdout, stderr } = await run;
    const end = JSON.parse(stdout) as { dropped: number; exitCode: number };
    expect(end.exitCode).toBe(75);
    expect(end.dropped).toBeGreaterThan(100);
    expect(stderr).toContain('messages were dropped');
    const status = await rig.cli.here.json(['spool', 'status', ...dir], { env });
    expect(status).toMatchObject({ dropped: end.dropped, pending: 300 - end.dropped, missing: 0 });
  });

  test('with block waits, and goes on when the server is there again', async () => {
    await rig.gatherd.stop();
    const { child, run } = rig.start('pipe', '--spool', ...limit, '--json');
    child.stdin.end(longLines(500));
    await until(
      'a full spool',
      async () => Number((await rig.cli.here.json(['spool', 'status']))['bytes']) > 40_000,
    );
    await rig.restartServer();
    const { exitCode, stdout } = await run;
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { spooled: 500, delivered: 500 }]);
    expect((await rig.dumped()).map((line) => line.replaceAll('.', ''))).toEqual(numbered(500));
  });
});
