import { copyFile, cp, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { showVerification, verify, verifyAll, type Verification } from '../../cli/verify-command.js';
import { closedPath, putDump, QUIET, recordLines } from '../../tests/support/segment-files.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { loadCheckpoint, saveCheckpoint } from '../segments/checkpoint.js';
import { Manifest } from '../sealing/manifest.js';
import { doSealTask } from '../sealing/seal-segment.js';
import { loadIndex } from '../segments/segment-index.js';
import { listClosedSegments } from '../segments/segment-names.js';
import { IS_LONG } from '../../tests/support/machine.js';

const AT = '2026-11-22T00:00:00.000Z';
let sealed: Awaited<ReturnType<typeof temporaryDirectory>>;

// Three closed segments, the first one packed, a fourth that is not sealed yet, and everything that can stand beside them.
beforeAll(async () => {
  sealed = await temporaryDirectory();
  const dumpPath = await putDump(sealed.path, 4);
  const manifest = await Manifest.open(dumpPath, QUIET);
  for (const segment of (await listClosedSegments(dumpPath)).slice(0, 3)) {
    const facts = await doSealTask({ kind: 'seal', dumpPath, segment });
    if (facts === undefined) throw new Error('nothing was sealed');
    await manifest.append({ event: 'closed', ...facts, at: AT });
    if (segment.number > 1) continue;
    await doSealTask({ kind: 'pack', dumpPath, segment, packing: 'gzip', sha256: facts.sha256 });
  }
  await saveCheckpoint(dumpPath, { seq: 45, offset: 100, blocks: [], producers: [] });
});

afterAll(async () => {
  await sealed[Symbol.asyncDispose]();
});

async function afterDoing(
  act: (dumpPath: string, manifest: Manifest) => Promise<void>,
): Promise<Verification> {
  await using directory = await temporaryDirectory();
  await cp(sealed.path, directory.path, { recursive: true });
  const dumpPath = join(directory.path, 'dump.ndjson');
  await act(dumpPath, await Manifest.open(dumpPath, QUIET));
  return await verifyAll(dumpPath);
}

const plain = (dumpPath: string, first: number) => closedPath(dumpPath, first);

test('A dump is verified over all its segments, packed or not, sealed or not', async () => {
  const found = await afterDoing(() => Promise.resolve());
  expect(found).toMatchObject({ problems: [], records: 45, firstSeq: 1, lastSeq: 45, segments: 5 });
  expect(showVerification(found)).toMatch(/: 45 records in 5 segments, numbers 1 to 45: clean\n$/);
});

test('A bit that is flipped anywhere in a sealed file is found', async () => {
  const names = (await readdir(sealed.path)).filter((name) => !/^dump(?:-0{14}31)?\.ndjson$/.test(name));
  expect(names).toHaveLength(8);
  for (const name of names) {
    for (let round = 0; round < (IS_LONG ? 100 : 12); round += 1) {
      let flipped = '';
      const { problemCount } = await afterDoing(async (dumpPath) => {
        const path = join(dumpPath, '..', name);
        const bytes = await readFile(path);
        const position = Math.floor(Math.random() * bytes.length);
        const bit = 1 << Math.floor(Math.random() * 8);
        bytes[position] = (bytes[position] ?? 0) ^ bit;
        flipped = `${name}, byte ${String(position)}, bit ${String(bit)}`;
        await writeFile(path, bytes);
      });
      expect(problemCount, flipped).toBeGreaterThan(0);
    }
  }
});

describe('What was done to a dump is named:', () => {
  test.each<[string, (dumpPath: string) => Promise<void>, string, RegExp]>([
    [
      'a changed segment',
      (dump) => writeFile(plain(dump, 11), recordLines(11, 20, 'other')),
      '-0000000000000011.ndjson',
      /not as it was sealed: .*SHA-256/,
    ],
    [
      'a missing segment',
      (dump) => unlink(plain(dump, 11)),
      '-0000000000000011.ndjson',
      /missing, with the numbers 11 to 20/,
    ],
    [
      'a missing segment that was not sealed',
      (dump) => unlink(plain(dump, 31)),
      '.ndjson',
      /has number 41 after 30: 10 missing/,
    ],
    [
      'a swapped segment',
      (dump) => swap(plain(dump, 11), plain(dump, 21)),
      '-0000000000000011.ndjson',
      /not as it was sealed: .*first number 21/,
    ],
    [
      'a segment that was copied over another',
      (dump) => copyFile(plain(dump, 11), plain(dump, 31)),
      '-0000000000000031.ndjson',
      /repeated or out of order/,
    ],
    [
      'a segment that was cut',
      (dump) => writeFile(plain(dump, 21), recordLines(21, 29)),
      '-0000000000000021.ndjson',
      /records 9, not 10; last number 29, not 30/,
    ],
    [
      'an end that was cut off',
      (dump) => writeFile(dump, recordLines(41, 43)),
      '.ndjson',
      /ends with number 43, but 45 was given/,
    ],
    [
      'a live file that was emptied, though only the number beside it tells',
      async (dump) => {
        await writeFile(dump, '');
        await unlink(`${dump}.checkpoint`);
        await writeFile(`${dump}.last-seq`, `${'45'.padStart(16, '0')}\n`);
      },
      '.ndjson',
      /ends with number 40, but 45 was given/,
    ],
    ['a missing live file', (dump) => unlink(dump), '.ndjson', /ends with number 40, but 45 was given/],
    [
      'a missing manifest',
      (dump) => unlink(`${dump}.manifest`),
      '.ndjson.manifest',
      /does not tell of 3 segments that were sealed/,
    ],
    [
      'an emptied manifest',
      (dump) => writeFile(`${dump}.manifest`, ''),
      '.ndjson.manifest',
      /does not tell of 3 segments that were sealed/,
    ],
    [
      'a manifest line that was removed',
      (dump) => editManifest(dump, ([, ...rest]) => rest),
      '.ndjson.manifest',
      /does not follow/,
    ],
    [
      'manifest lines that were reordered',
      (dump) => editManifest(dump, ([a = '', b = '', c = '']) => [b, a, c]),
      '.ndjson.manifest',
      /does not follow/,
    ],
    [
      'a manifest line that was changed',
      (dump) => editManifest(dump, (lines) => lines.map((line) => line.replace('"last":20', '"last":19'))),
      '.ndjson.manifest',
      /is not as it was written/,
    ],
  ])('%s', async (_what, act, file, reason) => {
    const { problems } = await afterDoing((dumpPath) => act(dumpPath));
    expect(problems).toContainEqual(
      expect.objectContaining({ file: `dump${file}`, reason: expect.stringMatching(reason) as string }),
    );
  });
});

test('What was removed by retention or moved away by another program is not missed', async () => {
  const found = await afterDoing(async (dumpPath, manifest) => {
    const segment = 'dump-0000000000000011.ndjson';
    await manifest.append({ event: 'removed', segment, first: 11, last: 20, at: AT });
    await unlink(plain(dumpPath, 11));
    await manifest.append({ event: 'moved', first: 31, last: 40, at: AT });
    await unlink(plain(dumpPath, 31));
  });
  expect(found).toMatchObject({ problems: [], records: 25 });
});

test('An end that was moved away is not missed, nor one of which only a number beside the dump is left', async () => {
  const moved = await afterDoing(async (dumpPath, manifest) => {
    await manifest.append({ event: 'moved', first: 41, last: 45, at: AT });
    await unlink(dumpPath);
  });
  expect(moved.problems).toEqual([]);
  await using directory = await temporaryDirectory();
  const dumpPath = join(directory.path, 'dump.ndjson');
  await writeFile(dumpPath, '');
  await writeFile(`${dumpPath}.last-seq`, `${'45'.padStart(16, '0')}\n`);
  expect((await verifyAll(dumpPath)).problems).toEqual([]);
});

test('Segments that were closed just now need no entry, nor one that was read through when the server was killed', async () => {
  const found = await afterDoing(async (dumpPath) => {
    await editManifest(dumpPath, (lines) => lines.slice(0, 2));
  });
  expect(found.problems).toEqual([]);
});

test('A manifest that is cut anywhere in its last line is fine, and what it lost is sealed again', async () => {
  const whole = await readFile(join(sealed.path, 'dump.ndjson.manifest'));
  const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1;
  await using directory = await temporaryDirectory();
  await cp(sealed.path, directory.path, { recursive: true });
  const dumpPath = join(directory.path, 'dump.ndjson');
  for (let size = 0; size < whole.length; size += 1) {
    await writeFile(`${dumpPath}.manifest`, whole.subarray(0, size));
    const manifest = await Manifest.open(dumpPath, QUIET);
    const kept = whole.subarray(0, size).filter((byte) => byte === 0x0a).length;
    expect(manifest.sealed).toHaveLength(kept);
    if (size < lastLine || size % (IS_LONG ? 1 : 16) > 0) continue;
    expect((await verifyAll(dumpPath)).problems).toEqual([]);
    await manifest.append({ event: 'moved', first: 100, last: 101, at: AT });
    expect((await verifyAll(dumpPath)).problems).toEqual([]);
    expect((await Manifest.open(dumpPath, QUIET)).moved).toHaveLength(1);
  }
});

test('An index or a checkpoint that is cut anywhere is as if it were lost', async () => {
  await using directory = await temporaryDirectory();
  await cp(sealed.path, directory.path, { recursive: true });
  const dumpPath = join(directory.path, 'dump.ndjson');
  const [segment] = await listClosedSegments(dumpPath);
  if (segment === undefined) throw new Error('there is no segment');
  const load = [() => loadIndex(dumpPath, segment), () => loadCheckpoint(dumpPath)];
  const paths = [join(directory.path, `${segment.name}.index`), `${dumpPath}.checkpoint`];
  for (const [position, path] of paths.entries()) {
    const whole = await readFile(path);
    expect(await load[position]?.()).toBeDefined();
    for (let size = 0; size < whole.length; size += 1) {
      await writeFile(path, whole.subarray(0, size));
      expect(await load[position]?.()).toBeUndefined();
    }
    await writeFile(path, whole);
  }
});

test('One packed file is verified alone, of gatherd or of any gzip', async () => {
  const packed = `${plain(join(sealed.path, 'dump.ndjson'), 1)}.gz`;
  expect(await verify(packed)).toMatchObject({ records: 10, firstSeq: 1, lastSeq: 10, problemCount: 0 });
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'any.ndjson.gz');
  const content = gzipSync(recordLines(5, 9));
  await writeFile(path, content);
  expect(await verify(path)).toMatchObject({ records: 5, firstSeq: 5, problemCount: 0 });
  await writeFile(path, content.subarray(0, -20));
  expect((await verify(path)).problemCount).toBeGreaterThan(0);
});

test('A dump without anything is no dump', async () => {
  await using directory = await temporaryDirectory();
  await expect(verifyAll(join(directory.path, 'dump.ndjson'))).rejects.toMatchObject({ code: 'ENOENT' });
});

async function swap(one: string, other: string): Promise<void> {
  await rename(one, `${one}.aside`);
  await rename(other, one);
  await rename(`${one}.aside`, other);
  await rm(`${one}.aside`, { force: true });
}

async function editManifest(dumpPath: string, edit: (lines: string[]) => string[]): Promise<void> {
  const path = `${dumpPath}.manifest`;
  const lines = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
  await writeFile(path, `${edit(lines).join('\n')}\n`);
}
