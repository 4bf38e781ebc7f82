import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { closeToOthers } from './close-to-others.js';
import { claimDataDirectory } from './claim-data-directory.js';

let parent = '';
let directory = '';

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'gatherd-claim-'));
  directory = join(parent, 'made', 'on', 'demand');
});

afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

async function refusalOf(promise: Promise<AsyncDisposable>): Promise<AppError> {
  try {
    await (await promise)[Symbol.asyncDispose]();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the claim was not refused');
}

test('a data directory is made on demand, for its owner only', async () => {
  await using claimed = await claimDataDirectory(directory);
  expect(claimed.file('dump.ndjson')).toBe(join(directory, 'dump.ndjson'));
  const { mode } = await stat(directory);
  if (process.platform !== 'win32') expect(mode & 0o777).toBe(0o700);
});

test('a second claim is refused and names the holder, until the first one is let go', async () => {
  const first = await claimDataDirectory(directory);
  const refusal = await refusalOf(claimDataDirectory(directory));
  expect(refusal.code).toBe('data_directory.in_use');
  expect(refusal.message).toContain(directory);
  expect(refusal.message).toContain(`process ${String(process.pid)}`);
  await refusalOf(claimDataDirectory(directory));
  await first[Symbol.asyncDispose]();
  await using _second = await claimDataDirectory(directory);
});

test('what a dead holder left does not hold', async () => {
  await (await claimDataDirectory(directory))[Symbol.asyncDispose]();
  await writeFile(join(directory, 'owner.pid'), '1');
  await using _claimed = await claimDataDirectory(directory);
});

test('the claim of another process dies with it, however it ends', async () => {
  await (await claimDataDirectory(directory))[Symbol.asyncDispose]();
  const libsql = createRequire(import.meta.url).resolve('libsql');
  const script = `
    const Database = require(${JSON.stringify(libsql)});
    const lock = new Database(${JSON.stringify(join(directory, 'owner.db'))}, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    console.log('claimed');
    setInterval(() => lock, 1000);
  `;
  const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  expect((await refusalOf(claimDataDirectory(directory))).code).toBe('data_directory.in_use');
  const ended = once(holder, 'exit');
  holder.kill('SIGKILL');
  await ended;
  await using _claimed = await claimDataDirectory(directory);
});

test.each(['no database', 'no database, and longer than the header of one. '.repeat(100)])(
  'a file that is no database is no holder: %.12s',
  async (content) => {
    await (await claimDataDirectory(directory))[Symbol.asyncDispose]();
    await writeFile(join(directory, 'owner.db'), content);
    await using _claimed = await claimDataDirectory(directory);
    expect((await refusalOf(claimDataDirectory(directory))).code).toBe('data_directory.in_use');
  },
);

test('what cannot be claimed, though nobody holds it, is named with its cause', async () => {
  await mkdir(join(directory, 'owner.db'), { recursive: true });
  const refusal = await refusalOf(claimDataDirectory(directory));
  expect(refusal.code).toBe('data_directory.unusable');
  expect(refusal.message).toContain(join(directory, 'owner.db'));
  expect(refusal.message).toContain('Unable to open');
});

test.skipIf(process.platform === 'win32')(
  'files that others could read are closed; a directory that they can enter is told of',
  async () => {
    await using claimed = await claimDataDirectory(directory);
    const database = join(directory, 'gatherd.db');
    await writeFile(database, '');
    await chmod(database, 0o644);
    expect(await closeToOthers(claimed)).toEqual([]);
    expect((await stat(database)).mode & 0o777).toBe(0o600);
    await chmod(directory, 0o755);
    expect(await closeToOthers(claimed)).toEqual([claimed.file('.')]);
    expect((await stat(directory)).mode & 0o777).toBe(0o755);
  },
);
