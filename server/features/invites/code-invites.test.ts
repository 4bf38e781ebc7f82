import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Role } from '../../../protocol/permissions.js';
import type { Database } from '../../database/database.js';
import { AppError } from '../../errors/app-error.js';
import { openNewDatabase } from '../../tests/support/new-database.js';
import { TestClock } from '../../tests/support/test-clock.js';
import { AccessService } from '../accounts/access-service.js';
import type { AuditEvent } from '../audit/audit-service.js';
import type { Caller } from '../sessions/session-service.js';
import { createInviteService } from './code-invites.js';
import type { Enrollment, InviteService } from './invite-service.js';
import type { InviteStore } from './invite-store.js';
import { createPrismaInviteStore } from './prisma-invite-store.js';

const HOUR_MS = 3_600_000;
const SHAPE = /^(?:[0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{6}$/;

let folder = '';
let database: Database;
let store: InviteStore;
let events: AuditEvent[] = [];
let logged: string[] = [];
const clock = new TestClock();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatherd-invites-'));
  database = await openNewDatabase(join(folder, 'gatherd.db'));
  store = createPrismaInviteStore(database);
});

beforeEach(async () => {
  await database.client.invite.deleteMany();
  events = [];
  logged = [];
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function start(enrollment: Enrollment = 'invite', given: InviteStore = store): InviteService {
  const access = new AccessService({ note: (event) => events.push(event) });
  for (const role of ['user', 'moderator', 'admin'] as const)
    access.put({ id: role, role, status: 'active', permissions: null, oneTimeUntil: null });
  return createInviteService({
    enrollment,
    store: given,
    access,
    audit: { append: (event) => Promise.resolve(void events.push(event)) },
    clock: clock.now,
    newId: randomUUID,
    logger: { error: (_fields: object, text?: string) => void logged.push(text ?? '') },
  });
}

function callerOf(role: Role): Caller {
  const now = clock.now();
  const session = {
    id: 'a session',
    kind: 'login',
    userId: role,
    userName: `the ${role}`,
    nameSince: now,
    endpoint: '::1',
    client: '',
    issuedAt: now,
    expiresAt: now,
    lastUsedAt: 0,
  } as const;
  return { session, endpoint: '::1', door: 'http' };
}

const ADMIN = callerOf('admin');

function redeem(
  invites: InviteService,
  code: string | undefined,
  name = 'dale',
  isMade = true,
): Promise<string> {
  return invites.admit(
    code,
    name,
    () => Promise.resolve(name),
    () => isMade,
  );
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'done',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}

async function newCode(invites: InviteService): Promise<string> {
  return (await invites.create(ADMIN, { expires_in: 3600 })).code;
}

describe('who may make an account', () => {
  test('is anybody where enrolment is open, and no code is looked at', async () => {
    expect(await redeem(start('open'), undefined)).toBe('dale');
    expect(await redeem(start('open'), 'whatever')).toBe('dale');
  });

  test('is nobody where it is closed, with a code or without', async () => {
    const code = await newCode(start());
    expect(await codeOf(redeem(start('closed'), code))).toBe('account.enrollment_closed');
    expect(await codeOf(redeem(start('closed'), undefined))).toBe('account.enrollment_closed');
  });

  test.each([undefined, ''])('is who has a code where it needs one, not who has %j', async (code) => {
    expect(await codeOf(redeem(start(), code))).toBe('account.invite_needed');
  });

  test.each(['AAAAA-AAAAA-AAAAA-AAAAA', 'short', 'x'.repeat(100_000), '\0'.repeat(20), '\ud800'])(
    'is nobody with a code that was never made: %.30s',
    async (code) => {
      expect(await codeOf(redeem(start(), code))).toBe('account.invite_invalid');
    },
  );
});

describe('a code', () => {
  test('is in groups, another one each time, and only its hash is kept', async () => {
    const invites = start();
    const made = await invites.create(ADMIN, { expires_in: 3600, note: 'for Al' });
    expect(made.code).toMatch(SHAPE);
    expect(await newCode(invites)).not.toBe(made.code);
    const rows = JSON.stringify(await database.client.invite.findMany());
    expect(rows).not.toContain(made.code);
    expect(rows).not.toContain(made.code.replaceAll('-', ''));
    expect(JSON.stringify([events, await invites.list(ADMIN)])).not.toContain(made.code);
  });

  test('is good once', async () => {
    const invites = start();
    const code = await newCode(invites);
    expect(await redeem(invites, code)).toBe('dale');
    expect(await codeOf(redeem(invites, code, 'al'))).toBe('account.invite_invalid');
    expect(await invites.list(ADMIN)).toMatchObject([
      { used_by: 'dale', used_at: clock.now().toISOString() },
    ]);
  });

  test('makes one account of 500 that want it at once', async () => {
    const invites = start();
    const code = await newCode(invites);
    let made = 0;
    const make = () => Promise.resolve((made += 1));
    const outcomes = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        codeOf(invites.admit(code, `user${String(index)}`, make, () => true)),
      ),
    );
    expect(made).toBe(1);
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'account.invite_invalid')).toHaveLength(499);
  });

  test('is found however people type it', async () => {
    const invites = start();
    const separator = fc.constantFrom('', '-', ' ', ' - ');
    await fc.assert(
      fc.asyncProperty(
        separator,
        fc.boolean(),
        fc.constantFrom('I', 'L', '1'),
        async (between, isLower, one) => {
          const code = await newCode(invites);
          const typed = code.replaceAll('-', between).replaceAll('1', one).replaceAll('0', 'O');
          expect(await redeem(invites, isLower ? typed.toLowerCase() : typed)).toBe('dale');
        },
      ),
      { numRuns: 20 },
    );
  });

  test('is good until it expires', async () => {
    const invites = start();
    const [early, late] = [await newCode(invites), await newCode(invites)];
    clock.advance(HOUR_MS - 1);
    expect(await redeem(invites, early)).toBe('dale');
    clock.advance(1);
    expect(await codeOf(redeem(invites, late))).toBe('account.invite_invalid');
  });

  test('is given back where the account was not made', async () => {
    const invites = start();
    const code = await newCode(invites);
    expect(await redeem(invites, code, 'dale', false)).toBe('dale');
    const failing = () => Promise.reject(new AppError('account.name_taken'));
    expect(await codeOf(invites.admit(code, 'dale', failing, () => true))).toBe('account.name_taken');
    expect(await redeem(invites, code, 'al')).toBe('al');
  });

  test('that cannot be given back is logged, and what went wrong is answered', async () => {
    const down = { ...store, giveBack: () => Promise.reject(new AppError('database.unavailable')) };
    const invites = start('invite', down);
    const code = await newCode(invites);
    const failing = () => Promise.reject(new AppError('account.name_taken'));
    expect(await codeOf(invites.admit(code, 'dale', failing, () => true))).toBe('account.name_taken');
    expect(logged).toHaveLength(1);
  });
});

describe('administering invites', () => {
  test.each(['user', 'moderator'] as const)('is not for the role %s', async (role) => {
    const invites = start();
    const caller = callerOf(role);
    expect(await codeOf(invites.create(caller, { expires_in: 60 }))).toBe('permission.missing');
    expect(await codeOf(invites.list(caller))).toBe('permission.missing');
    expect(await codeOf(invites.revoke(caller, 'any'))).toBe('permission.missing');
    expect(await database.client.invite.count()).toBe(0);
  });

  test('lists the newest first, with who made it and until when it is good', async () => {
    const invites = start();
    await invites.create(ADMIN, { expires_in: 60, note: 'first' });
    clock.advance(1000);
    const second = await invites.create(ADMIN, { expires_in: 60 });
    const { code: _code, ...view } = second;
    expect(await invites.list(ADMIN)).toMatchObject([view, { note: 'first' }]);
    expect(view).toMatchObject({
      note: '',
      created_by: 'the admin',
      expires_at: new Date(clock.now().getTime() + 60_000).toISOString(),
      used_at: null,
      used_by: null,
    });
  });

  test('revokes a code, which nobody can use from then on', async () => {
    const invites = start();
    const { id, code } = await invites.create(ADMIN, { expires_in: 3600 });
    await invites.revoke(ADMIN, id);
    expect(await codeOf(redeem(invites, code))).toBe('account.invite_invalid');
    expect(await codeOf(invites.revoke(ADMIN, id))).toBe('invite.unknown');
    expect(events.map(({ action, actor }) => [action, actor.name])).toEqual([
      ['invite.created', 'the admin'],
      ['invite.revoked', 'the admin'],
    ]);
  });

  test('clears away what expired or was used a month ago', async () => {
    const invites = start();
    await redeem(invites, await newCode(invites));
    await newCode(invites);
    await invites.create(ADMIN, { expires_in: 40 * 86_400, note: 'still good' });
    await invites.sweep();
    expect(await invites.list(ADMIN)).toHaveLength(3);
    clock.advance(31 * 86_400_000);
    await invites.sweep();
    expect(await invites.list(ADMIN)).toMatchObject([{ note: 'still good' }]);
  });
});
