import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { SessionDatabase, type SessionWorld } from '../../tests/support/session-world.js';
import { TestClock } from '../../tests/support/test-clock.js';
import type { Account } from '../accounts/account-service.js';
import { createPrismaApiTokenStore } from '../tokens/prisma-api-token-store.js';
import { NEVER, type Session, type SessionKind } from './session-store.js';

// Random sequences go through a model, which says in as few words as possible who may do what, and through the real thing.

const ENDPOINTS = ['198.51.100.1', '198.51.100.2'] as const;
const TTL_MS = 100_000;
const LOGIN_TTL_MS = 600_000;
const IDLE_MS = 200_000;
const API_TTL_MS = 400_000;
const OPTIONS = { ttlMs: TTL_MS, loginTtlMs: LOGIN_TTL_MS, loginIdleMs: IDLE_MS };

interface Opening {
  readonly kind: 'open';
  readonly what: SessionKind;
  readonly user: number;
  readonly at: number;
}
interface Use {
  readonly kind: 'use' | 'end';
  readonly token: number;
  readonly isElsewhere: boolean;
}
type Step =
  | Opening
  | Use
  | { readonly kind: 'endAll'; readonly user: number; readonly except: number | undefined }
  | { readonly kind: 'suspend' | 'activate' | 'remove'; readonly user: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'sweep' | 'restart' };

const user = fc.nat(1);
const token = fc.nat(20);
const what = fc.constantFrom('handshake' as const, 'login' as const, 'api' as const);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('open' as const), what, user, at: fc.nat(1) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('use' as const, 'end' as const),
      token,
      isElsewhere: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('endAll' as const),
      user,
      except: fc.option(token, { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('suspend' as const, 'activate' as const, 'activate' as const, 'remove' as const),
      user,
    }),
  },
  // In whole lengths of what the database keeps of a use.
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(10_000, 50_000, 100_000, 200_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('sweep' as const, 'restart' as const) }) },
);

interface ModelToken {
  readonly kind: SessionKind;
  readonly user: number;
  readonly endpoint: string;
  readonly expiresAt: number;
  readonly token: string;
  readonly sessionId: string;
  lastUsedAt: number;
  hasEnded: boolean;
}

/** Two users and all tokens that they were ever given. */
class Model {
  readonly tokens: ModelToken[] = [];
  readonly inactive = new Set<number>();
  readonly removed = new Set<number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The code of the refusal; undefined where it is good. */
  refusal(token: ModelToken, endpoint: string): string | undefined {
    const { kind, user } = token;
    if (kind === 'handshake' && token.expiresAt <= this.#now()) return 'token.invalid';
    const isHere = kind === 'api' || token.endpoint === endpoint;
    if (this.isLive(token) && isHere && !this.inactive.has(user)) return undefined;
    return kind === 'handshake' ? 'session.not_identified' : 'session.invalid';
  }

  isLive({ kind, expiresAt, lastUsedAt, hasEnded }: ModelToken): boolean {
    const isIdle = kind === 'login' && lastUsedAt + IDLE_MS <= this.#now();
    return !hasEnded && !isIdle && expiresAt > this.#now();
  }

  /** Answers how many sessions have ended. */
  endAll(user: number, except: ModelToken | undefined): number {
    const ended = this.tokens.filter((each) => {
      return each.user === user && each.kind !== 'api' && each !== except && this.isLive(each);
    });
    for (const each of ended) each.hasEnded = true;
    return ended.length;
  }

  remove(user: number): void {
    this.removed.add(user);
    for (const each of this.tokens) if (each.user === user) each.hasEnded = true;
  }
}

class Run {
  readonly clock = new TestClock();
  readonly model = new Model(() => this.clock.now().getTime());
  readonly #kept: SessionDatabase;
  readonly #accounts: readonly Account[];
  #world: SessionWorld;

  private constructor(kept: SessionDatabase, world: SessionWorld, accounts: readonly Account[]) {
    [this.#kept, this.#world, this.#accounts] = [kept, world, accounts];
  }

  static async start(kept: SessionDatabase): Promise<Run> {
    const accounts = [await kept.newAccount(), await kept.newAccount()];
    const run = new Run(kept, await kept.start(undefined, OPTIONS), accounts);
    await run.#restart();
    return run;
  }

  async take(step: Step): Promise<void> {
    if ('ms' in step) this.clock.advance(step.ms);
    else if ('token' in step) await this.#useOrEnd(step);
    else if (!('user' in step))
      await (step.kind === 'sweep' ? this.#world.sessions.sweep() : this.#restart());
    else if (this.model.removed.has(step.user)) return;
    else if (step.kind === 'open') await this.#open(step);
    else if (step.kind === 'endAll') await this.#endAll(step.user, this.#token(step.except));
    else await this.#change(step.kind, step.user);
  }

  /** Each token is good or refused where it was not issued to as the model says, and each user has the sessions that it says. */
  check(): void {
    for (const each of this.model.tokens) {
      const elsewhere = ENDPOINTS.find((endpoint) => endpoint !== each.endpoint);
      expect([each.kind, this.#refusal(each, elsewhere ?? '')]).toEqual([
        each.kind,
        this.model.refusal(each, elsewhere ?? ''),
      ]);
      if (this.model.refusal(each, elsewhere ?? '') === undefined) this.#touch(each);
    }
    for (const [index, { id }] of this.#accounts.entries()) {
      const live = this.model.tokens.filter((each) => each.user === index && this.model.isLive(each));
      const ids = this.#world.sessions.sessionsOf(id).map((session) => session.id);
      const expected = live.filter(({ kind }) => kind !== 'api').map(({ sessionId }) => sessionId);
      expect(ids.sort()).toEqual(expected.sort());
    }
    expect(this.#world.failures).toEqual([]);
  }

  async #open({ what, user, at }: Opening): Promise<void> {
    const [account, endpoint] = [this.#accounts[user], ENDPOINTS[at]];
    if (account === undefined || endpoint === undefined) return;
    const { sessions } = this.#world;
    if (what === 'handshake') await sessions.identify(account, endpoint);
    const owner = { userId: account.id, userName: account.name, nameSince: account.nameSince } as Session;
    const opening = {
      handshake: () => this.#openHandshake(account, endpoint),
      login: () => sessions.openLogin(account, { endpoint, client: '' }),
      api: () => this.#openApiToken(owner, at === 0),
    }[what];
    if (what === 'api' && this.model.inactive.has(user)) return;
    const issued = await opening().catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      expect([error.code, this.model.inactive.has(user)]).toEqual(['account.not_active', true]);
    });
    if (issued === undefined) return;
    // An API token does nothing for a user that has no session yet.
    this.#world.access.introduce(account);
    expect(this.model.inactive.has(user)).toBe(false);
    this.model.tokens.push({
      ...{ kind: what, user, endpoint, token: issued.token, sessionId: issued.session.id },
      expiresAt: issued.session.expiresAt.getTime(),
      ...{ lastUsedAt: this.clock.now().getTime(), hasEnded: false },
    });
  }

  async #openHandshake(account: Account, endpoint: string) {
    const token = await this.#world.sessions.open(account, endpoint);
    return { token, session: this.#world.sessions.authorize(token, endpoint) };
  }

  #openApiToken(owner: Session, isEndless: boolean) {
    const expiresAt = isEndless ? null : new Date(this.clock.now().getTime() + API_TTL_MS);
    const store = createPrismaApiTokenStore(this.#kept.database);
    const wanted = { expiresAt: expiresAt ?? NEVER, scopes: new Set<never>() };
    return this.#world.sessions.openApiToken(owner, wanted, async (made) => {
      const { id, userId, tokenHash, issuedAt: createdAt } = made;
      await store.insert({ id, userId, tokenHash, createdAt, name: id, permissions: [], expiresAt });
    });
  }

  async #useOrEnd({ kind, token, isElsewhere }: Use): Promise<void> {
    const chosen = this.#token(token);
    if (chosen === undefined) return;
    const other = ENDPOINTS.find((endpoint) => endpoint !== chosen.endpoint) ?? '';
    const endpoint = isElsewhere ? other : chosen.endpoint;
    const expected = this.model.refusal(chosen, endpoint);
    expect([chosen.kind, this.#refusal(chosen, endpoint)]).toEqual([chosen.kind, expected]);
    if (expected !== undefined) return;
    this.#touch(chosen);
    if (kind === 'use') return;
    const session = this.#world.sessions.authorize(chosen.token, endpoint);
    expect(await this.#world.sessions.end(session, () => Promise.resolve())).toBe(true);
    if (chosen.kind !== 'api') chosen.hasEnded = true;
  }

  async #endAll(user: number, except: ModelToken | undefined): Promise<void> {
    const ended = await this.#world.sessions.endAll(this.#accounts[user]?.id ?? '', except?.sessionId);
    expect(ended).toBe(this.model.endAll(user, except));
  }

  // As a change of an account does it: first in the database, then here.
  async #change(kind: 'suspend' | 'activate' | 'remove', user: number): Promise<void> {
    const account = this.#accounts[user];
    if (account === undefined) return;
    const { access, sessions } = this.#world;
    const where = { id: account.id };
    const { database } = this.#kept;
    if (kind === 'remove') {
      await database.write(({ user: users }) => users.delete({ where }));
      access.forget(account.id);
      sessions.forgetUsers([account.id]);
      this.model.remove(user);
      return;
    }
    const status = kind === 'suspend' ? 'suspended' : 'active';
    await database.write(({ user: users }) => users.update({ where, data: { status } }));
    access.put({ ...account, status });
    if (kind === 'activate') this.model.inactive.delete(user);
    else {
      this.model.inactive.add(user);
      await this.#endAll(user, undefined);
    }
  }

  async #restart(): Promise<void> {
    await this.#world.sessions[Symbol.asyncDispose]();
    this.#world = await this.#kept.start(this.clock, OPTIONS);
    // Whoever is not active and has no token is not known any more: the account would be read anew.
    for (const index of this.model.inactive) {
      const account = this.#accounts[index];
      if (account !== undefined) this.#world.access.introduce({ ...account, status: 'suspended' });
    }
  }

  #refusal({ token }: ModelToken, endpoint: string): string | undefined {
    try {
      this.#world.sessions.authorize(token, endpoint);
      return undefined;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return error.code;
    }
  }

  #touch(token: ModelToken): void {
    token.lastUsedAt = this.clock.now().getTime();
  }

  #token(index: number | undefined): ModelToken | undefined {
    const { tokens } = this.model;
    return index === undefined ? undefined : tokens[index % Math.max(1, tokens.length)];
  }
}

let kept: SessionDatabase;

beforeAll(async () => {
  kept = await SessionDatabase.open();
});

afterAll(async () => {
  await kept[Symbol.asyncDispose]();
});

test('a token of any kind is good or refused as it should be, whatever came before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 40, size: 'max' }), async (steps) => {
      const run = await Run.start(kept);
      for (const step of steps) {
        await run.take(step);
        run.check();
      }
    }),
    { numRuns: 20 },
  );
});
