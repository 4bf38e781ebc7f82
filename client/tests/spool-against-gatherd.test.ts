import { appendFile, readdir, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ServedGatherd } from '../../server/tests/support/gatherd-program.js';
import { until } from '../../server/tests/support/until.js';
import type { StartedCli } from './support/gather-cli.js';
import type { InProcessGather } from './support/run-gather.js';
import { unusedAddress } from './support/raw-server.js';
import { SpoolRig } from './support/spool-rig.js';

let rig: SpoolRig;
let cli: InProcessGather;
let directory: string;

beforeEach(async () => {
  rig = await SpoolRig.create();
  directory = rig.directory;
  cli = rig.cli.here;
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

function follow(...args: string[]): StartedCli {
  return rig.start('follow', ...args);
}

async function stop({ child, run }: StartedCli): Promise<void> {
  child.kill('SIGTERM');
  const { exitCode, stderr } = await run;
  expect([exitCode, stderr]).toEqual([143, expect.any(String)]);
}

describe('send --spool', () => {
  test('delivers at once where it can', async () => {
    expect(await rig.cli.json(['send', '--spool', '--topic', 'app', 'one', 'two'])).toMatchObject({
      exitCode: 0,
      spooled: 2,
      delivered: 2,
    });
    expect(await rig.dumped()).toEqual(['one', 'two']);
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
      Array.from({ length: 8 }, (_, i) => rig.cli.run(['send', '--spool', `a${String(i)}`, `b${String(i)}`])),
    );
    for (const { exitCode } of runs) expect([0, 75]).toContain(exitCode);
    expect(await cli.json(['spool', 'drain'])).toMatchObject({ exitCode: 0, pending: 0 });
    const expected = ['first', ...runs.flatMap((_, i) => [`a${String(i)}`, `b${String(i)}`])];
    expect((await rig.dumped()).sort()).toEqual(expected.sort());
  });

  test('goes on after a message that the server refuses for good', async () => {
    await rig.gatherd[Symbol.asyncDispose]();
    rig.gatherd = await ServedGatherd.start({ args: ['--max-message-bytes', '1000'] });
    const env = { GATHER_SERVER: rig.gatherd.url };
    const sent = await cli.json(['send', '--spool', 'a', 'x'.repeat(5_000), 'b'], { env });
    expect(sent).toMatchObject({ exitCode: 1, delivered: 2 });
    expect(await cli.json(['spool', 'status'], { env })).toMatchObject({
      pending: 0,
      rejected: 1,
      delivered: 2,
    });
    expect(await rig.dumped()).toEqual(['a', 'b']);
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
    await rig.arrived(3);
    await appendFile(path, 'ial\n');
    expect(await rig.arrived(4)).toEqual(['ü€', 'one', '', 'partial']);
    await stop(running);
  });

  test('goes through rotations by name and by truncation, and files that come later', async () => {
    const path = join(directory, 'app.log');
    const running = follow('--from', 'start', path, join(directory, 'later.log'));
    await writeFile(path, 'one\n');
    await rig.arrived(1);
    await appendFile(path, 'two\nrest');
    await rename(path, `${path}.1`);
    await writeFile(path, 'three\n');
    expect(await rig.arrived(4)).toEqual(['one', 'two', 'rest', 'three']);
    await truncate(path, 0);
    await appendFile(path, 'x\n');
    await rig.arrived(5);
    await writeFile(join(directory, 'later.log'), 'late\n');
    expect((await rig.arrived(6)).slice(4)).toEqual(['x', 'late']);
    await stop(running);
  });

  test('goes on where it was, in a file that was rotated meanwhile', async () => {
    const path = join(directory, 'app.log');
    await writeFile(path, 'one\n');
    const running = follow('--from', 'start', path);
    await rig.arrived(1);
    await stop(running);
    await appendFile(path, 'two\n');
    await rename(path, `${path}.2`);
    await writeFile(`${path}.1`, 'three\n');
    await writeFile(path, 'four\n');
    const again = follow('--from', 'start', path);
    expect(await rig.arrived(4)).toEqual(['one', 'two', 'three', 'four']);
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
    expect(await rig.arrived(2)).toEqual(['a', 'b']);
    await stop(running);
    expect(await cli.json(['spool', 'status'])).toMatchObject({ rejected: 2 });
  });

  test('is refused for a file that is followed already', async () => {
    const path = join(directory, 'app.log');
    await writeFile(path, 'one\n');
    const running = follow('--from', 'start', path);
    await rig.arrived(1);
    expect(await rig.cli.json(['follow', path])).toMatchObject({
      exitCode: 1,
      error: { message: expect.stringContaining('Another process follows') as unknown },
    });
    expect(await cli.json(['follow', path, path])).toMatchObject({ exitCode: 2 });
    running.child.kill('SIGKILL');
    await running.run;
    await appendFile(path, 'two\n');
    const again = follow(path);
    expect(await rig.arrived(2)).toEqual(['one', 'two']);
    await stop(again);
  });
});
