import { mkdir, mkdtemp, readdir, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import type { EventEmitter } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lock as takeLock } from 'proper-lockfile';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DumpLock } from './dump-lock.js';
import { codeOf } from '../../tests/support/code-of.js';

let folder = '';
let path = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-lock-'));
  path = join(folder, 'dump.ndjson');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const outsider = () => takeLock(path, { realpath: false });

// What proper-lockfile does when the process exits: its hook is a listener of signal-exit's.
function exit(): void {
  const { __signal_exit_emitter__: emitter } = process as { __signal_exit_emitter__?: EventEmitter };
  if (emitter === undefined) throw new Error('signal-exit is not there');
  emitter.emit('exit', 0, null);
}

describe('a lock', () => {
  test.each(['before it is waited for', 'while it is waited for'])(
    'of another program is given up soon when the process closes %s',
    async (when) => {
      const unlock = await outsider();
      const closing = new AbortController();
      // Longer than any test may take.
      const lock = new DumpLock(path, 3_600_000, { closing: closing.signal });
      if (when.startsWith('before')) closing.abort();
      const outcome = codeOf(lock.acquire());
      closing.abort();
      expect(await outcome).toBe('dump.locked');
      await unlock();
    },
  );

  test('that somebody else has taken meanwhile is not removed at the exit of the process', async () => {
    const lock = new DumpLock(path, 0);
    await lock.acquire();
    await rmdir(`${path}.lock`);
    await mkdir(join(folder, 'another'));
    await mkdir(`${path}.lock`);
    await lock.release();
    exit();
    expect(await readdir(folder)).toContain('dump.ndjson.lock');
    await rmdir(`${path}.lock`);
    await lock.acquire();
    exit();
    expect(await readdir(folder)).not.toContain('dump.ndjson.lock');
    await lock.release();
  });

  test('keeps every other program out until it is released', async () => {
    const lock = new DumpLock(path, 0);
    await lock.acquire();
    expect(lock.isAcquired).toBe(true);
    await expect(outsider()).rejects.toMatchObject({ code: 'ELOCKED' });
    await lock.release();
    expect(lock.isAcquired).toBe(false);
    await (
      await outsider()
    )();
    expect(await readdir(folder)).toEqual([]);
  });

  test('of another program is waited for', async () => {
    const unlock = await outsider();
    const lock = new DumpLock(path, 5000);
    const acquired = lock.acquire();
    await unlock();
    await acquired;
    expect(lock.isHeld()).toBe(true);
    await lock.release();
  });

  test('of another program is not waited for beyond the timeout, nor touched', async () => {
    const unlock = await outsider();
    const lock = new DumpLock(path, 50);
    expect(await codeOf(lock.acquire())).toBe('dump.locked');
    expect(lock.isAcquired).toBe(false);
    await lock.release();
    await expect(outsider()).rejects.toMatchObject({ code: 'ELOCKED' });
    await unlock();
  });

  test('cannot be had where the folder is gone, and says so', async () => {
    await rm(folder, { recursive: true });
    expect(await codeOf(new DumpLock(path, 0).acquire())).toBe('dump.write_failed');
  });

  test('that was released can be acquired again', async () => {
    const lock = new DumpLock(path, 0);
    for (let round = 0; round < 3; round += 1) {
      await lock.acquire();
      expect(lock.isHeld()).toBe(true);
      await lock.release();
      expect(lock.isHeld()).toBe(false);
    }
  });
});

describe('a lock that was taken away', () => {
  test('is not held any more', async () => {
    const lock = new DumpLock(path, 0);
    await lock.acquire();
    await rm(`${path}.lock`, { recursive: true });
    expect(lock.isHeld()).toBe(false);
    await lock.release();
  });

  test('is not held when another stands in its place, and that one is left alone', async () => {
    const lock = new DumpLock(path, 0);
    await lock.acquire();
    await rm(`${path}.lock`, { recursive: true });
    await mkdir(`${path}.lock`);
    expect(lock.isHeld()).toBe(false);
    await lock.release();
    expect((await stat(`${path}.lock`)).isDirectory()).toBe(true);
  });

  test('can be acquired again', async () => {
    const lock = new DumpLock(path, 0);
    await lock.acquire();
    await rm(`${path}.lock`, { recursive: true });
    await lock.release();
    await lock.acquire();
    expect(lock.isHeld()).toBe(true);
    await lock.release();
  });
});

describe('a lock that somebody left', () => {
  test('is broken at once where it was a dead predecessor', async () => {
    // The predecessor's lock with its mark of ownership, as they stand after a kill.
    const predecessor = new DumpLock(path, 0);
    await predecessor.acquire();
    const successor = new DumpLock(path, 0);
    expect(await successor.breakPredecessors()).toBe(true);
    await successor.acquire();
    expect(successor.isHeld()).toBe(true);
    expect(predecessor.isHeld()).toBe(false);
    await predecessor.release();
    expect(successor.isHeld()).toBe(true);
    await successor.release();
  });

  test('stays where it was another program', async () => {
    const unlock = await outsider();
    const successor = new DumpLock(path, 30);
    expect(await successor.breakPredecessors()).toBe(false);
    expect(await codeOf(successor.acquire())).toBe('dump.locked');
    await unlock();
  });

  test('stays where another program took it after a predecessor died', async () => {
    const predecessor = new DumpLock(path, 0);
    await predecessor.acquire();
    await rm(`${path}.lock`, { recursive: true });
    const unlock = await outsider();
    const successor = new DumpLock(path, 30);
    expect(await successor.breakPredecessors()).toBe(false);
    expect(await codeOf(successor.acquire())).toBe('dump.locked');
    await unlock();
  });

  test('needs no breaking where there is none', async () => {
    expect(await new DumpLock(path, 0).breakPredecessors()).toBe(false);
    await writeFile(`${path}.lock.owner`, '1 2');
    expect(await new DumpLock(path, 0).breakPredecessors()).toBe(false);
    expect(await readdir(folder)).toEqual([]);
  });
});
