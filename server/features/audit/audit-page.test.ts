import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AUDIT_DOORS, auditQuery } from '../../../protocol/audit.js';
import type { Database } from '../../database/database.js';
import { openNewDatabase } from '../../tests/support/new-database.js';
import { temporaryDirectory } from '../../tests/support/temporary-directory.js';
import { TestClock } from '../../tests/support/test-clock.js';
import { createAuditService } from './audit-log.js';
import type { AuditEvent, AuditService } from './audit-service.js';
import { createPrismaAuditStore } from './prisma-audit-store.js';

const DALE_ID = 'id-of-dale';
const NAMES = ['dale', 'ming', 'formerly-dale'] as const;
const ACTIONS = ['login', 'messages.read', 'account.changed'] as const;
const OUTCOMES = ['done', 'refused'] as const;
const DOORS = AUDIT_DOORS.slice(0, 3);
const START = new TestClock().now().getTime();
const NANOSECONDS = 1_000_000n;

let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: Database;

beforeAll(async () => {
  folder = await temporaryDirectory();
  database = await openNewDatabase(join(folder.path, 'gatherd.db'));
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function start(clock: TestClock): AuditService {
  return createAuditService({
    store: createPrismaAuditStore(database),
    auditKey: Buffer.alloc(32, 3),
    findUserId: (name) => Promise.resolve(name === 'dale' ? DALE_ID : undefined),
    clock: clock.now,
    logger: { error: () => undefined },
  });
}

/** What happened, how long after what was before it in milliseconds: less than none where the clock was set back. */
interface Happening {
  readonly after: number;
  readonly action: (typeof ACTIONS)[number];
  readonly outcome: (typeof OUTCOMES)[number];
  readonly door: (typeof DOORS)[number];
  readonly actor: (typeof NAMES)[number];
  readonly subject: (typeof NAMES)[number] | undefined;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  after: fc.integer({ min: -2, max: 2 }),
  action: fc.constantFrom(...ACTIONS),
  outcome: fc.constantFrom(...OUTCOMES),
  door: fc.constantFrom(...DOORS),
  actor: fc.constantFrom(...NAMES),
  subject: fc.constantFrom(undefined, ...NAMES),
});

/** A time to the nanosecond, as it is counted and as it is written: often that of a line. */
const instant = fc
  .record({
    ms: fc.integer({ min: -4, max: 4 }),
    nanoseconds: fc.constantFrom(0, 1, 999_999),
    isEast: fc.boolean(),
  })
  .map(({ ms, nanoseconds, isEast }) => {
    const local = new Date(START + ms + (isEast ? 5_400_000 : 0)).toISOString().slice(0, -1);
    const text = `${local}${String(nanoseconds).padStart(6, '0')}${isEast ? '+01:30' : 'Z'}`;
    return { text, count: BigInt(START + ms) * NANOSECONDS + BigInt(nanoseconds) };
  });

const asked = fc.record(
  {
    action: fc.constantFrom(...ACTIONS),
    outcome: fc.constantFrom(...OUTCOMES),
    door: fc.constantFrom(...DOORS),
    user: fc.constantFrom(...NAMES, 'nobody'),
    since: instant,
    until: instant,
  },
  { requiredKeys: [] },
);
type Asked = typeof asked extends fc.Arbitrary<infer Value> ? Value : never;

const idOf = (name: string): string | undefined => (name === 'ming' ? undefined : DALE_ID);

function eventOf({ action, outcome, door, actor, subject }: Happening): AuditEvent {
  return {
    action,
    outcome,
    actor: { name: actor, userId: idOf(actor), endpoint: '::1', door },
    ...(subject === undefined ? {} : { subject: { name: subject, id: idOf(subject) } }),
  };
}

/** Whether a line is one of those that were asked for. @param at - milliseconds since 1970 */
function isMeant(asked: Asked, at: number, { action, outcome, door, actor, subject }: Happening): boolean {
  const { user, since, until } = asked;
  const time = BigInt(at) * NANOSECONDS;
  const about = [actor, subject].filter((name) => name !== undefined);
  return [
    action === (asked.action ?? action),
    outcome === (asked.outcome ?? outcome),
    door === (asked.door ?? door),
    user === undefined || about.some((name) => name === user || (user === 'dale' && idOf(name) === DALE_ID)),
    since === undefined || time > since.count,
    until === undefined || time < until.count,
  ].every(Boolean);
}

/** The numbers of all lines that are found, page by page. */
async function numbersOf(audit: AuditService, { since, until, ...same }: Asked, limit: number) {
  const found: number[] = [];
  for (let before: number | null | undefined; before !== null;) {
    const { entries, next } = await audit.page(
      auditQuery.parse({
        ...same,
        since: since?.text,
        until: until?.text,
        limit: String(limit),
        before: before === undefined ? undefined : String(before),
      }),
    );
    expect(entries.length).toBeLessThanOrEqual(limit);
    found.push(...entries.map(({ seq }) => seq));
    before = next;
  }
  return found;
}

test('finds by all filters together what one finds by hand, page by page, also where the clock was set back', async () => {
  const logs = fc.array(happening, { minLength: 1, maxLength: 40 });
  const questions = fc.array(fc.tuple(asked, fc.integer({ min: 1, max: 15 })), {
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.asyncProperty(logs, questions, async (log, all) => {
      await database.client.auditEntry.deleteMany();
      const clock = new TestClock();
      await using audit = start(clock);
      const times: number[] = [];
      const written = log.map((one) => {
        clock.advance(one.after);
        times.push(clock.now().getTime());
        return audit.append(eventOf(one));
      });
      await Promise.all(written);
      for (const [question, limit] of all) {
        const meant = log.flatMap((one, index) =>
          isMeant(question, times[index] ?? Number.NaN, one) ? [index + 1] : [],
        );
        expect(await numbersOf(audit, question, limit)).toEqual(meant.toReversed());
      }
    }),
    { numRuns: 60 },
  );
});

test.each([
  [{ until: '9999-12-31T23:59:59-01:00' }, 1],
  [{ since: '9999-12-31T23:59:59-01:00' }, 0],
  [{ since: '0000-01-01T00:00:00+01:00' }, 1],
  [{ until: '0000-01-01T00:00:00+01:00' }, 0],
])('takes times at the ends of the calendar: %j', async (asked, lines) => {
  await database.client.auditEntry.deleteMany();
  await using audit = start(new TestClock());
  await audit.append({ action: 'login', actor: { endpoint: '::1', door: 'http' } });
  expect((await audit.page(auditQuery.parse(asked))).entries).toHaveLength(lines);
});
