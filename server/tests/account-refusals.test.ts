import { randomUUID } from 'node:crypto';
import Database from 'libsql';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserCreation } from '../../protocol/accounts.js';
import type { ErrorCode } from '../errors/error-table.js';
import { InProcessGatherd } from './support/in-process-gatherd.js';

const PASSWORD = 'Tannenzapfen im Oktober';
const LONG = 'x'.repeat(2_000_000);
const NO_ID = randomUUID();
const [NAME, EMAIL] = ['dale', 'dale@example.org'];

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly token?: string | undefined;
  readonly body?: object | string | undefined;
  readonly type?: string;
}

interface Refusal {
  readonly status: number;
  readonly body: { readonly code?: string; readonly detail?: string; readonly status_message?: string };
}

let gatherd: InProcessGatherd;
let tokens: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  gatherd = await InProcessGatherd.start();
  const root = await newMember(gatherd, 'root', { role: 'admin' });
  const dale = await newMember(gatherd, NAME, { email: EMAIL });
  const device = await deviceOf(gatherd, dale);
  tokens = { root, dale, device };
  await newMember(gatherd, 'asleep');
  await ask(gatherd, { method: 'PATCH', path: '/users/asleep', token: root, body: { status: 'inactive' } });
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

async function ask(server: InProcessGatherd, asked: Asked): Promise<Refusal> {
  const { method = 'POST', path, token, body, type = 'application/json' } = asked;
  const sent = request(server.url('front'))[method.toLowerCase() as 'get'](
    path.startsWith('//') ? path.slice(1) : `/v1${path}`,
  );
  if (token !== undefined) void sent.set('Authorization', `Bearer ${token}`);
  if (body !== undefined) void sent.set('Content-Type', type);
  return await sent.send(typeof body === 'object' ? JSON.stringify(body) : body);
}

async function newMember(server: InProcessGatherd, username: string, more: Partial<UserCreation> = {}) {
  const wanted = { username, password: PASSWORD, ...more };
  await server.services.registrations.create({ endpoint: 'local', door: 'operator' }, wanted);
  const origin = { endpoint: '127.0.0.1', door: 'http', client: '' } as const;
  return (await server.services.logins.login(username, PASSWORD, origin)).token;
}

async function deviceOf(server: InProcessGatherd, owner: string): Promise<string> {
  const session = server.services.sessions.authorize(owner, '127.0.0.1');
  const caller = { session, endpoint: '127.0.0.1', door: 'http' } as const;
  const wanted = { name: 'device', permissions: [] };
  return (await server.services.apiTokens.create(caller, wanted)).token;
}

const NEW = { username: 'mallory', password: PASSWORD };
const REGISTER = { path: '/account' };
const LOGIN = { path: '/sessions' };

type Row = readonly [ErrorCode, string, Asked & { readonly by?: string }];

const ROWS: readonly Row[] = [
  [
    'request.unsupported_media_type',
    'Only application/json',
    { ...REGISTER, body: 'a=b', type: 'text/plain' },
  ],
  ['request.invalid_json', 'not valid JSON', { ...REGISTER, body: '{"username":' }],
  ['request.not_an_object', 'not a JSON object', { ...REGISTER, body: [] }],
  ['request.body_too_large', '1048576', { ...REGISTER, body: { ...NEW, notes: LONG } }],
  ['request.too_deep', '32', { ...REGISTER, body: `{"metadata":${'['.repeat(40)}${']'.repeat(40)}}` }],
  ['request.missing_field', "'username'", { ...REGISTER, body: { password: PASSWORD } }],
  ['request.missing_field', "'password'", { ...LOGIN, body: { username: NAME } }],
  ['request.invalid_field', "'role'", { ...REGISTER, body: { ...NEW, role: 'admin' } }],
  ['request.invalid_field', "'is_admin, x'", { ...REGISTER, body: { ...NEW, is_admin: true, x: 1 } }],
  ['request.invalid_field', "'username'", { ...REGISTER, body: { ...NEW, username: 'a b' } }],
  ['request.invalid_field', "'username'", { ...REGISTER, body: { ...NEW, username: 'd\u200dale' } }],
  ['request.invalid_field', "'email'", { ...REGISTER, body: { ...NEW, email: 'a@b@c' } }],
  ['request.invalid_field', "'notes'", { ...REGISTER, body: { ...NEW, notes: 'x'.repeat(4001) } }],
  [
    'request.invalid_field',
    "'metadata'",
    { ...REGISTER, body: { ...NEW, metadata: { x: 'x'.repeat(17_000) } } },
  ],
  ['request.invalid_field', "'password'", { ...REGISTER, body: { ...NEW, password: 'x'.repeat(129) } }],
  ['account.name_taken', '', { ...REGISTER, body: { ...NEW, username: 'DALE' } }],
  ['account.name_taken', '', { ...REGISTER, body: { ...NEW, username: '\uff44ale' } }],
  ['account.email_taken', '', { ...REGISTER, body: { ...NEW, email: EMAIL.toUpperCase() } }],
  ['password.too_short', '6 characters', { ...REGISTER, body: { ...NEW, password: 'five5' } }],
  ['password.too_common', '', { ...REGISTER, body: { ...NEW, password: 'password123' } }],
  ['account.wrong_credentials', '', { ...LOGIN, body: NEW }],
  ['account.wrong_credentials', '', { ...LOGIN, body: { username: NAME, password: 'not it' } }],
  ['account.not_active', '', { ...LOGIN, body: { username: 'asleep', password: PASSWORD } }],
  ['account.name_taken', '', { method: 'PATCH', path: '/account', by: 'dale', body: { username: 'root' } }],
  [
    'request.invalid_field',
    "'status'",
    { method: 'PATCH', path: '/account', by: 'dale', body: { status: 'x' } },
  ],
  [
    'account.current_password_wrong',
    '',
    { path: '/account/password', by: 'dale', body: { current_password: 'not it', new_password: PASSWORD } },
  ],
  [
    'password.too_short',
    '',
    { path: '/account/password', by: 'dale', body: { current_password: PASSWORD, new_password: 'x' } },
  ],
  ['session.unknown', '', { method: 'DELETE', path: `/sessions/${NO_ID}`, by: 'dale' }],
  ['session.needed', '', { method: 'GET', path: '/account', by: 'device' }],
  ['token.unknown', '', { method: 'DELETE', path: `/tokens/${NO_ID}`, by: 'dale' }],
  ['token.name_taken', '', { path: '/tokens', by: 'dale', body: { name: 'device', permissions: [] } }],
  [
    'permission.missing',
    'audit:read',
    { path: '/tokens', by: 'dale', body: { name: 'x', permissions: ['audit:read'] } },
  ],
  [
    'request.invalid_field',
    "'permissions'",
    { path: '/tokens', by: 'dale', body: { name: 'x', permissions: ['x'] } },
  ],
  [
    'request.invalid_field',
    "'expires_in'",
    { path: '/tokens', by: 'dale', body: { name: 'x', permissions: [], expires_in: 1 } },
  ],
  ['account.unknown', 'nobody', { method: 'GET', path: '/users/nobody', by: 'root' }],
  [
    'account.last_administrator',
    '',
    { method: 'PATCH', path: '/users/root', by: 'root', body: { permissions: [] } },
  ],
  ['account.last_administrator', '', { method: 'DELETE', path: '/users/root', by: 'root' }],
  [
    'account.last_administrator',
    '',
    { method: 'DELETE', path: '/account', by: 'root', body: { password: PASSWORD } },
  ],
  ['request.invalid_field', "'role'", { method: 'GET', path: '/users?role=king', by: 'root' }],
  ['request.invalid_field', "'limit'", { method: 'GET', path: '/users?limit=1&limit=2', by: 'root' }],
  ['invite.unknown', '', { method: 'DELETE', path: `/invites/${NO_ID}`, by: 'root' }],
  ['request.invalid_field', "'expires_in'", { path: '/invites', by: 'root', body: { expires_in: 0 } }],
  ['request.invalid_field', "'before'", { method: 'GET', path: '/audit?before=now', by: 'root' }],
  ['request.method_not_allowed', 'DELETE, GET, PATCH, POST', { method: 'PUT', path: '/account' }],
  ['request.method_not_allowed', 'DELETE, GET, POST', { method: 'PATCH', path: '/sessions' }],
  ['request.method_not_allowed', 'DELETE', { method: 'GET', path: '/sessions/current' }],
  ['request.method_not_allowed', 'DELETE, GET, PATCH', { method: 'POST', path: '/users/dale' }],
  ['request.method_not_allowed', 'GET', { method: 'DELETE', path: '/audit/verification' }],
  ['request.not_found', '', { method: 'GET', path: '/users/dale/passwords', by: 'root' }],
];

test.each(ROWS)('%s (%s) is answered, and nothing is changed', async (code, detail, { by, ...asked }) => {
  const before = await gatherd.services.users.list({}, 100);
  const { body } = await ask(gatherd, { ...asked, token: by === undefined ? undefined : tokens[by] });
  expect([body.code, body.detail]).toEqual([code, expect.stringContaining(detail)]);
  expect(await gatherd.services.users.list({}, 100)).toEqual(before);
});

test('a user has so many API tokens and no more', async () => {
  const owner = await newMember(gatherd, 'collector');
  for (let count = 1; count <= 100; count += 1) {
    const body = { name: `device ${String(count)}`, permissions: [] };
    expect((await ask(gatherd, { path: '/tokens', token: owner, body })).status).toBe(201);
  }
  const { body } = await ask(gatherd, {
    path: '/tokens',
    token: owner,
    body: { name: 'x', permissions: [] },
  });
  expect(body).toMatchObject({ status: 429, code: 'token.too_many', limit: 100 });
});

test('a database that refuses is told, and the account is not made', async () => {
  await using server = await InProcessGatherd.start();
  const database = new Database(server.file('gatherd.db'));
  database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON "User" BEGIN SELECT RAISE(ABORT, 'no'); END`);
  database.close();
  const { body } = await ask(server, { ...REGISTER, body: NEW });
  expect(body).toMatchObject({ status: 503, code: 'database.unavailable' });
});

describe('what is limited', () => {
  test('registrations, logins, password changes and deletions count together, by address', async () => {
    await using server = await InProcessGatherd.start({ GATHERD_HANDSHAKE_RATE: '4' });
    const token = await newMember(server, NAME);
    const change = { current_password: PASSWORD, new_password: PASSWORD };
    const limited: readonly Asked[] = [
      { ...REGISTER, body: { ...NEW, password: 'short' } },
      { ...LOGIN, body: { username: NAME, password: PASSWORD } },
      { path: '/account/password', token, body: change },
      { method: 'DELETE', path: '/account', token, body: { password: 'not it' } },
    ];
    for (const asked of limited)
      expect((await ask(server, asked)).body.code).not.toBe('request.rate_limited');
    for (const asked of limited)
      expect((await ask(server, asked)).body).toMatchObject({ status: 429, code: 'request.rate_limited' });
    expect((await ask(server, { method: 'GET', path: '/account', token })).status).toBe(200);
  });

  test.each([
    ['GATHERD_WRONG_PASSWORDS', '1', 'account.throttled'],
    ['GATHERD_LOGIN_RATE', '1', 'account.rate_limited'],
  ])('guesses by %s=%s, of whoever is there and whoever is not', async (setting, value, code) => {
    await using server = await InProcessGatherd.start({ [setting]: value });
    await server.services.registrations.create(
      { endpoint: 'local', door: 'operator' },
      { username: NAME, password: PASSWORD },
    );
    for (const username of [NAME, 'nobody']) {
      const codes: unknown[] = [];
      for (let count = 0; count < 3; count += 1)
        codes.push((await ask(server, { ...LOGIN, body: { username, password: 'not it' } })).body.code);
      expect(codes).toContain(code);
    }
  });

  test('sessions of a user', async () => {
    await using server = await InProcessGatherd.start({ GATHERD_MAX_SESSIONS_PER_USER: '1' });
    await newMember(server, NAME);
    const { body } = await ask(server, { ...LOGIN, body: { username: NAME, password: PASSWORD } });
    expect(body).toMatchObject({ status: 429, code: 'session.too_many' });
  });
});

describe('who may make an account', () => {
  test('with GATHERD_ENROLLMENT=invite is who has a code, once, by whatever door', async () => {
    await using server = await InProcessGatherd.start({ GATHERD_ENROLLMENT: 'invite' });
    const token = await newMember(server, 'root', { role: 'admin' });
    const made = await ask(server, { path: '/invites', token, body: {} });
    const { code: invite } = made.body as { code: string };
    const identify = { message_type: 'IDENTIFY', username: 'ming' };
    const rows: readonly (readonly [Asked, string])[] = [
      [{ ...REGISTER, body: NEW }, 'New users need an invite'],
      [{ ...REGISTER, body: { ...NEW, invite: 'x' } }, 'unknown, used or expired'],
      [{ path: '//identify', body: identify }, 'New users need an invite'],
      [{ path: '//identify', body: { ...identify, invite: 'x' } }, 'unknown, used or expired'],
    ];
    for (const [asked, text] of rows) {
      const { status, body } = await ask(server, asked);
      expect([status, body.detail ?? body.status_message]).toEqual([403, expect.stringContaining(text)]);
    }
    expect((await ask(server, { path: '//identify', body: { ...identify, invite } })).status).toBe(201);
    expect((await ask(server, { ...REGISTER, body: { ...NEW, invite } })).body.code).toBe(
      'account.invite_invalid',
    );
  });

  test('with GATHERD_ENROLLMENT=closed is an administrator', async () => {
    await using server = await InProcessGatherd.start({ GATHERD_ENROLLMENT: 'closed' });
    const token = await newMember(server, 'root', { role: 'admin' });
    expect((await ask(server, { ...REGISTER, body: NEW })).body.code).toBe('account.enrollment_closed');
    expect((await ask(server, { path: '/users', token, body: NEW })).status).toBe(201);
  });
});

test('the policy of passwords holds at AUTHENTICATE too where it is to hold everywhere', async () => {
  await using server = await InProcessGatherd.start({ GATHERD_PASSWORD_POLICY: 'all' });
  await ask(server, { path: '//identify', body: { message_type: 'IDENTIFY', username: NAME } });
  for (const [password, text] of [
    ['pass', 'Password must be at least 6 characters long'],
    ['password123', 'The password is among the most common ones: choose another'],
  ]) {
    const body = { message_type: 'AUTHENTICATE', username: NAME, password };
    const refused = await ask(server, { path: '//authenticate', body });
    expect(refused.body).toMatchObject({ status_code: 400, status_message: text, token: '' });
  }
});
