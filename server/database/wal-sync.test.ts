import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WalSync } from './wal-sync.js';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-wal-'));
  path = join(folder, 'gatherd.db');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('has nothing to do where all of the log is in the database', async () => {
  await expect(new WalSync(path).sync()).resolves.toBeUndefined();
});

test('serves all who wait with one sync that began after they asked', async () => {
  await writeFile(`${path}-wal`, 'committed');
  const wal = new WalSync(path);
  const [first, second, third] = [wal.sync(), wal.sync(), wal.sync()];
  expect(second).toBe(third);
  expect(first).not.toBe(second);
  await Promise.all([first, second, third]);
  expect(wal.sync()).not.toBe(third);
});

test('tells all who wait when it fails, and tries again for the next one', async () => {
  await mkdir(`${path}-wal`);
  const wal = new WalSync(path);
  const outcomes = await Promise.allSettled([wal.sync(), wal.sync()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await rm(`${path}-wal`, { recursive: true });
  await expect(wal.sync()).resolves.toBeUndefined();
});
