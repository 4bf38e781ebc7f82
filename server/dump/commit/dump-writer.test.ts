import { mkdtemp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { lock as takeLock } from 'proper-lockfile';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runsOf } from '../../tests/support/machine.js';
import { AppError } from '../../errors/app-error.js';
import { createLogger } from '../../observability/logger.js';
import { csvFormat } from '../format/csv-format.js';
import { DumpFile } from './dump-file.js';
import { DumpLock } from './dump-lock.js';
import { DumpWriter } from './dump-writer.js';
import { FreeSpace } from './free-space.js';
import type { LiveSegment } from './live-segment.js';
import { ProducerTable } from './producer-table.js';
import { Rotation } from './rotation.js';
import { messageList } from '../message-list.js';
import type { Committed } from '../message-log.js';
import { FakeFileSystem, type Fault, type FakeOperation } from '../fake-file-system.js';
import { ndjsonFormat } from '../format/ndjson-format.js';
import type { DumpRecord, RecordFormat } from '../format/record-format.js';
import { codeOf } from '../../tests/support/code-of.js';
import { encoded } from '../../tests/support/encoded.js';

const RECOVERY_WINDOW = 128 * 1024;
const silent = createLogger('silent', false);

let folder = '';
let folders = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-writer-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

// The file is the fake's; its lock, and what recovery keeps aside, are in a real folder of its own.
async function newPath(format: RecordFormat = ndjsonFormat): Promise<string> {
  folders += 1;
  const own = join(folder, String(folders));
  await mkdir(own);
  return join(own, format.fileName);
}

interface Options {
  format?: RecordFormat;
  maxQueueBytes?: number;
  lockTimeout?: number;
  reserve?: number;
}

// What the writer tells of the file is nobody's business in these tests.
const NO_LIVE: LiveSegment = {
  load: () => Promise.resolve({ first: 0, firstAt: 0 }),
  lastClosed: () => Promise.resolve(0),
  appended: () => undefined,
  closed: () => Promise.resolve(),
  moved: () => Promise.resolve(),
  keep: () => Promise.resolve(),
};
const NO_ROTATION = { segmentBytes: Number.POSITIVE_INFINITY, segmentAgeMs: 0 };
const clock = () => new Date('2026-11-21T02:44:57.123Z');

function createWriter(fileSystem: FakeFileSystem, path: string, options: Options = {}): DumpWriter {
  const { format = ndjsonFormat, maxQueueBytes = 2 ** 20, lockTimeout = 5000, reserve = 0 } = options;
  const recoveryWindow = RECOVERY_WINDOW;
  return new DumpWriter({
    file: new DumpFile({ path, format, fileSystem, recoveryWindow, live: NO_LIVE, logger: silent }),
    lock: new DumpLock(path, lockTimeout),
    format,
    producers: new ProducerTable({ maxProducersPerUser: 2, idleMs: 1000 }, clock),
    freeSpace: new FreeSpace(path, reserve, fileSystem),
    rotation: new Rotation(NO_ROTATION, () => [], clock, silent),
    maxQueueBytes,
    clock,
    onCommit: () => undefined,
    logger: silent,
  });
}

function stored(first: number, last: number): Committed {
  return { accepted: last - first + 1, duplicates: 0, last };
}

async function openWriter(fileSystem: FakeFileSystem, path: string, options: Options = {}) {
  const writer = createWriter(fileSystem, path, options);
  await writer.open();
  return writer;
}

function append(writer: DumpWriter, ...messages: string[]): Promise<Committed> {
  return writer.append({ user: 'dale', endpoint: '127.0.0.1', messages: messageList(messages) });
}

function recordsIn(fileSystem: FakeFileSystem, path: string, format = ndjsonFormat): DumpRecord[] {
  const text = fileSystem.content(path).toString('utf8');
  expect(text === '' || text.endsWith('\n')).toBe(true);
  const lines = text.slice(format.header.length, -1).split('\n');
  return (text.length <= format.header.length ? [] : lines).map((line) => {
    const record = format.decode(line);
    if (record === undefined) throw new Error(`this line is no record: ${line}`);
    return record;
  });
}

function messagesIn(fileSystem: FakeFileSystem, path: string): string[] {
  return recordsIn(fileSystem, path).map(({ message }) => (typeof message === 'string' ? message : ''));
}

describe('a commit', () => {
  test('takes everything that arrived while the last one ran: one write and one sync for all', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    const { write, sync } = { ...fileSystem.calls };
    const answers = await Promise.all(Array.from({ length: 64 }, (_, n) => append(writer, `m${String(n)}`)));
    expect(fileSystem.calls.write - write).toBeLessThanOrEqual(2);
    expect(fileSystem.calls.sync - sync).toBeLessThanOrEqual(2);
    expect(answers).toEqual(Array.from({ length: 64 }, (_, n) => stored(n + 1, n + 1)));
    expect(messagesIn(fileSystem, path)).toEqual(Array.from({ length: 64 }, (_, n) => `m${String(n)}`));
  });

  test('is answered only when it is synced', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    const release = fileSystem.holdSyncs();
    let isAnswered = false;
    const answer = append(writer, 'one').then(() => {
      isAnswered = true;
    });
    while (!fileSystem.content(path).includes('one')) await setImmediate();
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    expect(isAnswered).toBe(false);
    release();
    await answer;
  });

  test('that fails answers all who are in it, and nobody else', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await append(writer, 'before');
    const release = fileSystem.holdSyncs();
    fileSystem.fail({ operation: 'sync', code: 'EIO' });
    const inside = [append(writer, 'in 1'), append(writer, 'in 2', 'in 3')];
    while (!fileSystem.content(path).includes('in 3')) await setImmediate();
    const behind = [append(writer, 'behind 1'), append(writer, 'behind 2')];
    release();
    expect(await Promise.all(inside.map(codeOf))).toEqual(['dump.write_failed', 'dump.write_failed']);
    expect(await Promise.all(behind)).toEqual([stored(2, 2), stored(3, 3)]);
    expect(messagesIn(fileSystem, path)).toEqual(['before', 'behind 1', 'behind 2']);
  });

  test('holds a batch as a whole, numbered without gaps', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    const answers = await Promise.all([
      append(writer, 'a', 'b'),
      append(writer, 'c'),
      append(writer, 'd', 'e'),
    ]);
    expect(answers).toEqual([stored(1, 2), stored(3, 3), stored(4, 5)]);
    expect(
      recordsIn(fileSystem, path).map(
        ({ seq }, index) => `${String(seq)}${messagesIn(fileSystem, path)[index] ?? ''}`,
      ),
    ).toEqual(['1a', '2b', '3c', '4d', '5e']);
  });

  test('writes the header of a format once, before the first record', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath(csvFormat)];
    {
      await using writer = await openWriter(fileSystem, path, { format: csvFormat });
      fileSystem.fail({ operation: 'write', code: 'ENOSPC', takes: 10 });
      expect(await codeOf(append(writer, 'refused'))).toBe('dump.disk_full');
      await append(writer, 'one');
    }
    await using writer = await openWriter(fileSystem, path, { format: csvFormat });
    await append(writer, 'two');
    const text = fileSystem.content(path).toString();
    expect(text.startsWith(csvFormat.header)).toBe(true);
    expect(recordsIn(fileSystem, path, csvFormat).map(({ message }) => message)).toEqual(['one', 'two']);
  });
});

describe('a failure', () => {
  test.each<[string, Fault, string]>([
    ['a full disk', { operation: 'write', code: 'ENOSPC' }, 'dump.disk_full'],
    ['a quota', { operation: 'write', code: 'EDQUOT' }, 'dump.disk_full'],
    ['a file-size limit', { operation: 'write', code: 'EFBIG' }, 'dump.disk_full'],
    ['a full disk after a short write', { operation: 'write', code: 'ENOSPC', takes: 33 }, 'dump.disk_full'],
    [
      'a full disk after a whole record',
      { operation: 'write', code: 'ENOSPC', takes: 105 },
      'dump.disk_full',
    ],
    ['a broken disk', { operation: 'write', code: 'EIO' }, 'dump.write_failed'],
    ['a failed sync', { operation: 'sync', code: 'EIO' }, 'dump.write_failed'],
    ['a sync without space', { operation: 'sync', code: 'ENOSPC' }, 'dump.disk_full'],
  ])('by %s leaves nothing behind and the next message is stored', async (_what, fault, code) => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await append(writer, 'before');
    fileSystem.fail(fault);
    expect(await codeOf(append(writer, 'refused', 'refused too'))).toBe(code);
    expect(messagesIn(fileSystem, path)).toEqual(['before']);
    expect(await append(writer, 'after')).toEqual(stored(2, 2));
    expect(messagesIn(fileSystem, path)).toEqual(['before', 'after']);
    expect(messagesIn(fileSystem.afterCrash(), path)).toEqual(['before', 'after']);
    expect(fileSystem.offences).toEqual([]);
  });

  test('is answered when what it left is cut off, so that a crash brings nothing back', async () => {
    // Every sector reaches the disk, and the new length too: the disk's worst way to fail.
    let draws = 0;
    const worst = () => (draws++ % 9 === 0 ? 0.9 : 0);
    const [fileSystem, path] = [new FakeFileSystem(worst), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    fileSystem.fail({ operation: 'sync', code: 'EIO' });
    expect(await codeOf(append(writer, 'refused'))).toBe('dump.write_failed');
    expect(fileSystem.afterCrash().content(path).toString()).toBe('');
  });

  test('of the disk in the middle of a sync does not take what was stored before, once it is undone', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await append(writer, 'before');
    fileSystem.fail({ operation: 'sync', code: 'EIO', destroys: true });
    expect(await codeOf(append(writer, 'refused'))).toBe('dump.write_failed');
    expect(messagesIn(fileSystem.afterCrash(), path)).toEqual(['before']);
  });

  test('makes the writer unhealthy until the file can be written again, which it tries by itself', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await append(writer, 'stored');
    expect(await writer.isHealthy()).toBe(true);
    fileSystem.fail({ operation: 'write', code: 'ENOSPC' });
    await codeOf(append(writer, 'refused'));
    fileSystem.fail({ operation: 'write', code: 'ENOSPC' });
    expect(await writer.isHealthy()).toBe(false);
    expect(await writer.isHealthy()).toBe(true);
    expect(messagesIn(fileSystem, path)).toEqual(['stored']);
  });

  // What a failed commit left has to go before anything else is written, however often that fails at first.
  test.each<[string, Fault[]]>([
    ['opening the file', [{ operation: 'open', code: 'EMFILE' }]],
    ['opening it, twice', [1, 2].map(() => ({ operation: 'open', code: 'EMFILE' }) as const)],
    ['looking at the new descriptor', [{ operation: 'identity', code: 'EIO', skip: 1 }]],
    ['truncating', [{ operation: 'truncate', code: 'EIO' }]],
    ['writing the last page again', [{ operation: 'write', code: 'EIO' }]],
    ['reading the last page', [{ operation: 'read', code: 'EIO' }]],
    ['syncing', [{ operation: 'sync', code: 'EIO', skip: 1 }]],
    ['finding the file', [{ operation: 'identify', code: 'EIO' }]],
  ])('whose undo fails at %s is undone before the next commit', async (_what, faults) => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await append(writer, 'before');
    fileSystem.fail({ operation: 'sync', code: 'EIO' }, ...faults);
    expect(await codeOf(append(writer, 'refused'))).toBe('dump.write_failed');
    for (const _ of faults) await codeOf(append(writer, 'perhaps'));
    fileSystem.heal();
    await append(writer, 'after');
    const found = messagesIn(fileSystem, path);
    expect(found).not.toContain('refused');
    expect(found.at(0)).toBe('before');
    expect(found.at(-1)).toBe('after');
    expect(recordsIn(fileSystem, path).map(({ seq }) => seq)).toEqual(found.map((_, index) => index + 1));
  });
});

describe('a start', () => {
  test('makes durable what a killed predecessor wrote and had not synced', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    const killed = await openWriter(fileSystem, path);
    await append(killed, 'one');
    fileSystem.holdSyncs();
    void codeOf(append(killed, 'two'));
    while (!fileSystem.content(path).includes('two')) await setImmediate();
    const next = fileSystem.afterKill();
    await using _writer = await openWriter(next, path);
    const found = messagesIn(next, path);
    expect(found).toEqual(['one', 'two']);
    expect(messagesIn(next.afterCrash(), path)).toEqual(found);
  });

  test('fails where the dump cannot be read, and changes nothing', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    fileSystem.put(path, 'a line of somebody else\n{"seq":1,');
    fileSystem.fail({ operation: 'read', code: 'EIO' });
    await using writer = createWriter(fileSystem, path);
    expect(await codeOf(writer.open())).toBe('dump.write_failed');
    expect(fileSystem.content(path).toString()).toBe('a line of somebody else\n{"seq":1,');
  });
});

describe('a file that somebody else moves', () => {
  test.each(['deleted', 'renamed', 'replaced by an empty one'])(
    'and is %s: the next is a new file',
    async (how) => {
      const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
      await using writer = await openWriter(fileSystem, path);
      await append(writer, 'one');
      await idle(path);
      if (how === 'deleted') fileSystem.remove(path);
      else fileSystem.move(path, `${path}.1`);
      if (how.startsWith('replaced')) fileSystem.put(path, '');
      expect(await append(writer, 'two')).toEqual(stored(2, 2));
      expect(messagesIn(fileSystem, path)).toEqual(['two']);
      if (how !== 'deleted') expect(messagesIn(fileSystem, `${path}.1`)).toEqual(['one']);
    },
  );

  test('in the middle of a commit, by deletion, is not written to unseen', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await append(writer, 'one');
    fileSystem.remove(path);
    expect(await codeOf(append(writer, 'two'))).toBe('dump.write_failed');
    expect(await append(writer, 'three')).toEqual(stored(2, 2));
    expect(messagesIn(fileSystem, path)).toEqual(['three']);
  });

  test.each<FakeOperation>(['open', 'identity', 'read', 'sync', 'syncEntry'])(
    'is not written to before it was looked at as a whole, when %s fails at first',
    async (operation) => {
      const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
      const other = encoded(
        ndjsonFormat,
        { user: 'u', endpoint: 'e', messages: ['other'] },
        5,
        new Date(0).toISOString(),
      );
      await using writer = await openWriter(fileSystem, path);
      await append(writer, 'one', 'two');
      await idle(path);
      fileSystem.move(path, `${path}.1`);
      if (operation !== 'syncEntry') fileSystem.put(path, other);
      fileSystem.fail({ operation, code: 'EIO' });
      expect(await codeOf(append(writer, 'refused'))).toBe('dump.write_failed');
      await append(writer, 'three');
      const expected = operation === 'syncEntry' ? ['three'] : ['other', 'three'];
      expect(messagesIn(fileSystem, path)).toEqual(expected);
    },
  );

  test('keeps what another program added, and goes on behind it', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await append(writer, 'one');
    await idle(path);
    fileSystem.addTo(
      path,
      encoded(ndjsonFormat, { user: 'u', endpoint: 'e', messages: ['theirs'] }, 2, new Date(0).toISOString()),
    );
    expect(await append(writer, 'two')).toEqual(stored(3, 3));
    expect(messagesIn(fileSystem, path)).toEqual(['one', 'theirs', 'two']);
  });

  test('loses a torn record to a file beside it', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await append(writer, 'one');
    await idle(path);
    fileSystem.addTo(path, '{"seq":2,"at":');
    await append(writer, 'two');
    expect(messagesIn(fileSystem, path)).toEqual(['one', 'two']);
    expect((await readdir(join(path, '..'))).some((name) => name.includes('torn-at'))).toBe(true);
  });

  test.each([0, 40, 5000])(
    'short under the lock, to %i bytes: that commit fails, and no hole stays',
    async (size) => {
      const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
      await using writer = await openWriter(fileSystem, path);
      await append(writer, 'one', 'x'.repeat(9000));
      fileSystem.cut(path, size);
      expect(await codeOf(append(writer, 'refused'))).toBe('dump.write_failed');
      const left = messagesIn(fileSystem, path);
      expect(await append(writer, 'after')).toEqual(stored(3, 3));
      expect(messagesIn(fileSystem, path)).toEqual([...left, 'after']);
      expect(left).toEqual(size < 100 ? [] : ['one']);
    },
  );

  test('short while a commit is synced: that commit fails', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await append(writer, 'one');
    const release = fileSystem.holdSyncs();
    const size = fileSystem.content(path).length;
    fileSystem.afterNextWrite(() => {
      fileSystem.cut(path, size + 10);
    });
    const refused = codeOf(append(writer, 'refused'));
    release();
    expect(await refused).toBe('dump.write_failed');
    await append(writer, 'after');
    expect(messagesIn(fileSystem, path)).toEqual(['one', 'after']);
  });

  test('keeps every record when a byte of an old one was set to NUL, and the numbers go on', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    {
      await using writer = await openWriter(fileSystem, path);
      for (const message of ['one', 'two', 'three']) await append(writer, message);
    }
    const content = fileSystem.content(path);
    content[content.indexOf('two')] = 0;
    fileSystem.put(path, content);
    await using writer = await openWriter(fileSystem, path);
    expect(await append(writer, 'four')).toEqual(stored(4, 4));
    expect(fileSystem.content(path).subarray(0, content.length)).toEqual(content);
  });
});

describe('the numbers', () => {
  test.each(['a clean end', 'a kill', 'a power cut'])(
    'go on when the dump was moved away before %s',
    async (end) => {
      const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
      const writer = await openWriter(fileSystem, path);
      await append(writer, 'one', 'two');
      await idle(path);
      fileSystem.move(path, `${path}.1`);
      if (end === 'a clean end') await writer[Symbol.asyncDispose]();
      const next = end === 'a power cut' ? fileSystem.afterCrash() : fileSystem.afterKill();
      if (end !== 'a clean end') await writer[Symbol.asyncDispose]();
      await using successor = await openWriter(next, path);
      expect(await append(successor, 'three')).toEqual(stored(3, 3));
    },
  );

  test('of each format are its own', async () => {
    const fileSystem = new FakeFileSystem();
    const path = await newPath();
    {
      await using writer = await openWriter(fileSystem, path);
      await append(writer, 'one', 'two');
    }
    const csv = path.replace('ndjson', 'csv');
    await using writer = await openWriter(fileSystem, csv, { format: csvFormat });
    expect(await append(writer, 'one')).toEqual(stored(1, 1));
  });

  test('are those of the dump where what was kept beside it is older, or nonsense', async () => {
    for (const kept of ['', 'nonsense', '0000000000000001\n', '\0'.repeat(17)]) {
      const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
      const batch = { user: 'u', endpoint: 'e', messages: ['one', 'two'] };
      fileSystem.put(path, encoded(ndjsonFormat, batch, 1, new Date(0).toISOString()));
      fileSystem.put(`${path}.last-seq`, kept);
      await using writer = await openWriter(fileSystem, path);
      expect(await append(writer, 'three')).toEqual(stored(3, 3));
    }
  });

  test('do not start anew in a file in which they could not be kept', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await append(writer, 'one');
    fileSystem.remove(path);
    fileSystem.fail({ operation: 'syncEntry', code: 'EIO' });
    expect(await codeOf(append(writer, 'refused'))).toBe('dump.write_failed');
    expect(await append(writer, 'two')).toEqual(stored(2, 2));
  });
});

describe('what is torn', () => {
  test('is never written over what was kept before, nor through a symbolic link', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    const victim = join(path, '..', 'victim');
    await writeFile(victim, 'precious');
    await symlink(victim, `${path}.torn-at-0`);
    for (const torn of ['{"first', '{"second']) {
      fileSystem.put(path, torn);
      await using _writer = await openWriter(fileSystem, path);
    }
    expect(await readFile(victim, 'utf8')).toBe('precious');
    expect(await readFile(`${path}.torn-at-0-2`, 'utf8')).toBe('{"first');
    expect(await readFile(`${path}.torn-at-0-3`, 'utf8')).toBe('{"second');
  });

  test('is kept and durable before it is cut off', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    fileSystem.put(path, '{"first');
    fileSystem.fail({ operation: 'syncEntry', code: 'EIO' });
    await using writer = createWriter(fileSystem, path);
    expect(await codeOf(writer.open())).toBe('dump.write_failed');
    expect(fileSystem.content(path).toString()).toBe('{"first');
    await append(writer, 'one');
    expect(await readFile(`${path}.torn-at-0`, 'utf8')).toBe('{"first');
    expect(messagesIn(fileSystem, path)).toEqual(['one']);
  });
});

describe('the lock', () => {
  test('is let go when there is nothing to do', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await append(writer, 'one');
    await idle(path);
    const unlock = await takeLock(path, { realpath: false });
    const waiting = append(writer, 'two');
    await unlock();
    expect(await waiting).toEqual(stored(2, 2));
  });

  test('in the hands of another program is waited for, then refused', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path, { lockTimeout: 60 });
    const unlock = await takeLock(path, { realpath: false });
    expect(await codeOf(append(writer, 'refused'))).toBe('dump.locked');
    await unlock();
    await append(writer, 'stored');
    expect(messagesIn(fileSystem, path)).toEqual(['stored']);
  });

  test('that was taken away while a commit was synced makes the commit fail', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await append(writer, 'before');
    await rm(`${path}.lock`, { recursive: true });
    expect(await codeOf(append(writer, 'refused'))).toBe('dump.lock_lost');
    await append(writer, 'after');
    expect(messagesIn(fileSystem, path)).toEqual(['before', 'after']);
  });

  test('is had by an outsider at last, however much there is to write', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    // From now on it has the lock.
    await append(writer, 'first');
    const stop = new AbortController();
    const load = (async () => {
      while (!stop.signal.aborted) await append(writer, 'load');
    })();
    // Half a minute of tries, or more: it is let go every second.
    const unlock = await takeLock(path, {
      realpath: false,
      retries: { retries: 6000, factor: 1, minTimeout: 5, maxTimeout: 5 },
    });
    await unlock();
    stop.abort();
    await load;
  });
});

describe('the queue', () => {
  test('is bounded: past it senders are refused, and none that waits is', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path, { maxQueueBytes: 10_000 });
    const release = fileSystem.holdSyncs();
    const first = append(writer, 'first');
    while (!fileSystem.content(path).includes('first')) await setImmediate();
    const outcomes = Array.from({ length: 30 }, () => codeOf(append(writer, 'x'.repeat(838))));
    release();
    await first;
    const codes = await Promise.all(outcomes);
    expect(codes.filter((code) => code === undefined)).toHaveLength(10);
    expect(codes.slice(10).every((code) => code === 'dump.queue_full')).toBe(true);
    expect(messagesIn(fileSystem, path)).toHaveLength(11);
    expect(await codeOf(append(writer, 'x'.repeat(838)))).toBeUndefined();
  });

  test('takes any single batch when nothing waits, so that no sender is told to wait forever', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path, { maxQueueBytes: 10_000 });
    const many = Array.from({ length: 100 }, () => '');
    expect(await codeOf(append(writer, ...many))).toBeUndefined();
  });

  test('keeps each sender in order', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    await using writer = await openWriter(fileSystem, path);
    await Promise.all(
      ['a', 'b', 'c'].map(async (user) => {
        for (let n = 0; n < 20; n += 1) {
          await writer.append({ user, endpoint: '::1', messages: messageList([String(n)]) });
        }
      }),
    );
    for (const user of ['a', 'b', 'c']) {
      const own = recordsIn(fileSystem, path).filter((record) => record.user === user);
      expect(own.map(({ message }) => message)).toEqual(Array.from({ length: 20 }, (_, n) => String(n)));
    }
  });

  test('is stored on closing, and what comes later is refused', async () => {
    const [fileSystem, path] = [new FakeFileSystem(), await newPath()];
    const writer = await openWriter(fileSystem, path);
    const release = fileSystem.holdSyncs();
    const waiting = [append(writer, 'one'), append(writer, 'two')];
    const closed = writer[Symbol.asyncDispose]();
    expect(await codeOf(append(writer, 'three'))).toBe('dump.closed');
    release();
    await closed;
    await Promise.all(waiting);
    expect(messagesIn(fileSystem, path)).toEqual(['one', 'two']);
    expect(await writer.isHealthy()).toBe(false);
    expect((await readdir(join(path, '..'))).filter((name) => name.includes('lock'))).toEqual([]);
  });
});

// Every sequence of appends, failures and crashes, against the oracle of the fault tests.
type Step =
  | { readonly kind: 'append'; readonly batches: readonly (readonly number[])[] }
  | { readonly kind: 'fail'; readonly faults: readonly Fault[] }
  | { readonly kind: 'heal' }
  | {
      readonly kind: 'crash';
      readonly afterCalls: number;
      readonly duringRecovery: number | undefined;
      readonly isKill: boolean;
    };

const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    operation: fc.constant('write' as const),
    code: fc.constantFrom('ENOSPC', 'EIO'),
    takes: fc.nat(9000),
    skip: fc.nat(1),
  }),
  fc.record({
    operation: fc.constantFrom<FakeOperation>('sync', 'truncate', 'open', 'read', 'identify', 'identity'),
    code: fc.constantFrom('EIO', 'ENOSPC'),
    skip: fc.nat(2),
  }),
  fc.record({ operation: fc.constant('sync' as const), code: fc.constant('EIO'), skip: fc.nat(1) }),
);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      batches: fc.array(fc.array(fc.oneof(fc.nat(40), fc.nat(6000)), { minLength: 1, maxLength: 3 }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      faults: fc.array(anyFault, { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'heal' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      afterCalls: fc.nat(12),
      duringRecovery: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
      isKill: fc.boolean(),
    }),
  },
);

interface Entry {
  readonly message: string;
  // 'pending' was refused while what it left could not be cut off: a crash may bring it back, nothing else may.
  outcome: 'acknowledged' | 'refused' | 'pending' | 'unknown';
}

class Run {
  readonly entries: Entry[] = [];
  readonly #path: string;
  readonly #format: RecordFormat;
  readonly #random: () => number;
  fileSystem: FakeFileSystem;
  #writer: DumpWriter;

  constructor(path: string, format: RecordFormat, seed: number) {
    this.#path = path;
    this.#format = format;
    this.#random = randomFrom(seed);
    this.fileSystem = new FakeFileSystem(this.#random);
    this.#writer = createWriter(this.fileSystem, path, { format });
  }

  async start(): Promise<void> {
    await this.#writer.open();
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'fail') this.fileSystem.fail(...step.faults);
    else if (step.kind === 'heal') this.fileSystem.heal();
    else if (step.kind === 'append') await this.append(step.batches);
    else {
      this.fileSystem.dieAfter(step.afterCalls);
      await this.append([[10], [5000], [30, 30]]);
      await this.restart(step.duringRecovery, step.isKill);
    }
  }

  async append(batches: readonly (readonly number[])[]): Promise<void> {
    await Promise.all(
      batches.map(async (sizes) => {
        const entries = sizes.map((size): Entry => {
          return { message: `${String(this.entries.length)}:`.padEnd(size, 'x\n"é'), outcome: 'unknown' };
        });
        this.entries.push(
          ...entries.map((entry, index) => {
            return Object.assign(entry, {
              message: `${String(this.entries.length + index)}/${entry.message}`,
            });
          }),
        );
        const outcome = await this.#store(entries.map(({ message }) => message));
        for (const entry of entries) entry.outcome = outcome;
      }),
    );
  }

  async #store(messages: readonly string[]): Promise<Entry['outcome']> {
    try {
      await this.#writer.append({ user: 'dale', endpoint: '::1', messages: messageList(messages) });
      this.#settlePending('refused');
      return 'acknowledged';
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      if (this.fileSystem.isDead) return 'unknown';
      return this.#isLeftBehind(messages) ? 'pending' : 'refused';
    }
  }

  #isLeftBehind(messages: readonly string[]): boolean {
    const content = this.fileSystem.content(this.#path).toString();
    const isThere = messages.some((message) => content.includes(message.slice(0, message.indexOf(':') + 1)));
    return isThere || this.fileSystem.hasFailed(this.#path);
  }

  #settlePending(outcome: 'refused' | 'unknown'): void {
    for (const entry of this.entries) if (entry.outcome === 'pending') entry.outcome = outcome;
  }

  // A crash, and gatherd after it; perhaps with another crash while it recovers. Where a sync has failed, the machine
  // goes down with the program: what the kernel then only pretends to have kept is beyond any program's means.
  async restart(duringRecovery?: number, isKill = false): Promise<void> {
    this.#settlePending('unknown');
    this.fileSystem.dieAfter(0);
    await this.#writer[Symbol.asyncDispose]();
    expect(this.fileSystem.offences).toEqual([]);
    const isSound = !this.fileSystem.hasFailed(this.#path);
    this.fileSystem = isKill && isSound ? this.fileSystem.afterKill() : this.fileSystem.afterCrash();
    this.#writer = createWriter(this.fileSystem, this.#path, { format: this.#format });
    if (duringRecovery !== undefined) this.fileSystem.dieAfter(duringRecovery);
    try {
      await this.#writer.open();
      if (this.fileSystem.isDead) throw new Error('the machine went down while it started');
      this.fileSystem.dieAfter(Number.POSITIVE_INFINITY);
    } catch {
      await this.restart();
    }
  }

  check(): void {
    const records = recordsIn(this.fileSystem, this.#path, this.#format);
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_, index) => index + 1));
    const found = records.map(({ message }) => message);
    const known = this.entries.filter(({ message }) => found.includes(message));
    // In order, each once, and nothing else.
    expect(found).toEqual(known.map(({ message }) => message));
    expect(known.filter(({ outcome }) => outcome === 'refused' || outcome === 'pending')).toEqual([]);
    const lost = this.entries.filter(({ outcome, message }) => {
      return outcome === 'acknowledged' && !found.includes(message);
    });
    expect(lost).toEqual([]);
  }

  async finish(): Promise<void> {
    this.fileSystem.heal();
    await this.append([[10]]);
    expect(this.entries.at(-1)?.outcome).toBe('acknowledged');
    this.check();
    await this.restart();
    this.check();
    await this.#writer[Symbol.asyncDispose]();
  }
}

describe('whatever fails, and whenever the power goes', () => {
  test.each([ndjsonFormat, csvFormat])(
    'what was acknowledged is in the dump, once and in order, and what was refused is not ($fileName)',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { maxLength: 12 }), fc.integer(), async (steps, seed) => {
          const run = new Run(await newPath(format), format, seed);
          await run.start();
          for (const step of steps) await run.take(step);
          await run.finish();
        }),
        { numRuns: runsOf(150) },
      );
    },
  );
});

// Waits until the writer has let the lock go, which it does when it is idle.
async function idle(path: string): Promise<void> {
  const unlock = await takeLock(path, {
    realpath: false,
    retries: { retries: 400, factor: 1, minTimeout: 5, maxTimeout: 5 },
  });
  await unlock();
}

// Mulberry32: small, and the same numbers for the same seed.
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
