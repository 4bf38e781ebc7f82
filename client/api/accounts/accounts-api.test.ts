import { describe, expect, test } from 'vitest';
import { accountOf, auditEntryOf, loginOf, sessionOf } from '../../tests/support/account-answers.js';
import { refusal, type Script, startScriptedServer } from '../../tests/support/scripted-server.js';
import { senderOptions } from '../../tests/support/sender-options.js';
import { RequestSender } from '../requests/request-sender.js';
import { createAccountsApi } from './accounts-api.js';
import { createAdministrationApi } from './administration-api.js';

const TIME = '2026-11-21T02:44:57.123Z';
const ACCOUNT = accountOf();
const done = { status: 204 };

const apiToken = {
  id: 't1',
  name: 'ci',
  permissions: ['chat'],
  created_at: TIME,
  expires_at: null,
  last_used_at: null,
  last_endpoint: null,
};
const invite = {
  id: 'i1',
  note: '',
  created_by: 'diane',
  created_at: TIME,
  expires_at: TIME,
  used_at: null,
  used_by: null,
};
const oneTime = { username: 'dale', one_time_password: 'x', expires_at: TIME };
const overview = {
  permissions: [{ name: 'chat', description: 'c' }],
  roles: { user: ['chat'], moderator: [], admin: [] },
  mine: ['chat'],
};

const EVERYTHING: Script = {
  'POST /v1/account': () => ({ status: 201, body: ACCOUNT }),
  'GET /v1/account': () => ({ status: 200, body: ACCOUNT }),
  'PATCH /v1/account': () => ({ status: 200, body: ACCOUNT }),
  'DELETE /v1/account': () => done,
  'POST /v1/account/password': () => done,
  'POST /v1/sessions': () => ({ status: 201, body: loginOf(ACCOUNT) }),
  'GET /v1/sessions': () => ({ status: 200, body: { sessions: [sessionOf()] } }),
  'DELETE /v1/sessions': () => ({ status: 200, body: { ended: 2 } }),
  'DELETE /v1/sessions/current': () => done,
  'DELETE /v1/sessions/a%2Fb': () => done,
  'GET /v1/tokens': () => ({ status: 200, body: { tokens: [apiToken] } }),
  'POST /v1/tokens': () => ({ status: 201, body: { ...apiToken, token: 'gdt_x' } }),
  'DELETE /v1/tokens/t1': () => done,
  'GET /v1/permissions': () => ({ status: 200, body: overview }),
  'GET /v1/users': () => ({ status: 200, body: { users: [ACCOUNT], next: null } }),
  'POST /v1/users': () => ({ status: 201, body: { user: ACCOUNT, one_time: oneTime } }),
  'GET /v1/users/d%C3%A4le': () => ({ status: 200, body: ACCOUNT }),
  'PATCH /v1/users/dale': () => ({ status: 200, body: ACCOUNT }),
  'DELETE /v1/users/dale': () => done,
  'POST /v1/users/dale/password': () => ({ status: 201, body: oneTime }),
  'GET /v1/users/dale/sessions': () => ({ status: 200, body: { sessions: [] } }),
  'DELETE /v1/users/dale/sessions': () => ({ status: 200, body: { ended: 0 } }),
  'GET /v1/users/dale/tokens': () => ({ status: 200, body: { tokens: [] } }),
  'DELETE /v1/users/dale/tokens': () => ({ status: 200, body: { revoked: 0 } }),
  'DELETE /v1/users/dale/tokens/one': () => done,
  'GET /v1/invites': () => ({ status: 200, body: { invites: [invite] } }),
  'POST /v1/invites': () => ({ status: 201, body: { ...invite, code: 'c' } }),
  'DELETE /v1/invites/i1': () => done,
  'GET /v1/audit': () => ({ status: 200, body: { entries: [auditEntryOf(1)], next: null } }),
  'GET /v1/audit/verification': () => ({
    status: 200,
    body: { is_whole: true, entries: 1, first_broken: null },
  }),
};

test('each function makes its one request, with the token, and gives back what it is answered', async () => {
  await using server = await startScriptedServer(EVERYTHING);
  using accounts = createAccountsApi(new RequestSender(senderOptions(server.url)));
  using administration = createAdministrationApi(new RequestSender(senderOptions(server.url)));
  const calls: readonly (() => Promise<unknown>)[] = [
    () => accounts.register({ username: 'dale', password: 'p' }),
    () => accounts.account('t'),
    () => accounts.changeAccount('t', { city: 'x' }),
    () => accounts.deleteAccount('t', 'p'),
    () => accounts.changePassword('t', 'p', 'q'),
    () => accounts.login('dale', 'p'),
    () => accounts.sessions('t'),
    () => accounts.endOtherSessions('t'),
    () => accounts.logout('t'),
    () => accounts.endSession('t', 'a/b'),
    () => accounts.apiTokens('t'),
    () => accounts.createApiToken('t', { name: 'ci', permissions: ['chat'] }),
    () => accounts.revokeApiToken('t', 't1'),
    () => accounts.permissions('t'),
    () => administration.users('t', { search: 'a b', limit: 5, cursor: undefined }),
    () => administration.createUser('t', { username: 'dale' }),
    () => administration.user('t', 'däle'),
    () => administration.changeUser('t', 'dale', { permissions: null }),
    () => administration.deleteUser('t', 'dale'),
    () => administration.resetPassword('t', 'dale'),
    () => administration.sessionsOf('t', 'dale'),
    () => administration.endSessionsOf('t', 'dale'),
    () => administration.apiTokensOf('t', 'dale'),
    () => administration.revokeApiTokensOf('t', 'dale'),
    () => administration.revokeApiTokenOf('t', 'dale', 'one'),
    () => administration.invites('t'),
    () => administration.createInvite('t', {}),
    () => administration.revokeInvite('t', 'i1'),
    () => administration.audit('t', { before: 7 }),
    () => administration.verifyAudit('t'),
  ];
  const outcomes: unknown[] = [];
  for (const call of calls) outcomes.push(await call());
  expect(server.seen.map(({ route }) => route)).toEqual(Object.keys(EVERYTHING));
  expect(outcomes.map((outcome) => outcome === undefined)).toEqual(
    server.seen.map((one) => EVERYTHING[one.route]?.(one, 1) === done),
  );
  const withoutToken = server.seen.filter(({ token }) => token !== 't').map(({ route }) => route);
  expect(withoutToken).toEqual(['POST /v1/account', 'POST /v1/sessions']);
  const bodies = Object.fromEntries(server.seen.map(({ route, body }) => [route, body]));
  expect(bodies).toMatchObject({
    'DELETE /v1/account': { password: 'p' },
    'POST /v1/account/password': { current_password: 'p', new_password: 'q' },
    'POST /v1/sessions': { username: 'dale', password: 'p' },
    'PATCH /v1/users/dale': { permissions: null },
  });
  expect(String(server.seen.find(({ route }) => route === 'GET /v1/users')?.query)).toBe(
    'search=a+b&limit=5',
  );
});

describe('a refusal', () => {
  test('of what is not there is the server’s own, and no word of an older server', async () => {
    await using server = await startScriptedServer({
      'GET /v1/users/leo': () => refusal(404, 'account.unknown', 'There is no user leo'),
    });
    using api = createAdministrationApi(new RequestSender(senderOptions(server.url)));
    await expect(api.user('t', 'leo')).rejects.toMatchObject({
      kind: 'refused',
      message: 'There is no user leo',
      problem: { code: 'account.unknown' },
    });
    await expect(api.user('t', 'bob')).rejects.toThrow('it is older than this gather');
  });

  test.each([
    [401, 'session.invalid'],
    [403, 'permission.missing'],
  ])('of %i is one of permission', async (status, code) => {
    await using server = await startScriptedServer({ 'GET /v1/account': () => refusal(status, code, 'no') });
    using api = createAccountsApi(new RequestSender(senderOptions(server.url)));
    await expect(api.account('t')).rejects.toMatchObject({
      kind: 'not_permitted',
      status,
      problem: { code },
    });
  });

  test('is an answer in another form than that of gatherd, too', async () => {
    await using server = await startScriptedServer({
      'GET /v1/account': () => ({ status: 200, body: { a: 1 } }),
    });
    using api = createAccountsApi(new RequestSender(senderOptions(server.url)));
    await expect(api.account('t')).rejects.toMatchObject({ kind: 'unknown_outcome' });
  });
});

describe('a request whose answer is lost', () => {
  const breaking = (): Script =>
    Object.fromEntries(
      Object.entries(EVERYTHING).map(([route, answer]) => [
        route,
        (request, count) => (count === 1 ? 'break' : answer(request, count)),
      ]),
    );

  test('is made again where that can do no harm', async () => {
    await using server = await startScriptedServer(breaking());
    using accounts = createAccountsApi(new RequestSender(senderOptions(server.url)));
    using administration = createAdministrationApi(new RequestSender(senderOptions(server.url)));
    await accounts.account('t');
    await accounts.endSession('t', 'a/b');
    await administration.deleteUser('t', 'dale');
    expect(server.seen).toHaveLength(6);
  });

  test('is made once where it might', async () => {
    await using server = await startScriptedServer(breaking());
    using accounts = createAccountsApi(new RequestSender(senderOptions(server.url)));
    using administration = createAdministrationApi(new RequestSender(senderOptions(server.url)));
    const unknown = { kind: 'unknown_outcome' };
    await expect(accounts.login('dale', 'p')).rejects.toMatchObject(unknown);
    await expect(accounts.changeAccount('t', {})).rejects.toMatchObject(unknown);
    await expect(accounts.deleteAccount('t', 'p')).rejects.toMatchObject(unknown);
    await expect(administration.createUser('t', { username: 'dale' })).rejects.toMatchObject(unknown);
    expect(server.seen).toHaveLength(4);
  });
});
