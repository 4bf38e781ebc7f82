import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest';
import { canRun } from '../../server/tests/support/machine.js';
import { until } from '../../server/tests/support/until.js';
import { GATHER_MAIN } from './support/gather-cli.js';
import { linesOf, numbered, SpoolRig } from './support/spool-rig.js';

const UNSHARED = ['unshare', '-m', 'sh', '-c'] as const;
const MOUNT = 'mount -t tmpfs -o size=256k tmpfs "$0" && exec "$@"';

let rig: SpoolRig;
let spool: string;
const children: { readonly child: ChildProcessWithoutNullStreams; readonly closed: Promise<unknown> }[] = [];

beforeEach(async (context) => {
  skipUnlessMountable(context);
  rig = await SpoolRig.create();
  spool = join(rig.directory, 'spool');
  await mkdir(spool);
});

afterEach(async () => {
  for (const { child, closed } of children.splice(0)) {
    child.kill('SIGKILL');
    await closed;
  }
  await rig[Symbol.asyncDispose]();
});

function skipUnlessMountable(context: TestContext): void {
  if (!canRun(...UNSHARED, 'mount -t tmpfs -o size=64k tmpfs /mnt'))
    context.skip('a file system cannot be mounted here');
}

/** Starts a shell whose spool is a small file system of its own. */
function onSmallDisk(script: string): ChildProcessWithoutNullStreams {
  const env = {
    PATH: process.env['PATH'],
    GATHER_CONFIG_DIR: rig.cli.configDirectory,
    GATHER_USER: 'dale',
    GATHER_PASSWORD: 'pass',
    GATHER_SERVER: rig.gatherd.url,
    GATHER: `${process.execPath} ${GATHER_MAIN}`,
    SPOOL: spool,
  };
  const [program, ...args] = UNSHARED;
  const child = spawn(program, [...args, MOUNT, spool, 'sh', '-c', script], { env });
  children.push({ child, closed: once(child, 'close') });
  return child;
}

test('send --spool on a full disk says so, and adds all or nothing', async () => {
  const long = (letter: string): string => `"$(head -c 30000 /dev/zero | tr '\\0' ${letter})"`;
  const child = onSmallDisk(`
    $GATHER send --spool --spool-dir $SPOOL first || exit 9
    head -c 180000 /dev/zero >$SPOOL/ballast
    $GATHER send --spool --spool-dir $SPOOL --json ${long('a')} ${long('b')} ${long('c')}; echo $?
    rm $SPOOL/ballast
    $GATHER send --spool --spool-dir $SPOOL --json last; echo $?`);
  const [stdout] = await Promise.all([text(child.stdout), once(child, 'close')]);
  const [, refused, code, sent, lastCode] = stdout.split('\n');
  expect([code, lastCode]).toEqual(['1', '0']);
  expect(JSON.parse(refused ?? '')).toMatchObject({
    exitCode: 1,
    spooled: 0,
    error: { kind: 'spool', message: expect.stringMatching(/ENOSPC|disk is full/) as unknown },
  });
  expect(JSON.parse(sent ?? '')).toMatchObject({ delivered: 1 });
  expect(await rig.dumped()).toEqual(['first', 'last']);
});

test('follow on a full disk waits, and goes on when there is room', async () => {
  const path = join(rig.directory, 'app.log');
  await writeFile(path, linesOf(numbered(10)));
  const child = onSmallDisk(`exec $GATHER follow --from start --spool-dir $SPOOL ${path}`);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => (said += more));
  await rig.arrived(10);
  const inside = join('/proc', String(child.pid), 'root', spool, 'ballast');
  for (let size = 256 * 1024; size > 0; size = Math.floor(size / 2))
    await writeFile(inside, Buffer.alloc(size), { flag: 'a' }).catch(() => undefined);
  await appendFile(path, linesOf(numbered(2_000, 10)));
  await until('the complaint', () => /ENOSPC|disk is full/.test(said));
  await rm(inside);
  expect(await rig.arrived(2_010)).toEqual(numbered(2_010));
});
