import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DraftFile } from './draft-file.js';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gather-'));
  path = join(folder, 'employees.csv');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const listeners = (name: 'exit' | 'SIGHUP') => process.listeners(name as 'exit');

test('what is not complete when the process ends does not stay, whichever way that is', async () => {
  const before = { exit: listeners('exit'), SIGHUP: listeners('SIGHUP') };
  for (const name of ['exit', 'SIGHUP'] as const) {
    await using file = await DraftFile.create(path, name);
    await file.write('012345678');
    expect(await readdir(folder)).toEqual([`employees.csv.${name}.part`]);
    const added = listeners(name).filter((each) => !before[name].includes(each));
    expect(added).toHaveLength(1);
    if (name === 'exit') for (const each of added) each.call(process, 1);
    if (name === 'exit') expect(await readdir(folder)).toEqual([]);
  }
  expect(await readdir(folder)).toEqual([]);
  expect({ exit: listeners('exit'), SIGHUP: listeners('SIGHUP') }).toEqual(before);
});

test('what is complete stays', async () => {
  const before = listeners('exit');
  await using file = await DraftFile.create(path, 'x');
  await file.write('whole');
  await file.publish();
  expect(listeners('exit')).toEqual(before);
  expect(await readFile(path, 'utf8')).toBe('whole');
});
