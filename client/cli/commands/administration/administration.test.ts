import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ApiTokenView } from '../../../../protocol/sessions.js';
import { accountOf, auditEntryOf, sessionOf } from '../../../tests/support/account-answers.js';
import { InProcessGather } from '../../../tests/support/run-gather.js';
import { refusal, type Script, startScriptedServer } from '../../../tests/support/scripted-server.js';

const TIME = '2026-11-21T02:44:57.123Z';
const done = { status: 204 };
const oneTime = { username: 'audrey', one_time_password: 'once-only', expires_at: TIME };

let gather: InProcessGather;

beforeEach(async () => {
  gather = await InProcessGather.create({ GATHER_USER: 'diane', GATHER_TOKEN: 'gds_x' });
});

afterEach(async () => {
  await gather[Symbol.asyncDispose]();
});

const audrey = accountOf({ username: 'audrey', full_name: '=cmd\u001b]0;x\u0007' });

const cron: ApiTokenView = {
  ...{ id: 'one', name: 'cron', permissions: ['messages:write'], created_at: '2026-11-21T02:44:57.123Z' },
  ...{ expires_at: null, last_used_at: null, last_endpoint: null },
};

const USERS: Script = {
  'POST /v1/users': ({ body }) => ({
    status: 201,
    body: { user: audrey, ...('password' in (body as object) ? {} : { one_time: oneTime }) },
  }),
  'GET /v1/users/audrey': () => ({ status: 200, body: audrey }),
  'GET /v1/users/audrey/sessions': () => ({ status: 200, body: { sessions: [sessionOf()] } }),
  'PATCH /v1/users/audrey': () => ({ status: 200, body: audrey }),
  'POST /v1/users/audrey/password': () => ({ status: 201, body: oneTime }),
  'DELETE /v1/users/audrey/sessions': () => ({ status: 200, body: { ended: 4 } }),
  'GET /v1/users/audrey/tokens': () => ({ status: 200, body: { tokens: [cron] } }),
  'DELETE /v1/users/audrey/tokens': () => ({ status: 200, body: { revoked: 3 } }),
  'DELETE /v1/users/audrey/tokens/one': () => done,
  'DELETE /v1/users/audrey': () => done,
};

describe('users list', () => {
  const pages: Script = {
    'GET /v1/users': ({ query }) => {
      const first = Number(query.get('cursor') ?? '0');
      const count = Math.min(Number(query.get('limit')), 1500 - first);
      const users = Array.from({ length: count }, (_, index) =>
        accountOf({ username: `u${String(first + index)}` }),
      );
      return { status: 200, body: { users, next: first + count < 1500 ? String(first + count) : null } };
    },
  };

  test('takes as many pages as it needs, and says when there is more', async () => {
    await using server = await startScriptedServer(pages);
    const env = { GATHER_SERVER: server.url };
    const { stdout, stderr } = await gather.run(['users', 'list', '--limit', '1200', '--role', 'user'], {
      env,
    });
    expect(stdout.trimEnd().split('\n')).toHaveLength(1201);
    expect(stderr).toContain('There are more');
    expect(server.seen.map(({ query }) => String(query))).toEqual([
      'role=user&limit=1000',
      'role=user&limit=200&cursor=1000',
    ]);
    const all = await gather.json(['users', '--limit', '5000'], { env });
    expect(all).toMatchObject({ ok: true, command: 'users list', hasMore: false });
    expect(all['users']).toHaveLength(1500);
  });

  test('of somebody who may not administer has names and roles', async () => {
    await using server = await startScriptedServer({
      'GET /v1/users': () => ({
        status: 200,
        body: { users: [{ username: 'dale', full_name: 'Dale', role: 'user' }], next: null },
      }),
    });
    const { stdout } = await gather.run(['users'], { env: { GATHER_SERVER: server.url } });
    expect(stdout).toBe('USER\tNAME\tROLE\ndale\tDale\tuser\n');
  });

  test.each([
    ['--limit', '0'],
    ['--role', 'king'],
    ['--status', 'gone'],
  ])('refuses %s %s', async (...args) => {
    expect((await gather.run(['users', 'list', ...args])).exitCode).toBe(2);
  });
});

describe('users', () => {
  test('show has the account and its sessions, and nothing that a terminal obeys', async () => {
    await using server = await startScriptedServer(USERS);
    const env = { GATHER_SERVER: server.url };
    const { stdout } = await gather.run(['users', 'show', 'audrey'], { env });
    expect(stdout).toContain('=cmd\\u001b]0;x\\u0007');
    expect(stdout).toContain('gather/1');
    expect(await gather.json(['users', 'show', 'audrey'], { env })).toMatchObject({
      account: { username: 'audrey' },
      sessions: [{ id: 's1' }],
    });
  });

  test('create shows the password for one login once, and takes one from a file', async () => {
    await using server = await startScriptedServer(USERS);
    const env = { GATHER_SERVER: server.url };
    const create = ['users', 'create', 'audrey', '--role', 'moderator', '-p', 'chat', '--city', 'Twin Peaks'];
    expect((await gather.run(create, { env })).stdout).toBe('once-only\n');
    expect(server.seen[0]?.body).toEqual({
      username: 'audrey',
      city: 'Twin Peaks',
      role: 'moderator',
      permissions: ['chat'],
    });
    const path = join(gather.directory, 'password');
    await writeFile(path, 'secret\n', { mode: 0o600 });
    const made = await gather.json(['users', 'create', 'audrey', '--new-password-file', path], { env });
    expect(made).toMatchObject({ ok: true, account: { username: 'audrey' } });
    expect(server.seen[1]?.body).toEqual({ username: 'audrey', password: 'secret' });
  });

  test.each([
    [['set-role', 'audrey', 'admin'], { role: 'admin' }],
    [['suspend', 'audrey'], { status: 'suspended' }],
    [['activate', 'audrey'], { status: 'active' }],
    [
      ['set-permissions', 'audrey', 'chat,messages:read', 'audit:read'],
      { permissions: ['chat', 'messages:read', 'audit:read'] },
    ],
    [['set-permissions', 'audrey', '--none'], { permissions: [] }],
    [['set-permissions', 'audrey', '--of-role'], { permissions: null }],
  ])('%j changes just that', async (args, body) => {
    await using server = await startScriptedServer(USERS);
    expect((await gather.run(['users', ...args], { env: { GATHER_SERVER: server.url } })).exitCode).toBe(0);
    expect(server.seen.map((one) => one.body)).toEqual([body]);
  });

  test.each([
    [['set-role', 'audrey', 'king']],
    [['set-permissions', 'audrey']],
    [['set-permissions', 'audrey', 'chat', '--none']],
    [['set-permissions', 'audrey', 'fly']],
    [['reset-password', 'audrey', '--json', '--yes']],
    [['frobnicate', 'audrey']],
  ])('%j is a wrong command line', async (args) => {
    expect((await gather.run(['users', ...args])).exitCode).toBe(2);
  });

  test('what cannot be undone needs somebody who agrees', async () => {
    await using server = await startScriptedServer(USERS);
    const env = { GATHER_SERVER: server.url };
    for (const command of ['reset-password', 'end-sessions', 'revoke-tokens', 'delete']) {
      expect((await gather.run(['users', command, 'audrey'], { env })).exitCode).toBe(2);
      expect((await gather.run(['users', command, 'audrey'], { env, answers: ['n'] })).exitCode).toBe(1);
    }
    expect((await gather.run(['users', 'delete', 'audrey'], { env, answers: ['y'] })).exitCode).toBe(1);
    expect(server.seen).toEqual([]);
    expect((await gather.run(['users', 'reset-password', 'audrey'], { env, answers: ['y'] })).stdout).toBe(
      'once-only\n',
    );
    expect(await gather.json(['users', 'end-sessions', 'audrey', '-y'], { env })).toMatchObject({ ended: 4 });
    expect((await gather.run(['users', 'delete', 'audrey'], { env, answers: ['audrey'] })).exitCode).toBe(0);
    expect(server.seen.map(({ route }) => route)).toEqual([
      'POST /v1/users/audrey/password',
      'DELETE /v1/users/audrey/sessions',
      'DELETE /v1/users/audrey',
    ]);
  });

  test('shows API tokens, and revokes all or one', async () => {
    await using server = await startScriptedServer(USERS);
    const env = { GATHER_SERVER: server.url };
    expect((await gather.run(['users', 'tokens', 'audrey'], { env })).stdout).toContain('cron');
    expect(await gather.json(['users', 'tokens', 'audrey'], { env })).toMatchObject({
      username: 'audrey',
      tokens: [cron],
    });
    const revoke = ['users', 'revoke-tokens', 'audrey'];
    expect(await gather.json([...revoke, '-y'], { env })).toMatchObject({ username: 'audrey', revoked: 3 });
    expect(await gather.json([...revoke, 'one', '-y'], { env })).toMatchObject({ revoked: 1 });
    expect(server.seen.map(({ route }) => route).slice(2)).toEqual([
      'DELETE /v1/users/audrey/tokens',
      'DELETE /v1/users/audrey/tokens/one',
    ]);
  });

  test('who may not ends with 77', async () => {
    const refuse = () => refusal(403, 'permission.missing', 'The permission users:manage is needed');
    await using server = await startScriptedServer({ 'GET /v1/users/audrey': refuse });
    const env = { GATHER_SERVER: server.url, GATHER_PASSWORD: 'p' };
    expect(await gather.json(['users', 'show', 'audrey'], { env })).toMatchObject({
      ok: false,
      exitCode: 77,
      error: { kind: 'not_permitted', status: 403 },
    });
    expect(server.seen).toHaveLength(1);
  });
});

test('invites are made, shown without their codes, and revoked', async () => {
  const view = {
    id: 'i1',
    note: 'n',
    created_by: 'diane',
    created_at: TIME,
    expires_at: TIME,
    used_at: null,
    used_by: null,
  };
  await using server = await startScriptedServer({
    'POST /v1/invites': () => ({ status: 201, body: { ...view, code: 'owl-cave' } }),
    'GET /v1/invites': () => ({ status: 200, body: { invites: [view] } }),
    'DELETE /v1/invites/i1': () => done,
  });
  const env = { GATHER_SERVER: server.url };
  expect((await gather.run(['invite', '--note', 'n', '--expires-in', '2h'], { env })).stdout).toBe(
    'owl-cave\n',
  );
  expect(server.seen[0]?.body).toEqual({ note: 'n', expires_in: 7200 });
  expect((await gather.run(['invite', 'list'], { env })).stdout).toContain('i1\tn\tdiane');
  expect((await gather.run(['invite', 'revoke', 'i1'], { env })).exitCode).toBe(2);
  expect((await gather.run(['invite', 'revoke', 'i1', '--yes'], { env })).exitCode).toBe(0);
});

describe('audit', () => {
  test('shows lines in pages, what others wrote escaped', async () => {
    await using server = await startScriptedServer({
      'GET /v1/audit': ({ query }) => {
        const before = Number(query.get('before') ?? '2001');
        const count = Math.min(Number(query.get('limit')), before - 1);
        const entries = Array.from({ length: count }, (_, index) =>
          auditEntryOf(before - 1 - index, { actor: 'd\u202e', details: { reason: '\u0007' } }),
        );
        return { status: 200, body: { entries, next: before - count > 1 ? before - count : null } };
      },
    });
    const env = { GATHER_SERVER: server.url };
    const about = ['--action', 'login', '--outcome', 'done', '--about', 'dale', '--door', 'chat'];
    const times = ['--since', '2026-11-21T02:00:00+01:00', '--until', '2026-11-21T02:00:00Z'];
    const { stdout } = await gather.run(['audit', ...about, ...times, '-n', '1500'], { env });
    const rows = stdout.trimEnd().split('\n');
    expect(rows).toHaveLength(1501);
    expect(rows[1]).toContain('d\\u202e');
    expect(stdout).not.toMatch(/[^\P{Cc}\t\n]|\u202e/u);
    const filter =
      'action=login&outcome=done&user=dale&door=chat' +
      '&since=2026-11-21T02%3A00%3A00%2B01%3A00&until=2026-11-21T02%3A00%3A00Z';
    expect(server.seen.map(({ query }) => String(query))).toEqual([
      `${filter}&limit=1000`,
      `${filter}&limit=500&before=1001`,
    ]);
  });

  test.each([
    [true, null, 0],
    [false, 7, 1],
  ])('--verify tells by its exit code: %s', async (isWhole, firstBroken, exitCode) => {
    await using server = await startScriptedServer({
      'GET /v1/audit/verification': () => ({
        status: 200,
        body: { is_whole: isWhole, entries: 9, first_broken: firstBroken },
      }),
    });
    const env = { GATHER_SERVER: server.url };
    expect(await gather.json(['audit', '--verify'], { env })).toMatchObject({
      ok: isWhole,
      exitCode,
      isWhole,
      firstBroken,
    });
  });

  test.each([
    ['--action', 'breathe'],
    ['--outcome', 'maybe'],
    ['--door', 'window'],
    ['--since', '42'],
    ['--until', '2026-11-21T02:00:00'],
    ['--limit', '1e3'],
  ])('refuses %s %s', async (...args) => {
    expect((await gather.run(['audit', ...args])).exitCode).toBe(2);
  });
});
