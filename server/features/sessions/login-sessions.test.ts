import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { LOGIN_TTL_MS, SessionDatabase, type SessionWorld } from '../../tests/support/session-world.js';
import { TestClock } from '../../tests/support/test-clock.js';
import type { Account } from '../accounts/account-service.js';
import { createPrismaApiTokenStore } from '../tokens/prisma-api-token-store.js';
import { createPrismaSessionStore } from './prisma-session-store.js';
import type { IssuedToken } from './session-service.js';
import { NEVER, type Session, type SessionStore } from './session-store.js';

const HERE = '198.51.100.1';
const THERE = '198.51.100.2';
const IDLE_MS = 60_000;

let kept: SessionDatabase;

beforeAll(async () => {
  kept = await SessionDatabase.open();
});

afterAll(async () => {
  await kept[Symbol.asyncDispose]();
});

async function codeOf(work: () => unknown): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.code;
  }
}

const recorded = () => Promise.resolve();
const login = ({ sessions }: SessionWorld, account: Account, endpoint = HERE) =>
  sessions.openLogin(account, { endpoint, client: 'a browser' });
const rowsOf = ({ id: userId }: Account) => kept.database.client.session.count({ where: { userId } });

async function handshake({ sessions }: SessionWorld, account: Account, endpoint = HERE): Promise<string> {
  await sessions.identify(account, endpoint);
  return sessions.open(account, endpoint, 'gather');
}

function apiToken(
  { sessions }: SessionWorld,
  owner: Session,
  wanted: Partial<Pick<Session, 'expiresAt' | 'scopes'>> = {},
): Promise<IssuedToken> {
  const { expiresAt = NEVER, scopes = new Set(['messages:write' as const]) } = wanted;
  const store = createPrismaApiTokenStore(kept.database);
  return sessions.openApiToken(owner, { expiresAt, scopes }, async (made) => {
    const { id, userId, tokenHash, issuedAt: createdAt } = made;
    const limits = { permissions: [...scopes], expiresAt: expiresAt === NEVER ? null : expiresAt };
    expect(await store.insert({ id, userId, tokenHash, createdAt, name: id, ...limits })).toBe(true);
  });
}

describe('a login session', () => {
  test('has an opaque token of which only the hash is kept', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { token, session } = await login(world, account);
    expect(token).toMatch(/^gds_[\w-]{43}$/);
    const row = await kept.database.client.session.findUnique({ where: { id: session.id } });
    expect(row).toMatchObject({ kind: 'login', client: 'a browser', address: HERE });
    expect(row?.tokenHash).toBe(createHash('sha256').update(token).digest('base64url'));
    expect(JSON.stringify(row)).not.toContain(token);
  });

  test('is good only at its endpoint, unless it is bound to nothing, and takes no handshake with it', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { token, session } = await login(world, account);
    await world.sessions.identify(account, THERE);
    expect(world.sessions.authorize(token, HERE)).toBe(session);
    expect(await codeOf(() => world.sessions.authorize(token, THERE))).toBe('session.invalid');
    expect(world.registry.phase(account.id, THERE)).toBe('Identified');
    expect(world.registry.phase(account.id, HERE)).toBe('Grounded');
    const free = await kept.start(world.clock, { isBoundToEndpoint: false });
    expect(free.sessions.authorize(token, THERE)).toMatchObject({ endpoint: HERE });
  });

  test.each(['gds_', 'gdt_', `gds_${'A'.repeat(43)}`, `gdt_${'A'.repeat(43)}`, `gds_${'A'.repeat(100_000)}`])(
    'is not found by a token that nobody has: %#',
    async (token) => {
      const world = await kept.start();
      expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBe('session.invalid');
    },
  );

  test('lives its time and no longer, however much it is used', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { token, session } = await login(world, account);
    world.clock.advance(LOGIN_TTL_MS);
    expect(world.sessions.authorize(token, HERE)).toBe(session);
    world.clock.advance(877);
    expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBe('session.invalid');
    expect(
      await codeOf(() => {
        world.sessions.assertLive(session);
      }),
    ).toBe('session.invalid');
    await world.sessions.sweep();
    expect(world.sessions.count).toBe(0);
    expect(await rowsOf(account)).toBe(0);
  });

  test('lives on while it is used, where idling is limited, after a restart too', async () => {
    const clock = new TestClock();
    const first = await kept.start(clock, { loginIdleMs: IDLE_MS });
    const account = await kept.newAccount();
    const { token } = await login(first, account);
    const idle = await login(first, account);
    for (let count = 0; count < 3; count += 1) {
      clock.advance(IDLE_MS - 1);
      expect(await codeOf(() => first.sessions.authorize(token, HERE))).toBeUndefined();
    }
    expect(await codeOf(() => first.sessions.authorize(idle.token, HERE))).toBe('session.invalid');
    await first.sessions.sweep();
    expect(await rowsOf(account)).toBe(1);
    const next = await kept.start(clock, { loginIdleMs: IDLE_MS });
    clock.advance(IDLE_MS - 1);
    const session = next.sessions.authorize(token, HERE);
    clock.advance(IDLE_MS - 1);
    next.sessions.assertLive(session);
    const [view] = next.sessions.viewsOf(account.id, session.id);
    expect(view?.expires_at).toBe(new Date(clock.now().getTime() + IDLE_MS).toISOString());
    clock.advance(IDLE_MS);
    expect(
      await codeOf(() => {
        next.sessions.assertLive(session);
      }),
    ).toBe('session.invalid');
  });

  test('is not ended by idling where that is off', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { token } = await login(world, account);
    world.clock.advance(LOGIN_TTL_MS - 1000);
    expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBeUndefined();
  });

  test('ends once, and goes on where that cannot be recorded', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { token, session } = await login(world, account);
    const notRecorded = () => Promise.reject(new AppError('dump.disk_full'));
    expect(await codeOf(() => world.sessions.end(session, notRecorded))).toBe('dump.disk_full');
    expect(world.sessions.authorize(token, HERE)).toBe(session);
    expect(await world.sessions.end(session, recorded)).toBe(true);
    expect(await world.sessions.end(session, recorded)).toBe(false);
    expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBe('session.invalid');
    expect(await rowsOf(account)).toBe(0);
  });

  test('counts with those of handshakes, also while many are opened at once', async () => {
    const world = await kept.start(new TestClock(), { maxSessionsPerUser: 5 });
    const account = await kept.newAccount();
    await handshake(world, account);
    await handshake(world, account);
    const opened = await Promise.all(Array.from({ length: 20 }, () => codeOf(() => login(world, account))));
    expect(opened.filter((code) => code === undefined)).toHaveLength(3);
    expect(new Set(opened)).toEqual(new Set([undefined, 'session.too_many']));
    expect(await codeOf(() => world.sessions.open(account, HERE))).toBe('session.too_many');
    expect(await rowsOf(account)).toBe(5);
  });
});

describe('an API token', () => {
  test('is good from everywhere, with its permissions only, and remembers its last use', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { session: owner } = await login(world, account);
    const { token, session } = await apiToken(world, owner);
    expect(token).toMatch(/^gdt_[\w-]{43}$/);
    expect(session).toMatchObject({ lastUsedAt: 0, endpoint: '' });
    for (const endpoint of [HERE, THERE]) expect(world.sessions.authorize(token, endpoint)).toBe(session);
    const caller = { session, endpoint: THERE, door: 'http' } as const;
    expect(world.access.may(caller, 'messages:write')).toBe(true);
    expect(world.access.may(caller, 'chat')).toBe(false);
    expect(world.access.may({ ...caller, session: owner }, 'chat')).toBe(true);
    await world.sessions[Symbol.asyncDispose]();
    const next = await kept.start(world.clock);
    const [again] = next.sessions.apiTokensOf(account.id);
    expect(again).toMatchObject({ endpoint: THERE, lastUsedAt: world.clock.now().getTime() });
    expect(again?.expiresAt).toEqual(NEVER);
    expect(next.sessions.authorize(token, HERE).scopes).toEqual(new Set(['messages:write']));
  });

  test('is not ended by its own logout, by that of its maker or by the end of all sessions', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { session: owner } = await login(world, account);
    const { token, session } = await apiToken(world, owner);
    let records = 0;
    expect(await world.sessions.end(session, () => Promise.resolve((records += 1)))).toBe(true);
    expect(records).toBe(1);
    expect(await world.sessions.endAll(account.id)).toBe(1);
    expect(world.sessions.authorize(token, HERE)).toBe(session);
    expect(world.sessions.sessionsOf(account.id)).toEqual([]);
  });

  test('expires, where it was made to, and nothing stays of it', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { session: owner } = await login(world, account);
    const expiresAt = new Date(world.clock.now().getTime() + 60_000);
    const { token } = await apiToken(world, owner, { expiresAt });
    world.clock.advance(59_999);
    expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBeUndefined();
    world.clock.advance(1);
    expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBe('session.invalid');
    await world.sessions.sweep();
    expect(await kept.database.client.apiToken.count({ where: { userId: account.id } })).toBe(0);
  });

  test('is revoked at once, and only by its user', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { session: owner } = await login(world, account);
    const { token, session } = await apiToken(world, owner);
    const never = () => Promise.reject(new Error('not to be called'));
    expect(await world.sessions.endApiToken(randomUUID(), session.id, never)).toBe(false);
    const fails = () => Promise.reject(new AppError('database.unavailable'));
    expect(await world.sessions.endApiToken(account.id, session.id, fails)).toBe(true);
    expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBe('session.invalid');
    expect(world.failures).toHaveLength(1);
    expect(await world.sessions.endApiToken(account.id, session.id, never)).toBe(false);
  });
});

describe('revocation', () => {
  test('ends all sessions of one user but one, and grounds the places it leaves empty', async () => {
    const [world, account, other] = [await kept.start(), await kept.newAccount(), await kept.newAccount()];
    const mine = await login(world, account);
    const [jwt, elsewhere] = [await handshake(world, account, HERE), await handshake(world, account, THERE)];
    const second = await login(world, account, THERE);
    const stranger = await login(world, other);
    expect(await world.sessions.endAll(account.id, mine.session.id)).toBe(3);
    for (const [token, at, code] of [
      [jwt, HERE, 'session.not_identified'],
      [elsewhere, THERE, 'session.not_identified'],
      [second.token, THERE, 'session.invalid'],
      [mine.token, HERE, undefined],
      [stranger.token, HERE, undefined],
    ] as const)
      expect(await codeOf(() => world.sessions.authorize(token, at))).toBe(code);
    const next = await kept.start(world.clock);
    for (const each of [world, next]) {
      expect(each.registry.phase(account.id, HERE)).toBe('Grounded');
      expect(each.registry.phase(account.id, THERE)).toBe('Grounded');
      expect(each.sessions.sessionsOf(account.id)).toHaveLength(1);
    }
  });

  test('leaves the place of the one that stays as it was', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const [first, second] = [await handshake(world, account), await handshake(world, account)];
    const current = world.sessions.authorize(first, HERE);
    expect(await world.sessions.endAll(account.id, current.id)).toBe(1);
    expect(world.registry.phase(account.id, HERE)).toBe('Authenticated');
    expect(world.sessions.authorize(first, HERE)).toBe(current);
    expect(await codeOf(() => world.sessions.authorize(second, HERE))).toBe('session.not_identified');
  });

  test('is at once while the database fails, and there too as soon as it works', async () => {
    const store = createPrismaSessionStore(kept.database);
    let isFailing = true;
    const deleteSessions: SessionStore['deleteSessions'] = (ids) =>
      isFailing ? Promise.reject(new AppError('database.unavailable')) : store.deleteSessions(ids);
    const world = await kept.start(new TestClock(), { store: { ...store, deleteSessions } });
    const account = await kept.newAccount();
    const { token } = await login(world, account);
    expect(await world.sessions.endAll(account.id)).toBe(1);
    expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBe('session.invalid');
    expect(await rowsOf(account)).toBe(1);
    const later = await login(world, account);
    isFailing = false;
    await world.sessions.sweep();
    expect(await rowsOf(account)).toBe(1);
    expect(world.sessions.authorize(later.token, HERE)).toBe(later.session);
  });

  test.each(['openLogin', 'open'] as const)('reaches what is being opened at the time (%s)', async (way) => {
    const store = createPrismaSessionStore(kept.database);
    let whileInserting = () => Promise.resolve();
    const insertSession: SessionStore['insertSession'] = async (session) => {
      const isKept = await store.insertSession(session);
      await whileInserting();
      return isKept;
    };
    const world = await kept.start(new TestClock(), { store: { ...store, insertSession } });
    const account = await kept.newAccount();
    await handshake(world, account);
    whileInserting = async () => {
      await world.sessions.endAll(account.id);
      await world.sessions.identify(account, HERE);
    };
    const opening = way === 'open' ? world.sessions.open(account, HERE) : login(world, account);
    const code = way === 'open' ? 'session.not_identified' : 'session.invalid';
    expect(await codeOf(() => opening)).toBe(code);
    expect(world.sessions.sessionsOf(account.id)).toEqual([]);
    expect(await rowsOf(account)).toBe(0);
  });

  test.each(['login', 'handshake'] as const)(
    'reaches a session of a %s whose own end is being recorded in vain',
    async (kind) => {
      const [world, account] = [await kept.start(), await kept.newAccount()];
      const token = kind === 'login' ? (await login(world, account)).token : await handshake(world, account);
      const record = async () => {
        await world.sessions.endAll(account.id);
        throw new AppError('dump.disk_full');
      };
      const session = world.sessions.authorize(token, HERE);
      expect(await codeOf(() => world.sessions.end(session, record))).toBe('dump.disk_full');
      expect(
        await codeOf(() => {
          world.sessions.assertLive(session);
        }),
      ).toMatch(/^session\./);
      expect(world.sessions.sessionsOf(account.id)).toEqual([]);
      await world.sessions.sweep();
      expect(await rowsOf(account)).toBe(0);
    },
  );

  test('is seen by whoever watches, but for the session that was excepted', async () => {
    const [world, account, other] = [await kept.start(), await kept.newAccount(), await kept.newAccount()];
    using watch = world.sessions.watch();
    await world.sessions.endAll(account.id, 'mine');
    expect(watch.isRevoked(account.id)).toBe(true);
    expect(watch.isRevoked(account.id, 'mine')).toBe(false);
    expect(watch.isRevoked(other.id)).toBe(false);
    world.sessions.forgetUsers([other.id]);
    expect(watch.isRevoked(other.id, 'mine')).toBe(true);
  });
});

describe('an account that is not active', () => {
  test('uses no token of any kind, until it is active again', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const [jwt, opaque] = [await handshake(world, account), await login(world, account)];
    const device = await apiToken(world, opaque.session);
    const session = world.sessions.authorize(jwt, HERE);
    world.access.put({ ...account, status: 'suspended' });
    expect(await codeOf(() => world.sessions.authorize(jwt, HERE))).toBe('session.not_identified');
    expect(
      await codeOf(() => {
        world.sessions.assertLive(session);
      }),
    ).toBe('session.not_identified');
    for (const { token } of [opaque, device])
      expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBe('session.invalid');
    world.access.put(account);
    for (const { token } of [opaque, device])
      expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBeUndefined();
  });

  test('opens no session, even where the account was read before it was suspended', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    await world.sessions.identify(account, HERE);
    world.access.put({ ...account, status: 'suspended' });
    expect(await codeOf(() => login(world, account))).toBe('account.not_active');
    expect(await codeOf(() => world.sessions.open(account, HERE))).toBe('account.not_active');
    expect(world.access.isActive(account.id)).toBe(false);
    expect(await rowsOf(account)).toBe(0);
  });

  test('is known as such after a restart', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { token } = await login(world, account);
    await kept.database.client.user.update({ where: { id: account.id }, data: { status: 'suspended' } });
    const next = await kept.start(world.clock);
    expect(await codeOf(() => next.sessions.authorize(token, HERE))).toBe('session.invalid');
  });
});

describe('a place', () => {
  test('is proven by another door without a change of its phase, for good', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    expect(await world.sessions.isProven(account, HERE)).toBe(false);
    await world.sessions.prove(account, HERE);
    expect(world.registry.phase(account.id, HERE)).toBe('Grounded');
    await world.sessions.identify(account, THERE);
    expect(await world.sessions.isProven(account, THERE)).toBe(false);
    await world.sessions.prove(account, THERE);
    expect(world.registry.phase(account.id, THERE)).toBe('Identified');
    for (const each of [world, await kept.start(world.clock)]) {
      expect(await each.sessions.isProven(account, HERE)).toBe(true);
      expect(each.sessions.handshake(account, THERE)).toEqual({ isOpen: true, isProven: true });
      expect(each.sessions.handshake(account, HERE)).toEqual({ isOpen: false, isProven: false });
    }
    await world.sessions.identify(account, HERE);
    expect(world.sessions.handshake(account, HERE)).toEqual({ isOpen: true, isProven: true });
  });

  test('is proven and identified at the same time without losing either', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    await Promise.all([world.sessions.prove(account, HERE), world.sessions.identify(account, HERE)]);
    await world.sessions.prove(account, HERE);
    const next = await kept.start(world.clock);
    expect(next.sessions.handshake(account, HERE)).toEqual({ isOpen: true, isProven: true });
  });
});

describe('the sessions of a user', () => {
  test('are shown with the latest used first, and which one asks', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const first = await login(world, account);
    world.clock.advance(1000);
    const jwt = await handshake(world, account, THERE);
    world.clock.advance(1000);
    world.sessions.authorize(first.token, HERE);
    const views = world.sessions.viewsOf(account.id, first.session.id);
    const { id } = world.sessions.authorize(jwt, THERE);
    const day = '2026-11-21T02:44:57.123Z';
    expect(views).toEqual([
      {
        ...{ id: first.session.id, kind: 'login', endpoint: HERE, client: 'a browser', is_current: true },
        ...{ created_at: day, last_used_at: '2026-11-21T02:44:59.123Z' },
        expires_at: '2026-11-22T02:44:58.000Z',
      },
      {
        ...{ id, kind: 'handshake', endpoint: THERE, client: 'gather', is_current: false },
        ...{ created_at: '2026-11-21T02:44:58.123Z', last_used_at: '2026-11-21T02:44:58.123Z' },
        expires_at: '2026-11-21T02:54:59.000Z',
      },
    ]);
  });

  test('go on under the name that the user takes', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const [jwt, opaque] = [await handshake(world, account), await login(world, account)];
    const device = await apiToken(world, opaque.session);
    const changed = { name: 'other', nameSince: new Date(5) };
    world.sessions.rename(account.id, changed);
    for (const token of [jwt, opaque.token, device.token])
      expect(world.sessions.authorize(token, HERE)).toMatchObject({
        userName: 'other',
        nameSince: new Date(5),
      });
  });

  test('remember a client name of 200 characters at the most', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { session } = await world.sessions.openLogin(account, { endpoint: HERE, client: 'x'.repeat(500) });
    expect(session.client).toHaveLength(200);
  });

  test('are gone with the user, API tokens too', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { token, session } = await login(world, account);
    const device = await apiToken(world, session);
    await kept.database.client.user.delete({ where: { id: account.id } });
    world.sessions.forgetUsers([account.id]);
    for (const each of [token, device.token])
      expect(await codeOf(() => world.sessions.authorize(each, HERE))).toBe('session.invalid');
    expect((await kept.start(world.clock)).sessions.sessionsOf(account.id)).toEqual([]);
  });
});

describe('uses', () => {
  const lastUsed = async ({ id }: Session) =>
    (await kept.database.client.session.findUnique({ where: { id } }))?.lastUsedAt?.getTime();

  test('are kept by a sweep, and only of what was used', async () => {
    const store = createPrismaSessionStore(kept.database);
    const saved: number[] = [];
    const saveUses: SessionStore['saveUses'] = (uses) => {
      saved.push(uses.length);
      return store.saveUses(uses);
    };
    const clock = new TestClock();
    clock.advance(10 * LOGIN_TTL_MS);
    const world = await kept.start(clock, { store: { ...store, saveUses } });
    const account = await kept.newAccount();
    const [used, unused] = [await login(world, account), await login(world, account)];
    clock.advance(60_000);
    await world.sessions.sweep();
    clock.advance(60_000);
    const at = clock.now().getTime();
    world.sessions.authorize(used.token, HERE);
    clock.advance(1);
    expect(await lastUsed(used.session)).toBeLessThan(at);
    await world.sessions.sweep();
    expect(saved).toEqual([2, 1]);
    expect(await lastUsed(used.session)).toBe(at);
    expect(await lastUsed(unused.session)).toBe(at - 120_000);
  });

  test('that could not be kept are kept by the next sweep; at the end a failure is told', async () => {
    const store = createPrismaSessionStore(kept.database);
    let isFailing = true;
    const saveUses: SessionStore['saveUses'] = (uses) =>
      isFailing ? Promise.reject(new AppError('database.unavailable')) : store.saveUses(uses);
    const world = await kept.start(new TestClock(), { store: { ...store, saveUses } });
    const account = await kept.newAccount();
    const { token, session } = await login(world, account);
    world.clock.advance(30_000);
    world.sessions.authorize(token, HERE);
    const at = world.clock.now().getTime();
    world.clock.advance(30_000);
    expect(await codeOf(() => world.sessions.sweep())).toBe('database.unavailable');
    await world.sessions[Symbol.asyncDispose]();
    expect(world.failures).toHaveLength(1);
    isFailing = false;
    await world.sessions.sweep();
    expect(await lastUsed(session)).toBe(at);
  });
});

test('a thousand sessions are taken over, used, kept and ended', async () => {
  const accounts = await Promise.all(Array.from({ length: 10 }, () => kept.newAccount()));
  const clock = new TestClock();
  const tokens = Array.from({ length: 1000 }, (_, index) => `gds_${String(index).padStart(43, '0')}`);
  const rows = tokens.map((token, index) => ({
    ...{ id: randomUUID(), kind: 'login', userId: accounts[index % 10]?.id ?? '', address: HERE },
    tokenHash: createHash('sha256').update(token).digest('base64url'),
    ...{ issuedAt: clock.now(), expiresAt: new Date(clock.now().getTime() + LOGIN_TTL_MS) },
  }));
  await kept.database.client.session.createMany({ data: rows });
  const world = await kept.start(clock);
  expect(world.sessions.count).toBeGreaterThanOrEqual(1000);
  clock.advance(60_000);
  for (const token of tokens) world.sessions.authorize(token, HERE);
  await world.sessions.sweep();
  const where = { userId: { in: accounts.map(({ id }) => id) } };
  expect(await kept.database.client.session.count({ where: { ...where, lastUsedAt: clock.now() } })).toBe(
    1000,
  );
  for (const account of accounts) expect(await world.sessions.endAll(account.id)).toBe(100);
  expect(await kept.database.client.session.count({ where })).toBe(0);
});

describe('a user that takes another name', () => {
  const newName = { name: 'cooper', nameSince: new Date(5000) };
  const called = { userName: 'cooper', nameSince: new Date(5000) };

  // Renames whoever a session is opened for, before or after the database has it.
  async function renaming(when: 'before' | 'after') {
    const clock = new TestClock();
    const account = await kept.newAccount();
    const store = createPrismaSessionStore(kept.database);
    const rename = () => {
      world.sessions.rename(account.id, newName);
    };
    const insertSession: SessionStore['insertSession'] = async (session) => {
      if (when === 'before') rename();
      const isKept = await store.insertSession(session);
      if (when === 'after') rename();
      return isKept;
    };
    const world = await kept.start(clock, { store: { ...store, insertSession } });
    return { world, account, rename };
  }

  test.each(['before', 'after'] as const)(
    'has it in a login that was under way, %s it is kept',
    async (when) => {
      const { world, account } = await renaming(when);
      expect((await login(world, account)).session).toMatchObject(called);
      const token = await handshake(world, account);
      expect(world.sessions.authorize(token, HERE)).toMatchObject(called);
    },
  );

  test('has it in a login by an account that was read before', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    world.sessions.rename(account.id, newName);
    expect((await login(world, account)).session).toMatchObject(called);
    const token = await handshake(world, account);
    expect(world.sessions.authorize(token, HERE)).toMatchObject(called);
  });

  test('has it in an API token that is being made', async () => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const { session: owner } = await login(world, account);
    const wanted = { expiresAt: NEVER, scopes: new Set<never>() };
    const { session } = await world.sessions.openApiToken(owner, wanted, () => {
      world.sessions.rename(account.id, newName);
      return Promise.resolve();
    });
    expect(session).toMatchObject(called);
  });

  test.each(['login', 'handshake'] as const)('has it in a %s that could not be ended', async (kind) => {
    const [world, account] = [await kept.start(), await kept.newAccount()];
    const session =
      kind === 'login'
        ? (await login(world, account)).session
        : world.sessions.authorize(await handshake(world, account), HERE);
    const ending = world.sessions.end(session, () => {
      world.sessions.rename(account.id, newName);
      return Promise.reject(new Error('not stored'));
    });
    await expect(ending).rejects.toThrow('not stored');
    world.sessions.assertLive(session);
    expect(session).toMatchObject(called);
  });
});
