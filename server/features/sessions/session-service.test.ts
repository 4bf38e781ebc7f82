import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../database/database.js';
import { AppError } from '../../errors/app-error.js';
import { SessionDatabase, TTL_MS, type SessionWorld as World } from '../../tests/support/session-world.js';
import { TestClock } from '../../tests/support/test-clock.js';
import { until } from '../../tests/support/until.js';
import type { Account } from '../accounts/account-service.js';
import { TokenService } from '../tokens/token-service.js';
import { createPrismaSessionStore } from './prisma-session-store.js';
import type { Session } from './session-store.js';

const ENDPOINTS = ['198.51.100.1', '198.51.100.2', '198.51.100.3'] as const;
const [HERE, THERE, ELSEWHERE] = ENDPOINTS;
const DAY_MS = 86_400_000;

let kept: SessionDatabase;
let database: Database;

beforeAll(async () => {
  kept = await SessionDatabase.open();
  database = kept.database;
});

afterAll(async () => {
  await kept[Symbol.asyncDispose]();
});

const start: SessionDatabase['start'] = (...args) => kept.start(...args);
const newAccount = () => kept.newAccount();

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
const notRecorded = () => Promise.reject(new AppError('dump.disk_full'));

async function login({ sessions }: World, account: Account, endpoint: string = HERE): Promise<string> {
  await sessions.identify(account, endpoint);
  return sessions.open(account, endpoint);
}

describe('a token', () => {
  test.each([TTL_MS, 1000])('is good for all of its %i ms, and ends with its session', async (ttlMs) => {
    const [world, account] = [await start(new TestClock(), { ttlMs }), await newAccount()];
    const token = await login(world, account);
    const session = world.sessions.authorize(token, HERE);
    world.clock.advance(ttlMs);
    expect(world.sessions.authorize(token, HERE)).toBe(session);
    // The clock stood at .123 of a second, and a token ends on a whole one.
    world.clock.advance(876);
    expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBeUndefined();
    world.clock.advance(1);
    expect(world.registry.find(session.id)).toBeUndefined();
    expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBe('token.invalid');
  });

  test('is good only at its endpoint, unless it is bound to nothing', async () => {
    const [world, account] = [await start(), await newAccount()];
    const token = await login(world, account);
    expect(await codeOf(() => world.sessions.authorize(token, THERE))).toBe('session.not_identified');
    const free = await start(world.clock, { isBoundToEndpoint: false });
    expect(free.sessions.authorize(token, THERE)).toMatchObject({ endpoint: HERE });
  });

  test('of another key, or of another algorithm, is none', async () => {
    const [world, account] = [await start(), await newAccount()];
    const token = await login(world, account);
    const session = world.sessions.authorize(token, HERE);
    const stranger = new TokenService(Buffer.alloc(32, 8), world.clock.now).issue(session);
    for (const bad of [stranger, '', 'x', `${token}x`, token.split('.').slice(0, 2).join('.')]) {
      expect(await codeOf(() => world.sessions.authorize(bad, HERE))).toBe('token.invalid');
    }
  });
});

describe('a session', () => {
  test('ends by itself and leaves the others; the last one grounds the user', async () => {
    const [world, account] = [await start(), await newAccount()];
    const [one, two] = [await login(world, account), await login(world, account)];
    const first = world.sessions.authorize(one, HERE);
    expect(await world.sessions.end(first, recorded)).toBe(true);
    expect(await world.sessions.end(first, recorded)).toBe(false);
    expect(world.registry.phase(account.id, HERE)).toBe('Authenticated');
    await world.sessions.end(world.sessions.authorize(two, HERE), recorded);
    expect(world.registry.phase(account.id, HERE)).toBe('Grounded');
    expect(await codeOf(() => world.sessions.open(account, HERE))).toBe('session.not_identified');
  });

  test('goes on when a stray message closes the handshake', async () => {
    const [world, account] = [await start(), await newAccount()];
    const [there, here] = [await login(world, account, THERE), await login(world, account, HERE)];
    expect(await codeOf(() => world.sessions.authorize(there, HERE))).toBe('session.not_identified');
    expect(world.registry.phase(account.id, HERE)).toBe('Lingering');
    expect(world.sessions.handshake(account, HERE)).toEqual({ isOpen: false, isProven: true });
    expect(world.sessions.authorize(here, HERE)).toMatchObject({ endpoint: HERE });
    expect(world.registry.phase(account.id, THERE)).toBe('Authenticated');
  });

  test('whose end cannot be recorded goes on, after a restart too', async () => {
    const [world, account] = [await start(), await newAccount()];
    const token = await login(world, account);
    const session = world.sessions.authorize(token, HERE);
    expect(await codeOf(() => world.sessions.end(session, notRecorded))).toBe('dump.disk_full');
    for (const each of [world, await start(world.clock)]) {
      expect(each.sessions.authorize(token, HERE)).toMatchObject({ endpoint: HERE });
      expect(each.registry.phase(account.id, HERE)).toBe('Authenticated');
    }
  });

  test('whose end cannot be recorded keeps the handshake that something else had kept as closed', async () => {
    const [world, account] = [await start(), await newAccount()];
    const token = await login(world, account);
    const session = world.sessions.authorize(token, HERE);
    const closes = async () => {
      await database.client.endpoint.updateMany({ where: { userId: account.id }, data: { isOpen: false } });
      await notRecorded();
    };
    await codeOf(() => world.sessions.end(session, closes));
    await settled(world, account);
    const next = await start(world.clock);
    expect(next.sessions.handshake(account, HERE)).toEqual({ isOpen: true, isProven: true });
  });

  test('ends at once while the database fails, and there too as soon as it works', async () => {
    const store = createPrismaSessionStore(database);
    let isFailing = false;
    const unlessFailing = <Args extends unknown[]>(work: (...args: Args) => Promise<void>) => {
      return (...args: Args) =>
        isFailing ? Promise.reject(new AppError('database.unavailable')) : work(...args);
    };
    const failing = {
      ...store,
      deleteSessions: unlessFailing((ids: readonly string[]) => store.deleteSessions(ids)),
      closeEndpoint: unlessFailing((userId: string, at: string) => store.closeEndpoint(userId, at)),
    };
    const world = await start(new TestClock(), { store: failing });
    const account = await newAccount();
    const token = await login(world, account);
    isFailing = true;
    expect(await world.sessions.end(world.sessions.authorize(token, HERE), recorded)).toBe(true);
    expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBe('session.not_identified');
    expect(await database.client.session.count({ where: { userId: account.id } })).toBe(1);
    await world.sessions.sweep();
    isFailing = false;
    await world.sessions[Symbol.asyncDispose]();
    expect(await database.client.session.count({ where: { userId: account.id } })).toBe(0);
    const next = await start(world.clock);
    expect(next.registry.phase(account.id, HERE)).toBe('Grounded');
    expect(world.failures.length).toBeGreaterThan(0);
  });

  test('that cannot be kept is not opened', async () => {
    const store = createPrismaSessionStore(database);
    const refuse = () => Promise.reject(new AppError('database.unavailable'));
    const world = await start(new TestClock(), { store: { ...store, insertSession: refuse } });
    const account = await newAccount();
    await world.sessions.identify(account, HERE);
    expect(await codeOf(() => world.sessions.open(account, HERE))).toBe('database.unavailable');
    expect(world.registry.phase(account.id, HERE)).toBe('Identified');
    expect(world.registry.countSessions(account.id)).toBe(0);
  });
});

describe('a handshake', () => {
  test('stays open when the last session expires', async () => {
    const [world, account] = [await start(), await newAccount()];
    await login(world, account);
    world.clock.advance(TTL_MS + 1000);
    expect(world.registry.phase(account.id, HERE)).toBe('Identified');
    expect(world.sessions.handshake(account, HERE)).toEqual({ isOpen: true, isProven: true });
  });

  test('takes a wrong password without a change, unless it has been closed', async () => {
    const [world, account] = [await start(), await newAccount()];
    expect(
      await codeOf(() => {
        world.sessions.refusePassword(account, HERE);
      }),
    ).toBe('session.not_identified');
    await world.sessions.identify(account, HERE);
    world.sessions.refusePassword(account, HERE);
    expect(world.registry.phase(account.id, HERE)).toBe('Identified');
    await world.sessions.open(account, HERE);
    world.sessions.refusePassword(account, HERE);
    expect(world.registry.phase(account.id, HERE)).toBe('Authenticated');
  });

  test('is proven where a password was right before, also after a logout, an expiry and a restart', async () => {
    const [world, account] = [await start(), await newAccount()];
    const token = await login(world, account);
    await world.sessions.end(world.sessions.authorize(token, HERE), recorded);
    await world.sessions.identify(account, HERE);
    expect(world.sessions.handshake(account, HERE)).toEqual({ isOpen: true, isProven: true });
    await world.sessions.identify(account, THERE);
    expect(world.sessions.handshake(account, THERE)).toEqual({ isOpen: true, isProven: false });
    const next = await start(world.clock);
    expect(next.sessions.handshake(account, HERE)).toEqual({ isOpen: true, isProven: true });
  });

  test('is proven after a restart that found it closed with its sessions alive', async () => {
    const [world, account] = [await start(), await newAccount()];
    const token = await login(world, account, THERE);
    await login(world, account, HERE);
    await codeOf(() => world.sessions.authorize(token, HERE));
    await world.sessions.identify(account, ELSEWHERE);
    const next = await start(world.clock);
    await next.sessions.identify(account, HERE);
    expect(next.sessions.handshake(account, HERE)).toEqual({ isOpen: true, isProven: true });
  });
});

describe('limits', () => {
  test('a user has so many live sessions; expired and ended ones do not count', async () => {
    const world = await start(new TestClock(), { maxSessionsPerUser: 2 });
    const account = await newAccount();
    const token = await login(world, account, HERE);
    await login(world, account, THERE);
    expect(await codeOf(() => world.sessions.open(account, HERE))).toBe('session.too_many');
    await world.sessions.end(world.sessions.authorize(token, HERE), recorded);
    await login(world, account, HERE);
    world.clock.advance(TTL_MS + 1000);
    await login(world, account, HERE);
    expect(await codeOf(() => login(world, account, THERE))).toBeUndefined();
  });

  test('a user has so many endpoints; the one that idles longest makes room, one with a session does not', async () => {
    const world = await start(new TestClock(), { maxEndpointsPerUser: 2 });
    const account = await newAccount();
    await login(world, account, HERE);
    world.clock.advance(1000);
    await world.sessions.identify(account, THERE);
    await world.sessions.identify(account, ELSEWHERE);
    expect(world.registry.phase(account.id, THERE)).toBe('Grounded');
    await world.sessions.open(account, ELSEWHERE);
    expect(await codeOf(() => world.sessions.identify(account, THERE))).toBe('endpoint.too_many');
    expect(await codeOf(() => world.sessions.identify(account, HERE))).toBeUndefined();
  });

  test('a proven endpoint makes room after all others, and those of the most crowded network first', async () => {
    const world = await start(new TestClock(), { maxEndpointsPerUser: 5 });
    const account = await newAccount();
    const token = await login(world, account, HERE);
    await world.sessions.end(world.sessions.authorize(token, HERE), recorded);
    const crowd = ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8::4'];
    for (const endpoint of [HERE, THERE, ...crowd]) {
      await world.sessions.identify(account, endpoint);
      world.clock.advance(1000);
    }
    expect(crowd.map((endpoint) => world.registry.phase(account.id, endpoint))).toEqual([
      'Grounded',
      'Identified',
      'Identified',
      'Identified',
    ]);
    expect(world.registry.phase(account.id, HERE)).toBe('Identified');
    expect(world.registry.phase(account.id, THERE)).toBe('Identified');
    // Nothing is left of it, while a proven one is remembered.
    expect(await database.client.endpoint.count({ where: { userId: account.id } })).toBe(5);
  });

  test('strangers who identify from everywhere close no proven handshake', async () => {
    const world = await start(new TestClock(), { maxEndpointsPerUser: 3 });
    const account = await newAccount();
    const token = await login(world, account, HERE);
    await world.sessions.end(world.sessions.authorize(token, HERE), recorded);
    await world.sessions.identify(account, HERE);
    for (let number = 1; number <= 20; number += 1) {
      world.clock.advance(1000);
      await world.sessions.identify(account, `203.0.113.${String(number)}`);
    }
    expect(world.sessions.handshake(account, HERE)).toEqual({ isOpen: true, isProven: true });
    expect(await database.client.endpoint.count({ where: { userId: account.id } })).toBe(3);
  });

  test('an endpoint whose sessions have all expired makes room at once', async () => {
    const world = await start(new TestClock(), { maxEndpointsPerUser: 1 });
    const account = await newAccount();
    await login(world, account, HERE);
    world.clock.advance(TTL_MS + 1000);
    expect(await codeOf(() => world.sessions.identify(account, THERE))).toBeUndefined();
  });
});

describe('sweeping', () => {
  test('clears away what has expired, in memory and in the database, and nothing else', async () => {
    const [world, account] = [await start(), await newAccount()];
    await login(world, account, HERE);
    world.clock.advance(TTL_MS / 2);
    const live = await login(world, account, THERE);
    world.clock.advance(TTL_MS / 2 + 1000);
    await world.sessions.sweep();
    expect(await database.client.session.count({ where: { userId: account.id } })).toBe(1);
    expect(world.sessions.authorize(live, THERE)).toBeDefined();
    world.clock.advance(31 * DAY_MS);
    await world.sessions.sweep();
    expect(await database.client.endpoint.count({ where: { userId: account.id } })).toBe(0);
    expect(world.registry.phase(account.id, HERE)).toBe('Grounded');
    expect(world.registry.sessionCount).toBe(0);
  });

  test('leaves a handshake alone while sessions live there, however long', async () => {
    const world = await start(new TestClock(), { ttlMs: 90 * DAY_MS });
    const account = await newAccount();
    const token = await login(world, account, HERE);
    world.clock.advance(40 * DAY_MS);
    await world.sessions.sweep();
    const next = await start(world.clock, { ttlMs: 90 * DAY_MS });
    expect(next.sessions.authorize(token, HERE)).toBeDefined();
    expect(next.registry.phase(account.id, HERE)).toBe(world.registry.phase(account.id, HERE));
  });
});

describe('a user that is removed in the meantime', () => {
  // As an account is removed: first in the database, which others may notice before they are told.
  const remove = ({ id }: Account) => database.write(({ user }) => user.delete({ where: { id } }));

  test('needs no place, and that is no failure', async () => {
    const [world, account] = [await start(), await newAccount()];
    const token = await login(world, account);
    await world.sessions.identify(account, THERE);
    await remove(account);
    // The refusal closes the handshake there, which is kept while nobody waits for it.
    expect(await codeOf(() => world.sessions.authorize(token, THERE))).toBe('session.not_identified');
    await until('it is known', () => world.registry.phase(account.id, THERE) === 'Grounded');
    await world.sessions.identify(account, HERE);
    await world.sessions.prove(account, ELSEWHERE);
    await world.sessions.sweep();
    expect(world.failures).toEqual([]);
    expect(ENDPOINTS.map((endpoint) => world.registry.phase(account.id, endpoint))).toEqual(
      ENDPOINTS.map(() => 'Grounded'),
    );
    expect(world.registry.countSessions(account.id)).toBe(0);
    expect(await database.isHealthy()).toBe(true);
  });

  test('gets no session, and is told the same as one whose sessions were ended', async () => {
    const [world, account] = [await start(), await newAccount()];
    await world.sessions.identify(account, HERE);
    await remove(account);
    expect(await codeOf(() => world.sessions.open(account, HERE))).toBe('session.not_identified');
    const origin = { endpoint: HERE, client: '' };
    expect(await codeOf(() => world.sessions.openLogin(account, origin))).toBe('session.invalid');
    expect(world.registry.countSessions(account.id)).toBe(0);
  });
});

test('a user that is no more is forgotten', async () => {
  const [world, account] = [await start(), await newAccount()];
  const token = await login(world, account);
  world.sessions.forgetUsers([account.id]);
  expect(await codeOf(() => world.sessions.authorize(token, HERE))).toBe('session.not_identified');
  expect(world.registry.countSessions(account.id)).toBe(0);
  expect(world.registry.phase(account.id, HERE)).toBe('Grounded');
});

type Step =
  | { readonly kind: 'identify'; readonly endpoint: string }
  | { readonly kind: 'open'; readonly endpoint: string }
  | { readonly kind: 'end' | 'stray'; readonly token: number; readonly endpoint: string }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'sweep' };

const endpoint = fc.constantFrom(...ENDPOINTS);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('identify' as const), endpoint }),
  fc.record({ kind: fc.constant('open' as const), endpoint }),
  fc.record({ kind: fc.constantFrom('end' as const, 'stray' as const), token: fc.nat(9), endpoint }),
  fc.record({
    kind: fc.constant('wait' as const),
    ms: fc.constantFrom(1, 300_000, 600_000, 601_000, DAY_MS),
  }),
  fc.constant({ kind: 'sweep' as const }),
);

test('a restart loses no state, whatever came before, and however much of it came at once', async () => {
  const anyRounds = fc.array(fc.array(anyStep, { minLength: 1, maxLength: 4 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(anyRounds, async (rounds) => {
      const [world, account] = [await start(), await newAccount()];
      const tokens: string[] = [];
      for (const round of rounds) {
        await Promise.all(round.map((step) => take(step, world, account, tokens)));
      }
      await settled(world, account);
      const next = await start(world.clock);
      expect(stateOf(next, account, tokens)).toEqual(stateOf(world, account, tokens));
      expect(world.failures).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

async function take(step: Step, world: World, account: Account, tokens: string[]): Promise<void> {
  const { sessions, clock } = world;
  if (step.kind === 'wait') clock.advance(step.ms);
  else if (step.kind === 'sweep') await sessions.sweep();
  else if (step.kind === 'identify') await sessions.identify(account, step.endpoint);
  else if (step.kind === 'open') {
    const isOpen = sessions.handshake(account, step.endpoint).isOpen;
    if (isOpen) await codeOf(async () => tokens.push(await sessions.open(account, step.endpoint)));
  } else {
    const token = tokens[step.token % Math.max(1, tokens.length)];
    if (token === undefined) return;
    const authorized = authorizedAt(world, token, step.endpoint);
    if (step.kind === 'end' && authorized !== undefined) await sessions.end(authorized, recorded);
  }
}

function authorizedAt({ sessions }: World, token: string, endpoint: string): Session | undefined {
  try {
    return sessions.authorize(token, endpoint);
  } catch {
    return undefined;
  }
}

// A handshake that a stray message closed is kept without anybody waiting: keeping it once more waits for that.
async function settled({ sessions, registry }: World, account: Account): Promise<void> {
  for (const endpoint of ENDPOINTS) {
    if (registry.phase(account.id, endpoint) === 'Grounded') continue;
    if (sessions.handshake(account, endpoint).isOpen) await sessions.identify(account, endpoint);
  }
  await expect
    .poll(async () => {
      const rows = await database.client.endpoint.findMany({ where: { userId: account.id, isOpen: true } });
      return rows.map(({ address }) => address).sort();
    })
    .toEqual(ENDPOINTS.filter((endpoint) => sessions.handshake(account, endpoint).isOpen).sort());
}

function stateOf({ registry, sessions }: World, account: Account, tokens: readonly string[]) {
  return {
    phases: ENDPOINTS.map((endpoint) => registry.phase(account.id, endpoint)),
    handshakes: ENDPOINTS.map((endpoint) => sessions.handshake(account, endpoint)),
    live: registry.countSessions(account.id),
    tokens: tokens.length,
  };
}
