import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { auditQuery } from '../../../protocol/audit.js';
import type { Database } from '../../database/database.js';
import { AppError } from '../../errors/app-error.js';
import { openNewDatabase } from '../../tests/support/new-database.js';
import { TestClock } from '../../tests/support/test-clock.js';
import { createAuditService } from './audit-log.js';
import type { AuditEvent, AuditService } from './audit-service.js';
import type { AuditStore } from './audit-store.js';
import { createPrismaAuditStore } from './prisma-audit-store.js';

const KEY = Buffer.alloc(32, 3);
const DALE = { userId: 'id-of-dale', name: 'dale', endpoint: '198.51.100.1', door: 'http' } as const;
const LOGIN: AuditEvent = { action: 'login', actor: DALE };
const REFUSAL: AuditEvent = { ...LOGIN, outcome: 'refused', details: { reason: 'password' } };
const WHOLE = { is_whole: true, first_broken: null };

let folder = '';
let database: Database;
let store: AuditStore;
const clock = new TestClock();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-audit-'));
  database = await openNewDatabase(join(folder, 'gatherd.db'));
  store = createPrismaAuditStore(database);
});

afterEach(async () => {
  await database.client.auditEntry.deleteMany();
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function start(given: AuditStore = store, failures: object[] = []): AuditService {
  return createAuditService({
    store: given,
    auditKey: KEY,
    findUserId: (name) => Promise.resolve(name === 'dale' ? DALE.userId : undefined),
    clock: clock.now,
    logger: { error: (fields: object) => void failures.push(fields) },
  });
}

/** A store whose inserts can be made to fail, or to answer only when they are told to. */
class FailingStore implements AuditStore {
  readonly last: AuditStore['last'] = (...args) => store.last(...args);
  readonly after: AuditStore['after'] = (...args) => store.after(...args);
  readonly find: AuditStore['find'] = (...args) => store.find(...args);
  readonly count: AuditStore['count'] = (...args) => store.count(...args);
  fails: 'not' | 'before' | 'after' = 'not';
  gate: Promise<void> = Promise.resolve();
  readonly sizes: number[] = [];

  readonly insert: AuditStore['insert'] = async (lines) => {
    await this.gate;
    this.sizes.push(lines.length);
    if (this.fails !== 'before') await store.insert(lines);
    if (this.fails !== 'not') throw new AppError('database.unavailable');
  };
}

function named(name: string): AuditEvent {
  return { action: 'account.created', actor: DALE, subject: { name } };
}

async function subjects(
  audit: AuditService,
  params: Record<string, string> = {},
): Promise<(string | null)[]> {
  const { entries } = await audit.page(auditQuery.parse(params));
  return entries.map(({ subject }) => subject);
}

describe('appending', () => {
  test('keeps who, when, from where, what, on whom and with what outcome', async () => {
    await using audit = start();
    const actor = { endpoint: 'local', door: 'operator' } as const;
    await audit.append({
      action: 'account.created',
      actor,
      subject: { id: 'x', name: 'Al' },
      details: { role: 'admin' },
    });
    const [entry] = (await audit.page(auditQuery.parse({}))).entries;
    expect(entry).toEqual({
      seq: 1,
      at: clock.now().toISOString(),
      action: 'account.created',
      outcome: 'done',
      actor: null,
      subject: 'Al',
      endpoint: 'local',
      door: 'operator',
      details: { role: 'admin' },
      hash: expect.stringMatching(/^[\w-]{43}$/) as string,
    });
  });

  test('numbers lines in the order of appending, however many come at once', async () => {
    await using audit = start();
    const names = Array.from({ length: 500 }, (_, index) => `user${String(index)}`);
    await Promise.all(names.map((name) => audit.append(named(name))));
    expect(await subjects(audit, { limit: '1000' })).toEqual(names.toReversed());
    expect(await audit.verify()).toEqual({ ...WHOLE, entries: 500 });
  });

  test('writes what came while it wrote with one insert', async () => {
    const slow = new FailingStore();
    let open: () => void = () => undefined;
    slow.gate = new Promise((resolve) => (open = resolve));
    await using audit = start(slow);
    const first = audit.append(named('first'));
    const others = Array.from({ length: 60 }, () => audit.append(named('other')));
    open();
    await Promise.all([first, ...others]);
    expect(slow.sizes.length).toBeLessThanOrEqual(2);
  });

  test('goes on with the chain after a restart', async () => {
    await (async () => {
      await using audit = start();
      await audit.append(LOGIN);
    })();
    await using audit = start();
    await audit.append(LOGIN);
    expect(await audit.verify()).toEqual({ ...WHOLE, entries: 2 });
  });

  test('writes everything that waits before it is let go, and nothing afterwards', async () => {
    const audit = start();
    const written = Promise.all(Array.from({ length: 200 }, () => audit.append(LOGIN)));
    audit.note(LOGIN);
    await audit[Symbol.asyncDispose]();
    await written;
    expect(await store.count()).toBe(201);
    await expect(audit.append(LOGIN)).rejects.toThrow(AppError);
  });

  test.each(['before', 'after'] as const)(
    'a database that fails %s it has written fails the append, and the next one works',
    async (moment) => {
      const failing = new FailingStore();
      await using audit = start(failing);
      await audit.append(named('first'));
      failing.fails = moment;
      await expect(audit.append(named('second'))).rejects.toMatchObject({ code: 'database.unavailable' });
      failing.fails = 'not';
      await audit.append(named('third'));
      const kept = moment === 'before' ? ['third', 'first'] : ['third', 'second', 'first'];
      expect(await subjects(audit)).toEqual(kept);
      expect(await audit.verify()).toEqual({ ...WHOLE, entries: kept.length });
    },
  );

  test('refuses what does not fit into its queue any more, and writes all that did', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    let written = 0;
    const slow: AuditStore = {
      ...store,
      insert: async (lines) => {
        await gate;
        written += lines.length;
      },
    };
    const failures: object[] = [];
    const audit = start(slow, failures);
    for (let count = 0; count < 11_000; count += 1) audit.note(LOGIN);
    await expect(audit.append(LOGIN)).rejects.toMatchObject({ code: 'database.unavailable' });
    open();
    await audit[Symbol.asyncDispose]();
    expect(failures).toHaveLength(1000);
    expect(written).toBe(10_000);
  });

  test('keeps any text that people can choose, shortened, and its chain stays whole', async () => {
    await using audit = start();
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\0x', '\ud800', 'x\udc00', '😀'.repeat(200)),
    );
    await fc.assert(
      fc.asyncProperty(texts, texts, async (name, detail) => {
        await audit.append({ ...LOGIN, actor: { ...DALE, name }, details: { detail, list: [detail] } });
      }),
      { numRuns: 200 },
    );
    await audit.append({ ...LOGIN, actor: { ...DALE, name: 'a'.repeat(100_000) } });
    expect((await audit.page(auditQuery.parse({ limit: '1' }))).entries[0]?.actor).toHaveLength(254);
    expect(await audit.verify()).toEqual({ ...WHOLE, entries: 201 });
  });
});

describe('noting', () => {
  test('keeps one line a minute of the same refusal, and each that differs', async () => {
    const audit = start();
    for (let count = 0; count < 50; count += 1) audit.note(REFUSAL);
    audit.note({ ...REFUSAL, actor: { ...DALE, endpoint: '198.51.100.2' } });
    audit.note({ ...REFUSAL, details: { reason: 'status' } });
    audit.note({ ...REFUSAL, action: 'permission.refused' });
    audit.note(LOGIN);
    audit.note(LOGIN);
    clock.advance(60_000);
    audit.note(REFUSAL);
    await audit[Symbol.asyncDispose]();
    expect(await store.count()).toBe(7);
  });

  test('keeps one line a minute of the same reading, and each of another reader or of another’s messages', async () => {
    const audit = start();
    const reading = { action: 'messages.read', actor: DALE } as const;
    for (let pages = 0; pages < 50; pages += 1) audit.note(reading);
    audit.note({ ...reading, subject: { name: 'laura' } });
    audit.note({ ...reading, actor: { ...DALE, userId: 'id-of-leo', name: 'leo' } });
    clock.advance(60_000);
    audit.note(reading);
    await audit[Symbol.asyncDispose]();
    expect(await store.count()).toBe(4);
  });

  test('makes nobody wait, and logs a line that is lost, without its details', async () => {
    const failing = new FailingStore();
    failing.fails = 'before';
    const failures: object[] = [];
    const audit = start(failing, failures);
    audit.note(REFUSAL);
    expect(failures).toEqual([]);
    await audit[Symbol.asyncDispose]();
    expect(failures).toHaveLength(1);
    expect(JSON.stringify(failures)).not.toContain('reason');
  });
});

describe('reading', () => {
  test('gives pages, the newest first, until the end', async () => {
    await using audit = start();
    for (const name of ['1', '2', '3', '4', '5']) await audit.append(named(name));
    const first = await audit.page(auditQuery.parse({ limit: '2' }));
    expect(first.entries.map(({ subject }) => subject)).toEqual(['5', '4']);
    expect(first.next).toBe(4);
    expect(await subjects(audit, { limit: '2', before: '4' })).toEqual(['3', '2']);
    const last = await audit.page(auditQuery.parse({ limit: '2', before: '2' }));
    expect([last.entries.length, last.next]).toEqual([1, null]);
    expect(await audit.page(auditQuery.parse({ before: '1' }))).toEqual({ entries: [], next: null });
    expect((await audit.page(auditQuery.parse({ before: '999999999999999' }))).entries).toHaveLength(5);
  });

  test('filters by action, outcome and user, also under the name that the user had before', async () => {
    await using audit = start();
    await audit.append({ ...LOGIN, actor: { ...DALE, name: 'earlier' } });
    await audit.append(named('alice'));
    await audit.append({ ...REFUSAL, actor: { endpoint: '::1', door: 'http', name: 'nobody' } });
    const found = async (params: Record<string, string>) =>
      (await audit.page(auditQuery.parse(params))).entries.map(({ seq }) => seq);
    expect(await found({ user: 'dale' })).toEqual([2, 1]);
    expect(await found({ user: 'alice' })).toEqual([2]);
    expect(await found({ user: 'nobody', outcome: 'refused' })).toEqual([3]);
    expect(await found({ action: 'login' })).toEqual([3, 1]);
    expect(await found({ action: 'login', user: 'alice' })).toEqual([]);
  });

  test('finds what is far down, some lines at a time', async () => {
    const find: { from: number; before: number }[] = [];
    const long: AuditStore = {
      ...store,
      last: () => Promise.resolve({ seq: 1_200_000, hash: '' }),
      find: (_filter, range) => {
        find.push(range);
        return Promise.resolve([]);
      },
    };
    await using audit = start(long);
    expect(await audit.page(auditQuery.parse({ user: 'alice' }))).toEqual({ entries: [], next: 700_001 });
    expect(find.every(({ from, before }) => before - from <= 10_000)).toBe(true);
    expect(await audit.page(auditQuery.parse({ before: '9000' }))).toEqual({ entries: [], next: null });
  });
});

describe('the verification', () => {
  const COLUMNS = ['action', 'outcome', 'actorId', 'actor', 'subject', 'endpoint', 'door', 'details', 'hash'];
  const LINES = 12;

  async function fill(audit: AuditService): Promise<void> {
    for (let count = 1; count <= LINES; count += 1)
      await audit.append({ ...named(`user${String(count)}`), details: { count } });
  }

  async function change(sql: string, ...values: (string | number)[]): Promise<void> {
    await database.client.$executeRawUnsafe(sql, ...values);
  }

  test('finds any change of any line', async () => {
    const anyLine = fc.integer({ min: 1, max: LINES });
    await fc.assert(
      fc.asyncProperty(anyLine, fc.constantFrom(...COLUMNS), fc.string(), async (seq, column, value) => {
        await using audit = start();
        await fill(audit);
        const [row] = await database.client.$queryRawUnsafe<{ old: string }[]>(
          `SELECT "${column}" AS old FROM "AuditEntry" WHERE seq = ${String(seq)}`,
        );
        fc.pre(row?.old !== value);
        await change(`UPDATE "AuditEntry" SET "${column}" = ? WHERE seq = ?`, value, seq);
        const found = await audit.verify();
        await database.client.auditEntry.deleteMany();
        expect(found).toEqual({ is_whole: false, entries: LINES, first_broken: seq });
      }),
      { numRuns: 40 },
    );
  });

  test.each(['2026-11-21T02:44:57.124+00:00', 'no time'])(
    'finds a time that was changed to %s',
    async (at) => {
      await using audit = start();
      await fill(audit);
      await change('UPDATE "AuditEntry" SET at = ? WHERE seq = 5', at);
      expect(await audit.verify()).toEqual({ is_whole: false, entries: LINES, first_broken: 5 });
    },
  );

  test.each([1, 7, LINES])('finds that line %i was removed', async (seq) => {
    await using audit = start();
    await fill(audit);
    await change('DELETE FROM "AuditEntry" WHERE seq = ?', seq);
    expect(await audit.verify()).toEqual({ is_whole: false, entries: LINES - 1, first_broken: seq });
    await audit.append(LOGIN);
    expect(await audit.verify()).toEqual({ is_whole: false, entries: LINES, first_broken: seq });
  });

  test('finds lines that were removed and the later ones numbered anew', async () => {
    await using audit = start();
    await fill(audit);
    await change('DELETE FROM "AuditEntry" WHERE seq = 4');
    for (let seq = 5; seq <= LINES; seq += 1)
      await change('UPDATE "AuditEntry" SET seq = ? WHERE seq = ?', seq - 1, seq);
    expect((await audit.verify()).first_broken).toBe(4);
  });

  test('finds two lines that changed places', async () => {
    await using audit = start();
    await fill(audit);
    for (const [from, to] of [
      [3, 100],
      [8, 3],
      [100, 8],
    ] as const)
      await change('UPDATE "AuditEntry" SET seq = ? WHERE seq = ?', to, from);
    expect((await audit.verify()).first_broken).toBe(3);
  });

  test.each([0, -5, LINES + 1, 4_000_000_000])('finds a line that was put in as number %i', async (seq) => {
    await using audit = start();
    await fill(audit);
    await change('UPDATE "AuditEntry" SET seq = ? WHERE seq = ?', seq, LINES);
    expect((await audit.verify()).is_whole).toBe(false);
  });

  test('finds a log that another key has made', async () => {
    await fill(start());
    await using audit = createAuditService({
      store,
      auditKey: Buffer.alloc(32, 4),
      findUserId: () => Promise.resolve(undefined),
      clock: clock.now,
      logger: { error: () => undefined },
    });
    expect((await audit.verify()).first_broken).toBe(1);
  });

  test('does not take a database that does not answer for a broken chain', async () => {
    const down: AuditStore = {
      ...store,
      after: () => Promise.reject(new AppError('database.unavailable')),
      count: () => Promise.reject(new AppError('database.unavailable')),
    };
    await using audit = start(down);
    await expect(audit.verify()).rejects.toThrow(AppError);
  });

  test('finds nothing in an empty log', async () => {
    await using audit = start();
    expect(await audit.verify()).toEqual({ ...WHOLE, entries: 0 });
  });
});
