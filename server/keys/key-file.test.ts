import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../errors/app-error.js';
import { createKey, loadKey } from './key-file.js';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-keys-'));
  path = join(folder, 'token.key');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw new Error(`expected an AppError, got ${String(error)}`);
  expect(error.code).toBe('key.unusable');
  expect(error.message).toContain(path);
  return error.message;
}

test('a key is made of 32 random bytes and is the same when it is read back', async () => {
  const key = await createKey(path);
  expect(key).toHaveLength(32);
  expect(await loadKey(path)).toEqual(key);
  expect(await readFile(path)).toEqual(key);
  expect(await createKey(join(folder, 'other.key'))).not.toEqual(key);
});

test('no half-made key stays beside it, nor one that a crash left', async () => {
  await writeFile(`${path}.new`, 'half');
  const key = await createKey(path);
  expect(await readdir(folder)).toEqual(['token.key']);
  expect(await loadKey(path)).toEqual(key);
});

test.skipIf(process.platform === 'win32')('a key is its owner’s only', async () => {
  await createKey(path);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test.skipIf(process.platform === 'win32')(
  'a half-made key that others could read does not expose the next one',
  async () => {
    await writeFile(`${path}.new`, 'half', { mode: 0o644 });
    await createKey(path);
    expect((await stat(path)).mode & 0o077).toBe(0);
  },
);

test.skipIf(process.platform === 'win32').each([0o644, 0o640, 0o604, 0o660])(
  'a key that others may use (%o) is refused',
  async (mode) => {
    await createKey(path);
    await chmod(path, mode);
    expect(await reasonOf(loadKey(path))).toContain('chmod 600');
  },
);

test('there may be no key yet', async () => {
  expect(await loadKey(path)).toBeUndefined();
});

test.each([0, 31, 33, 64])('a key of %i bytes is refused', async (length) => {
  await writeFile(path, Buffer.alloc(length), { mode: 0o600 });
  expect(await reasonOf(loadKey(path))).toContain('it must have 32 bytes');
});

test('a key that cannot be read is refused and not replaced', async () => {
  await mkdir(path);
  expect(await reasonOf(loadKey(path))).toContain('it cannot be read');
});
