import { afterEach, expect, test } from 'vitest';
import type { AccountView } from '../../../protocol/accounts.js';
import { createAccountsApi } from '../../api/accounts/accounts-api.js';
import { createConsoleApi } from '../../api/browser/console-api.js';
import { GatherError } from '../../api/gather-error.js';
import type { PlainAnswer, RequestPort } from '../../api/request-port.js';
import { accountOf, loginOf } from '../../tests/support/account-answers.js';
import { watchPort } from '../server/watched-port.js';
import { SessionStore } from './session-store.js';

const OVERVIEW = { permissions: [], roles: { user: [], moderator: [], admin: [] }, mine: ['chat'] };
const DALE = accountOf({ id: 'd', username: 'dale' });
const RENAMED = accountOf({ id: 'd', username: 'diane' });
const MING = accountOf({ id: 'm', username: 'dale' });
const ONE_TIME = accountOf({ id: 'd', username: 'dale', must_change_password: true });

interface Asked {
  readonly route: string;
  readonly answer: (body?: object) => void;
  readonly fail: (error: GatherError) => void;
}

/** A tab, and a server that answers when the test says so, and what. */
class Desk {
  readonly open: Asked[] = [];
  readonly kinds: string[] = [];
  told = 0;
  readonly session: SessionStore;

  constructor() {
    const port: RequestPort = {
      server: 'http://here',
      request: ({ method, path }) => this.#asked(`${method.toUpperCase()} ${path}`),
      [Symbol.dispose]: () => undefined,
    };
    const watched = watchPort(port, {
      onRequest: () => ({ onAnswer: () => undefined, onSilence: () => undefined }),
      onSessionEnded: () => {
        this.session.onSessionEnded();
      },
      onPasswordChangeNeeded: () => {
        this.session.onPasswordChangeNeeded();
      },
      onPermissionMissing: () => undefined,
    });
    const server = { accounts: createAccountsApi(watched), console: createConsoleApi(watched) };
    this.session = new SessionStore({
      server: () => server,
      tellOthers: () => {
        this.told += 1;
      },
    });
    this.session.state.subscribe(() => this.kinds.push(this.session.state.get().kind));
  }

  /** The oldest request to a route that has no answer yet, as soon as there is one. */
  async next(route: string): Promise<Asked> {
    const isIt = (asked: Asked) => asked.route === route;
    await expect.poll(() => this.open.some(isIt), { interval: 1 }).toBe(true);
    const [asked] = this.open.splice(this.open.findIndex(isIt), 1);
    if (asked === undefined) throw new Error(`${route} is not asked.`);
    return asked;
  }

  /** Answers who is there, and what they may do. */
  async tellWho(account: AccountView): Promise<void> {
    (await this.next('GET /v1/account')).answer(account);
    if (!account.must_change_password) (await this.next('GET /v1/permissions')).answer(OVERVIEW);
  }

  /** Answers that nobody is there. */
  async tellNobody(): Promise<void> {
    (await this.next('GET /v1/account')).fail(ended());
  }

  /** Has somebody logged in. */
  async enter(account: AccountView): Promise<void> {
    const loading = this.session.load();
    await this.tellWho(account);
    await loading;
  }

  #asked(route: string): Promise<PlainAnswer> {
    return new Promise((resolve, reject) => {
      this.open.push({
        route,
        answer: (body) => {
          resolve({ headers: {}, text: body === undefined ? '' : JSON.stringify(body) });
        },
        fail: reject,
      });
    });
  }
}

function ended(): GatherError {
  const problem = { status: 401, code: 'session.invalid', detail: 'No more' };
  return new GatherError('not_permitted', 'No more', { status: 401, problem });
}

let desk = new Desk();
afterEach(() => {
  // Whatever a test leaves unanswered it has forgotten.
  expect(desk.open).toEqual([]);
  desk = new Desk();
});

test('finds out who is there, and that nobody is', async () => {
  await desk.enter(DALE);
  expect(desk.session.state.get()).toMatchObject({
    ...{ kind: 'in', hasEnded: false, needsPassword: false },
    member: { account: { id: 'd' }, permissions: ['chat'] },
  });
  desk.session.leave();
  const loading = desk.session.load();
  await desk.tellNobody();
  await loading;
  expect(desk.session.state.get()).toEqual({ kind: 'out', word: undefined });
});

test('does not know who is there as long as the server says nothing', async () => {
  const loading = desk.session.load();
  (await desk.next('GET /v1/account')).fail(new GatherError('unknown_outcome', 'No answer'));
  await expect(loading).rejects.toMatchObject({ kind: 'unknown_outcome' });
  expect(desk.session.state.get().kind).toBe('unknown');
});

test('believes the last question, whatever order the answers come in', async () => {
  const first = desk.session.load();
  const early = await desk.next('GET /v1/account');
  await desk.enter(MING);
  early.answer(DALE);
  (await desk.next('GET /v1/permissions')).answer(OVERVIEW);
  await first;
  expect(desk.session.state.get()).toMatchObject({ member: { account: { id: 'm' } } });
});

test('takes who was renamed elsewhere for the same, and who has a former name for another', async () => {
  await desk.enter(DALE);
  desk.session.onSessionEnded();
  await desk.tellWho(RENAMED);
  await expect.poll(() => desk.session.state.get()).toMatchObject({ hasEnded: false });
  expect(desk.session.state.get()).toMatchObject({ member: { account: { id: 'd', username: 'diane' } } });
  await desk.enter(MING);
  expect(desk.session.state.get()).toMatchObject({ member: { account: { id: 'm', username: 'dale' } } });
  expect(new Set(desk.kinds)).toEqual(new Set(['in']));
});

test('keeps who was renamed and has a one-time password now, page and all', async () => {
  await desk.enter(DALE);
  const loading = desk.session.load();
  await desk.tellWho({ ...ONE_TIME, username: 'diane' });
  await loading;
  expect(desk.session.state.get()).toMatchObject({
    ...{ kind: 'in', hasEnded: true, needsPassword: true },
    member: { account: { username: 'dale' } },
  });
});

test('does not go back to a name from before a change', async () => {
  await desk.enter(DALE);
  const loading = desk.session.load();
  const early = await desk.next('GET /v1/account');
  desk.session.changed(RENAMED);
  early.answer(DALE);
  (await desk.next('GET /v1/permissions')).answer(OVERVIEW);
  await loading;
  expect(desk.session.state.get()).toMatchObject({ member: { account: { username: 'diane' } } });
  await desk.tellWho(RENAMED);
});

test('asks nobody after a change where nothing was on its way', async () => {
  await desk.enter(DALE);
  desk.session.changed(RENAMED);
  expect(desk.session.state.get()).toMatchObject({ member: { account: { username: 'diane' } } });
});

test('keeps the page of a session that has ended, and looks once whether another one is there', async () => {
  await desk.enter(DALE);
  desk.session.onSessionEnded();
  desk.session.onSessionEnded();
  expect(desk.session.state.get()).toMatchObject({ kind: 'in', hasEnded: true });
  await desk.tellNobody();
  await expect.poll(() => desk.open).toEqual([]);
  expect(desk.session.state.get()).toMatchObject({ kind: 'in', hasEnded: true });
});

test('logs in, and tells the other tabs', async () => {
  const loggingIn = desk.session.logIn('dale', 'x');
  (await desk.next('POST /v1/sessions/cookie')).answer(loginOf(DALE));
  await desk.tellWho(DALE);
  await loggingIn;
  expect([desk.session.state.get().kind, desk.told]).toEqual(['in', 1]);
});

test.each(['nobody was there', 'a session has ended'])(
  'says that the browser keeps no cookie, where %s',
  async (before) => {
    if (before === 'a session has ended') {
      await desk.enter(DALE);
      desk.session.onSessionEnded();
      await desk.tellNobody();
    }
    const loggingIn = desk.session.logIn('dale', 'x').catch((error: unknown) => error);
    (await desk.next('POST /v1/sessions/cookie')).answer(loginOf(DALE));
    await desk.tellNobody();
    const error = await loggingIn;
    expect(error).toBeInstanceOf(GatherError);
    expect((error as GatherError).message).toContain('your browser did not keep the cookie');
    expect(desk.told).toBe(0);
  },
);

test('logs out also where the session was over already, but not where nobody answers', async () => {
  await desk.enter(DALE);
  const failing = desk.session.logOut().catch((error: unknown) => error);
  (await desk.next('DELETE /v1/sessions/current')).fail(new GatherError('unknown_outcome', 'No answer'));
  expect(await failing).toMatchObject({ kind: 'unknown_outcome' });
  expect([desk.session.state.get().kind, desk.told]).toEqual(['in', 0]);
  const leaving = desk.session.logOut();
  (await desk.next('DELETE /v1/sessions/current')).fail(ended());
  await leaving;
  expect(desk.session.state.get()).toEqual({ kind: 'out', word: 'You are logged out.' });
  expect(desk.told).toBe(1);
  // Whether it was over for this tab too was asked as well; too late to matter.
  await desk.tellNobody();
});

test('makes way for somebody else: a session that is still good ends first', async () => {
  await desk.enter(DALE);
  const loading = desk.session.load();
  await desk.tellWho(ONE_TIME);
  await loading;
  const leaving = desk.session.makeWay();
  (await desk.next('DELETE /v1/sessions/current')).answer();
  await leaving;
  expect([desk.session.state.get().kind, desk.told]).toEqual(['out', 1]);
});

test('makes way at once where the session is over', async () => {
  await desk.enter(DALE);
  desk.session.onSessionEnded();
  await desk.tellNobody();
  await desk.session.makeWay();
  expect([desk.session.state.get(), desk.told]).toEqual([{ kind: 'out', word: undefined }, 0]);
});

test('has a one-time password changed before anything else', async () => {
  await desk.enter(ONE_TIME);
  expect(desk.session.state.get()).toEqual({ kind: 'newcomer', name: 'dale' });
  const choosing = desk.session.choosePassword('old', 'new');
  (await desk.next('POST /v1/account/password')).answer();
  await desk.tellWho(DALE);
  await choosing;
  expect([desk.session.state.get().kind, desk.told]).toEqual(['in', 1]);
});
