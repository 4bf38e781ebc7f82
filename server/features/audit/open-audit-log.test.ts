import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../database/database.js';
import { openNewDatabase } from '../../tests/support/new-database.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { TestClock } from '../../tests/support/test-clock.js';
import { openAuditEndFile } from './audit-end-file.js';
import type { AuditService } from './audit-service.js';
import { openAuditService } from './open-audit-log.js';
import { createPrismaAuditStore } from './prisma-audit-store.js';

const KEY = Buffer.alloc(32, 3);
const LINES = 12;
const WHOLE = { is_whole: true, entries: LINES, first_broken: null };

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: Database;
let path: string;
let logged: string[];

beforeEach(async () => {
  folder = await temporaryDirectory();
  database = await openNewDatabase(join(folder.path, 'gatherd.db'));
  path = join(folder.path, 'audit.end');
  logged = [];
});

afterEach(async () => {
  await database[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function start(): Promise<AuditService> {
  const deps = {
    ...{ auditKey: KEY, store: createPrismaAuditStore(database), clock: new TestClock().now },
    findUserId: () => Promise.resolve(undefined),
    logger: { error: (_fields: object, text?: string) => void logged.push(String(text)) },
  };
  return openAuditService(deps, path);
}

async function append(audit: AuditService, lines: number): Promise<void> {
  const actor = { endpoint: '::1', door: 'http' } as const;
  for (let count = 0; count < lines; count += 1) await audit.append({ action: 'login', actor });
}

/** What a server leaves that has written some lines. */
async function leaveLog(): Promise<void> {
  await using audit = await start();
  await append(audit, LINES);
}

const removeBehind = (seq: number) =>
  database.client.$executeRawUnsafe('DELETE FROM "AuditEntry" WHERE seq > ?', seq);

describe('at the next start', () => {
  test('a log that is whole is no news', async () => {
    await leaveLog();
    await using audit = await start();
    expect(await audit.verify()).toEqual(WHOLE);
    expect(logged).toEqual([]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test.each([LINES - 1, 4, 0])('that all lines behind %i are gone is found, for good', async (left) => {
    await leaveLog();
    await removeBehind(left);
    for (let starts = 0; starts < 2; starts += 1) {
      await using audit = await start();
      expect(logged[starts]).toContain('Lines are missing at the end of the audit log');
      expect(await audit.verify()).toEqual({ is_whole: false, entries: left, first_broken: left + 1 });
    }
    await using audit = await start();
    await append(audit, 3);
    expect(await audit.verify()).toMatchObject({ is_whole: false, first_broken: left + 1 });
  });

  test('that the log has gone another way since is found', async () => {
    await leaveLog();
    const end = await readFile(path);
    await removeBehind(LINES - 1);
    await rm(path);
    await using other = await start();
    await other.append({ action: 'logout', actor: { endpoint: '::1', door: 'http' } });
    await other[Symbol.asyncDispose]();
    await writeFile(path, end);
    logged = [];
    await using audit = await start();
    expect(logged.join()).toContain('is not the one whose end was kept');
    expect((await audit.verify()).first_broken).toBe(LINES);
  });

  test.each([
    ['missing', () => rm(path)],
    ['empty', () => truncate(path)],
    ['another server’s', () => writeFile(path, `{"seq":12,"hash":"x","mac":"y"}`.padEnd(512))],
  ])('that the file is %s is said once', async (_how, spoil) => {
    await leaveLog();
    await spoil();
    await using audit = await start();
    expect(logged).toEqual([expect.stringContaining('is missing or damaged')]);
    expect(await audit.verify()).toEqual(WHOLE);
    await audit[Symbol.asyncDispose]();
    await (await start())[Symbol.asyncDispose]();
    expect(logged).toHaveLength(1);
  });

  test('lines that were written when the file could not be are no loss', async () => {
    await leaveLog();
    const before = await readFile(path);
    await using second = await start();
    await append(second, 3);
    await second[Symbol.asyncDispose]();
    await writeFile(path, before);
    await using audit = await start();
    expect(logged).toEqual([]);
    await append(audit, 1);
    expect(await audit.verify()).toEqual({ is_whole: true, entries: LINES + 4, first_broken: null });
  });
});

describe('the file', () => {
  test('says the last end that was written, whatever writing the next one left of its place', async () => {
    const ends = fc.array(fc.record({ seq: fc.nat(), hash: fc.stringMatching(/^[\w-]{43}$/) }), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(ends, fc.uint8Array({ minLength: 1, maxLength: 256 }), async (unsorted, torn) => {
        const written = unsorted.sort((one, other) => one.seq - other.seq);
        await rm(path, { force: true });
        await using file = await openAuditEndFile(path, KEY);
        for (const end of written) await file.write(end);
        await file[Symbol.asyncDispose]();
        const bytes = await readFile(path);
        // The places are written by turns, the second one first.
        const next = (written.length + 1) % 2;
        await writeFile(
          path,
          Buffer.concat([bytes, Buffer.alloc(512)])
            .subarray(0, 512)
            .fill(torn, next * 256, next * 256 + torn.length),
        );
        await using again = await openAuditEndFile(path, KEY);
        expect(again.found).toEqual(written.at(-1));
      }),
      { numRuns: 30 },
    );
  });
});
