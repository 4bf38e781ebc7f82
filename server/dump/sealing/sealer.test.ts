import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyAll } from '../../cli/verify-command.js';
import { closedPath, bundle, putDump, QUIET, recordLines } from '../../tests/support/segment-files.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { until } from '../../tests/support/until.js';
import { Manifest } from './manifest.js';
import { Sealer, type SealerOptions } from './sealer.js';
import { listClosedSegments } from '../segments/segment-names.js';
import { IS_LONG } from '../../tests/support/machine.js';

const NOW = new Date('2026-11-22T00:00:00.000Z');
let built: Awaited<ReturnType<typeof temporaryDirectory>>;
let workerPath = '';
let sealAll = '';

beforeAll(async () => {
  built = await temporaryDirectory();
  workerPath = bundle(built.path, 'server/dump/sealing/seal-worker.ts');
  sealAll = bundle(built.path, 'server/tests/support/seal-all.ts');
});

afterAll(async () => {
  await built[Symbol.asyncDispose]();
});

async function seal(dumpPath: string, options: Partial<SealerOptions> = {}): Promise<Manifest> {
  const manifest = await Manifest.open(dumpPath, QUIET);
  const sealer = new Sealer({
    dumpPath,
    manifest,
    compression: 'none',
    retention: { ageMs: 0, bytes: 0 },
    workerPath,
    clock: () => NOW,
    logger: QUIET,
    ...options,
  });
  sealer.wake();
  await sealer.idle();
  await sealer[Symbol.asyncDispose]();
  return manifest;
}

const TOO_LARGE = 'The dump was large enough for its oldest segment to be deleted.';

/** What is logged. */
class LogLines {
  readonly messages: string[] = [];
  readonly logger = pino(
    {},
    { write: (line: string) => this.messages.push((JSON.parse(line) as { msg: string }).msg) },
  );
}

async function filesOf(dumpPath: string): Promise<string[]> {
  return (await readdir(dirname(dumpPath))).sort();
}

test('Closed segments are sealed in order, once, and what they hold is known afterwards', async () => {
  await using directory = await temporaryDirectory();
  const dumpPath = await putDump(directory.path, 3);
  const manifest = await seal(dumpPath);
  expect(manifest.sealed.map(({ first, last, count }) => [first, last, count])).toEqual([
    [1, 10, 10],
    [11, 20, 10],
    [21, 30, 10],
  ]);
  expect(manifest.producers()).toMatchObject([{ user: 'dale', last: 10 }]);
  expect(manifest.lastSeq).toBe(30);
  const before = await readFile(`${dumpPath}.manifest`);
  await seal(dumpPath);
  expect(await readFile(`${dumpPath}.manifest`)).toEqual(before);
  expect(await verifyAll(dumpPath)).toMatchObject({ records: 35, segments: 4, problemCount: 0 });
});

test('A segment is packed so that gzip reads the whole of it', async () => {
  await using directory = await temporaryDirectory();
  const dumpPath = await putDump(directory.path, 2, 20_000);
  const plain = await readFile(closedPath(dumpPath, 1));
  await seal(dumpPath, { compression: 'gzip' });
  expect(await filesOf(dumpPath)).toEqual([
    'dump-0000000000000001.ndjson.gz',
    'dump-0000000000000001.ndjson.index',
    'dump-0000000000020001.ndjson.gz',
    'dump-0000000000020001.ndjson.index',
    'dump.ndjson',
    'dump.ndjson.manifest',
  ]);
  const packed = `${closedPath(dumpPath, 1)}.gz`;
  expect(gunzipSync(await readFile(packed)).equals(plain)).toBe(true);
  expect(spawnSync('gzip', ['-t', packed]).status).toBe(0);
  expect(await verifyAll(dumpPath)).toMatchObject({ records: 40_005, problemCount: 0 });
});

test('Retention deletes the oldest closed segments by size, never the live one, and keeps their producers', async () => {
  await using directory = await temporaryDirectory();
  const dumpPath = await putDump(directory.path, 3);
  const each = (await stat(closedPath(dumpPath, 21))).size;
  const live = (await stat(dumpPath)).size;
  const log = new LogLines();
  await seal(dumpPath, { logger: log.logger, retention: { ageMs: 0, bytes: each + live + 10 } });
  expect(log.messages.filter((message) => !message.endsWith('was sealed.'))).toEqual([TOO_LARGE, TOO_LARGE]);
  expect((await listClosedSegments(dumpPath)).map(({ number }) => number)).toEqual([21]);
  const manifest = await seal(dumpPath, { retention: { ageMs: 0, bytes: 1 } });
  expect(await filesOf(dumpPath)).toEqual(['dump.ndjson', 'dump.ndjson.manifest']);
  expect((await Manifest.open(dumpPath, QUIET)).producers()).toEqual(manifest.producers());
  expect(manifest.producers()).toMatchObject([{ last: 10 }]);
  expect(await verifyAll(dumpPath)).toMatchObject({ records: 5, firstSeq: 31, problemCount: 0 });
});

test('Retention goes by the age of the last record', async () => {
  await using directory = await temporaryDirectory();
  const dumpPath = await putDump(directory.path, 2);
  // Record 10 is of 02:45:07, record 20 of 02:45:17.
  const clock = () => new Date('2026-11-21T03:45:10.000Z');
  const log = new LogLines();
  await seal(dumpPath, { clock, logger: log.logger, retention: { ageMs: 3_600_000, bytes: 0 } });
  expect(log.messages.at(-1)).toBe('A segment of the dump was old enough to be deleted.');
  expect((await listClosedSegments(dumpPath)).map(({ number }) => number)).toEqual([11]);
});

test('A segment that was to be deleted when the machine stopped is deleted at the next start', async () => {
  await using directory = await temporaryDirectory();
  const dumpPath = await putDump(directory.path, 2);
  const manifest = await seal(dumpPath);
  const segment = manifest.sealed[0]?.segment ?? '';
  await manifest.append({ event: 'removed', segment, first: 1, last: 10, at: NOW.toISOString() });
  expect(await verifyAll(dumpPath)).toMatchObject({ problemCount: 0 });
  await seal(dumpPath);
  expect((await listClosedSegments(dumpPath)).map(({ number }) => number)).toEqual([11]);
  expect(await verifyAll(dumpPath)).toMatchObject({ problemCount: 0 });
});

test('Another segment of the name of a removed one is kept and sealed', async () => {
  await using directory = await temporaryDirectory();
  const dumpPath = await putDump(directory.path, 1);
  await seal(dumpPath, { retention: { ageMs: 0, bytes: 1 } });
  await writeFile(closedPath(dumpPath, 1), recordLines(1, 10, 'another'));
  await seal(dumpPath);
  expect(await listClosedSegments(dumpPath)).toHaveLength(1);
  expect(await verifyAll(dumpPath)).toMatchObject({ records: 15, problemCount: 0 });
});

test('What cannot be sealed is tried again at the next wake, and nothing behind it is removed', async () => {
  await using directory = await temporaryDirectory();
  const dumpPath = await putDump(directory.path, 2);
  const obstacle = `${closedPath(dumpPath, 1)}.index`;
  await mkdir(obstacle);
  const retention = { ageMs: 0, bytes: 1 };
  expect((await seal(dumpPath, { retention })).sealed).toEqual([]);
  expect(await listClosedSegments(dumpPath)).toHaveLength(2);
  await rm(obstacle, { recursive: true });
  expect((await seal(dumpPath)).sealed).toHaveLength(2);
});

test('A plain segment is not deleted when it is not what was sealed', async () => {
  await using directory = await temporaryDirectory();
  const dumpPath = await putDump(directory.path, 1);
  await seal(dumpPath);
  await appendFile(closedPath(dumpPath, 1), 'tampered\n');
  await seal(dumpPath, { compression: 'gzip' });
  expect(await filesOf(dumpPath)).toContain('dump-0000000000000001.ndjson');
  expect(await filesOf(dumpPath)).not.toContain('dump-0000000000000001.ndjson.gz');
});

test('A lost or damaged index is made anew', async () => {
  await using directory = await temporaryDirectory();
  const dumpPath = await putDump(directory.path, 2, 20_000);
  await seal(dumpPath, { compression: 'gzip' });
  const [one, two] = (await filesOf(dumpPath)).filter((name) => name.endsWith('.index'));
  const paths = [one, two].map((name) => join(directory.path, name ?? ''));
  const before = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  await unlink(paths[0] ?? '');
  await writeFile(paths[1] ?? '', before[1]?.slice(0, 100) ?? '');
  await seal(dumpPath, { compression: 'gzip' });
  expect(await Promise.all(paths.map((path) => readFile(path, 'utf8')))).toEqual(before);
});

test('Disposing ends what is under way, and it is done at the next start', async () => {
  await using directory = await temporaryDirectory();
  const dumpPath = await putDump(directory.path, 2, 40_000, 'x'.repeat(200));
  const manifest = await Manifest.open(dumpPath, QUIET);
  const sealer = new Sealer({
    dumpPath,
    manifest,
    compression: 'gzip',
    retention: { ageMs: 0, bytes: 0 },
    workerPath,
    clock: () => NOW,
    logger: QUIET,
  });
  const before = await filesOf(dumpPath);
  sealer.wake();
  await until('it has begun', async () => (await filesOf(dumpPath)).length > before.length);
  await sealer[Symbol.asyncDispose]();
  expect(manifest.sealed.length).toBeLessThan(2);
  expect((await seal(dumpPath)).sealed).toHaveLength(2);
});

// Less than both segments take when they are packed.
const KEPT_BYTES = 30_000;

async function expectedFiles(): Promise<Map<string, Buffer>> {
  await using directory = await temporaryDirectory();
  const dumpPath = await putDump(directory.path, 2, 2000);
  await packAll(dumpPath);
  return await contentsOf(dumpPath);
}

/** What `sealAll` does, here and to its end. */
function packAll(dumpPath: string): Promise<Manifest> {
  return seal(dumpPath, { compression: 'gzip', retention: { ageMs: 0, bytes: KEPT_BYTES } });
}

async function contentsOf(dumpPath: string): Promise<Map<string, Buffer>> {
  const names = await filesOf(dumpPath);
  const contents = await Promise.all(names.map((name) => readFile(join(dirname(dumpPath), name))));
  return new Map(names.map((name, index) => [name, contents[index] ?? Buffer.alloc(0)]));
}

async function expectMended(dumpPath: string, expected: ReadonlyMap<string, Buffer>): Promise<void> {
  const { problems } = await verifyAll(dumpPath);
  expect(problems).toEqual([]);
  await packAll(dumpPath);
  expect(await contentsOf(dumpPath)).toEqual(expected);
}

test('A kill at any moment is mended by the next start: the same files come out', async () => {
  const expected = await expectedFiles();
  expect([...expected.keys()]).toContain('dump.ndjson.manifest');
  for (let round = 0; round < (IS_LONG ? 20 : 4); round += 1) {
    await using directory = await temporaryDirectory();
    const dumpPath = await putDump(directory.path, 2, 2000);
    const child = spawn(process.execPath, [sealAll, dumpPath, workerPath, String(KEPT_BYTES)]);
    const exited = once(child, 'exit');
    await sleep(60 + Math.random() * 200);
    child.kill('SIGKILL');
    await exited;
    await expectMended(dumpPath, expected);
  }
});

const hasStrace = spawnSync('strace', ['-V']).status === 0;

test.runIf(hasStrace)('A kill at any step that changes a file is mended by the next start', async () => {
  const expected = await expectedFiles();
  const steps = [
    ['rename', 1],
    ['rename', 3],
    ['rename', 4],
    ['unlink', 1],
    ['fsync', 3],
    ['fsync', 6],
    ['ftruncate', 2],
  ] as const;
  for (const [call, when] of steps) {
    await using directory = await temporaryDirectory();
    const dumpPath = await putDump(directory.path, 2, 2000);
    const inject = `inject=${call}:signal=KILL:when=${String(when)}`;
    const command = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
    await once(
      spawn('strace', [...command, process.execPath, sealAll, dumpPath, workerPath, String(KEPT_BYTES)]),
      'exit',
    );
    await expectMended(dumpPath, expected);
  }
});
