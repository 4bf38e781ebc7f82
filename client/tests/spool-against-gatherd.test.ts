import { appendFile, mkdir, readdir, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GatherdProcess } from '../../server/tests/support/gatherd-process.js';
import { until } from '../../server/tests/support/until.js';
import { GatherCli, type StartedCli } from './support/gather-cli.js';
import { unusedAddress } from './support/raw-server.js';

const ROUNDS = process.env['GATHERD_TEST_LONG'] === '1' ? 100 : 5;

let gatherd: GatherdProcess;
let cli: GatherCli;
let directory: string;
const started: StartedCli[] = [];

beforeEach(async () => {
  gatherd = await GatherdProcess.start();
  cli = await GatherCli.create({ GATHER_USER: 'dale', GATHER_PASSWORD: 'pass', GATHER_SERVER: gatherd.url });
  directory = join(cli.configDirectory, '..', 'logs');
  await mkdir(directory);
});

afterEach(async () => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL');
  await cli[Symbol.asyncDispose]();
  await gatherd[Symbol.asyncDispose]();
});

async function dumped(): Promise<string[]> {
  const text = await readFile(join(gatherd.dataDir, 'dump.ndjson'), 'utf8').catch(() => '');
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { message: string }).message);
}

function follow(...args: string[]): StartedCli {
  const one = cli.start(['follow', ...args]);
  started.push(one);
  return one;
}

async function arrived(count: number): Promise<string[]> {
  return until(`${String(count)} messages`, async () => {
    const messages = await dumped();
    return messages.length >= count && messages;
  });
}

async function stop({ child, run }: StartedCli): Promise<void> {
  child.kill('SIGTERM');
  const { exitCode, stderr } = await run;
  expect([exitCode, stderr]).toEqual([143, expect.any(String)]);
}

const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `line ${String(from + i)}`);
const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

describe('send --spool', () => {
  test('delivers at once where it can', async () => {
    expect(await cli.json(['send', '--spool', '--topic', 'app', 'one', 'two'])).toMatchObject({
      exitCode: 0,
      spooled: 2,
      delivered: 2,
    });
    expect(await dumped()).toEqual(['one', 'two']);
  });

  test('ends with 75 where it cannot, and drain delivers later', async () => {
    const env = { GATHER_SERVER: await unusedAddress(), GATHER_RETRY_FOR: '0' };
    const dir = ['--spool-dir', join(directory, 'spool')];
    expect(await cli.json(['send', '--spool', 'x', ...dir], { env })).toMatchObject({
      ok: true,
      exitCode: 75,
    });
    expect(await cli.json(['send', '--spool', 'y', ...dir], { env })).toMatchObject({ exitCode: 75 });
    expect(await cli.json(['status', ...dir].toSpliced(0, 0, 'spool'), { env })).toMatchObject({
      pending: 2,
    });
    expect(await cli.json(['spool', 'drain', ...dir], { env })).toMatchObject({ exitCode: 75, pending: 2 });
    expect(await cli.json(['spool', 'verify', ...dir], { env })).toMatchObject({ exitCode: 0, messages: 2 });
    // Another server's messages would go astray.
    expect(await cli.json(['spool', 'drain', ...dir])).toMatchObject({ exitCode: 78 });
    if (process.platform === 'win32') return;
    expect((await stat(join(directory, 'spool'))).mode & 0o777).toBe(0o700);
    for (const name of await readdir(join(directory, 'spool')))
      expect((await stat(join(directory, 'spool', name))).mode & 0o777).toBe(0o600);
  });

  test('of several processes at once loses and repeats nothing', async () => {
    await cli.json(['send', '--spool', 'first']);
    const runs = await Promise.all(
      Array.from({ length: 8 }, (_, i) => cli.run(['send', '--spool', `a${String(i)}`, `b${String(i)}`])),
    );
    for (const { exitCode } of runs) expect([0, 75]).toContain(exitCode);
    expect(await cli.json(['spool', 'drain'])).toMatchObject({ exitCode: 0, pending: 0 });
    const expected = ['first', ...runs.flatMap((_, i) => [`a${String(i)}`, `b${String(i)}`])];
    expect((await dumped()).sort()).toEqual(expected.sort());
  });

  test('goes on after a message that the server refuses for good', async () => {
    await gatherd[Symbol.asyncDispose]();
    gatherd = await GatherdProcess.start({ args: ['--max-message-bytes', '1000'] });
    const env = { GATHER_SERVER: gatherd.url };
    const sent = await cli.json(['send', '--spool', 'a', 'x'.repeat(5_000), 'b'], { env });
    expect(sent).toMatchObject({ exitCode: 1, delivered: 2 });
    expect(await cli.json(['spool', 'status'], { env })).toMatchObject({
      pending: 0,
      rejected: 1,
      delivered: 2,
    });
    expect(await dumped()).toEqual(['a', 'b']);
  });
});

describe('follow', () => {
  test('sends what is added, lines in parts, CR LF and UTF-8 across writes included', async () => {
    const path = join(directory, 'app.log');
    await writeFile(path, 'old\n');
    const running = follow(path);
    await until('the checkpoint', async () => (await cli.json(['spool', 'status']))['bytes'] !== 0);
    const euro = Buffer.from('ü€\r\n');
    for (const byte of euro) await appendFile(path, Buffer.of(byte));
    await appendFile(path, 'one\n\npart');
    await arrived(3);
    await appendFile(path, 'ial\n');
    expect(await arrived(4)).toEqual(['ü€', 'one', '', 'partial']);
    await stop(running);
  });

  test('goes through rotations by name and by truncation, and files that come later', async () => {
    const path = join(directory, 'app.log');
    const running = follow('--from', 'start', path, join(directory, 'later.log'));
    await writeFile(path, 'one\n');
    await arrived(1);
    await appendFile(path, 'two\nrest');
    await rename(path, `${path}.1`);
    await writeFile(path, 'three\n');
    expect(await arrived(4)).toEqual(['one', 'two', 'rest', 'three']);
    await truncate(path, 0);
    await appendFile(path, 'x\n');
    await arrived(5);
    await writeFile(join(directory, 'later.log'), 'late\n');
    expect((await arrived(6)).slice(4)).toEqual(['x', 'late']);
    await stop(running);
  });

  test('goes on where it was, in a file that was rotated meanwhile', async () => {
    const path = join(directory, 'app.log');
    await writeFile(path, 'one\n');
    const running = follow('--from', 'start', path);
    await arrived(1);
    await stop(running);
    await appendFile(path, 'two\n');
    await rename(path, `${path}.2`);
    await writeFile(`${path}.1`, 'three\n');
    await writeFile(path, 'four\n');
    const again = follow('--from', 'start', path);
    expect(await arrived(4)).toEqual(['one', 'two', 'three', 'four']);
    await stop(again);
  });

  test('keeps aside a line that is too long or not UTF-8', async () => {
    const path = join(directory, 'app.log');
    await writeFile(
      path,
      Buffer.concat([
        Buffer.from('a\n'),
        Buffer.alloc(300 * 1024, 'x'),
        Buffer.from('\n\xff\nb\n', 'latin1'),
      ]),
    );
    const running = follow('--from', 'start', path);
    expect(await arrived(2)).toEqual(['a', 'b']);
    await stop(running);
    expect(await cli.json(['spool', 'status'])).toMatchObject({ rejected: 2 });
  });

  test(`sends each line once, in order, whoever is killed when: ${String(ROUNDS)} times`, async () => {
    const path = join(directory, 'app.log');
    await writeFile(path, '');
    const { dataDir, port } = gatherd;
    let written = 0;
    let running = follow('--from', 'start', path);
    for (let round = 0; round < ROUNDS; round += 1) {
      const burst = 2_000 + Math.floor(Math.random() * 2_000);
      for (let i = 0; i < burst; i += 100) await appendFile(path, linesOf(numbered(100, written + i)));
      written += Math.ceil(burst / 100) * 100;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
      running.child.kill('SIGKILL');
      await running.run;
      if (round % 2 === 1) {
        await gatherd.stop('SIGKILL');
        gatherd = await GatherdProcess.start({ dataDir, args: ['--port', String(port)] });
      }
      if (round % 3 === 1) {
        await rename(path, `${path}.${String(round)}`);
        await writeFile(path, '');
      }
      running = follow('--from', 'start', path);
    }
    const messages = await arrived(written);
    expect(messages).toEqual(numbered(written));
    await stop(running);
  });
});
