import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accountOf, loginOf, sessionOf } from '../../../tests/support/account-answers.js';
import { InProcessGather } from '../../../tests/support/run-gather.js';
import { refusal, type Script, startScriptedServer } from '../../../tests/support/scripted-server.js';

const ACCOUNT = accountOf();
const TIME = '2026-11-21T02:44:57.123Z';
const done = { status: 204 };
const expired = refusal(401, 'session.invalid', 'Invalid or expired session');

let gather: InProcessGather;

beforeEach(async () => {
  gather = await InProcessGather.create({ GATHER_USER: 'dale' });
});

afterEach(async () => {
  await gather[Symbol.asyncDispose]();
});

const LOGIN: Script = { 'POST /v1/sessions': () => ({ status: 201, body: loginOf(ACCOUNT) }) };

describe('login', () => {
  test('remembers the session under the name that the server knows, and later commands use it', async () => {
    await using server = await startScriptedServer({
      ...LOGIN,
      'GET /v1/account': () => ({ status: 200, body: ACCOUNT }),
      'POST /message': () => ({
        status: 201,
        body: { status_code: 201, status_message: 'stored', status_description: 'Created' },
      }),
    });
    const env = { GATHER_SERVER: server.url, GATHER_USER: '' };
    const { exitCode, stdout } = await gather.run(['login', 'Dale@Example.org'], { env, answers: ['pass'] });
    expect([exitCode, stdout]).toEqual([0, `Logged in as dale until ${TIME}\n`]);
    const nothing = { env: { GATHER_USER: '' } };
    expect(await gather.json(['whoami'], nothing)).toMatchObject({
      ok: true,
      command: 'whoami',
      user: 'dale',
      account: { username: 'dale', role: 'user' },
    });
    expect((await gather.run(['send', 'x'], nothing)).exitCode).toBe(0);
    expect(server.seen.map(({ route, token }) => [route, token])).toEqual([
      ['POST /v1/sessions', undefined],
      ['GET /v1/account', 'gds_new'],
      ['POST /message', undefined],
    ]);
    expect(server.seen[2]?.body).toMatchObject({ token: 'gds_new' });
  });

  test('with a password for one login says what is next, and its token is good for that', async () => {
    const user = accountOf({ must_change_password: true });
    await using server = await startScriptedServer({
      'POST /v1/sessions': () => ({ status: 201, body: loginOf(user) }),
      'POST /v1/account/password': () => done,
    });
    const env = { GATHER_SERVER: server.url };
    const login = await gather.run(['login'], { env, answers: ['once'] });
    expect(login.stdout).toContain('gather passwd');
    const { exitCode } = await gather.run(['passwd'], { env, answers: ['once', 'better', 'better'] });
    expect(exitCode).toBe(0);
    expect(server.seen[1]).toMatchObject({
      token: 'gds_new',
      body: { current_password: 'once', new_password: 'better' },
    });
  });

  test('says neither password nor token, whatever it is asked for', async () => {
    await using server = await startScriptedServer(LOGIN);
    const env = { GATHER_SERVER: server.url, GATHER_PASSWORD: 'hush-hush' };
    for (const args of [['login'], ['login', '--json']]) {
      const { stdout, stderr } = await gather.run(args, { env });
      expect(stdout + stderr).not.toMatch(/hush-hush|gds_new/);
    }
  });

  test('that the server refuses ends with 77', async () => {
    await using server = await startScriptedServer({
      'POST /v1/sessions': () =>
        refusal(401, 'account.wrong_credentials', 'Invalid username/email or password'),
    });
    const env = { GATHER_SERVER: server.url };
    const { exitCode, stderr } = await gather.run(['login'], { env, answers: ['wrong'] });
    expect([exitCode, stderr]).toEqual([77, expect.stringContaining('Invalid username/email or password')]);
  });

  test.each([[['login']], [['register']], [['passwd']]])(
    'without a terminal and a password is a wrong command line: %j',
    async (args) => {
      expect((await gather.run(args)).exitCode).toBe(2);
    },
  );

  test('is made again by itself where its session has ended and a password is at hand', async () => {
    await using server = await startScriptedServer({
      ...LOGIN,
      'GET /v1/messages': ({ token }) =>
        token === 'gds_new' ? { status: 200, body: { messages: [], next: null } } : expired,
      'GET /v1/account': ({ token }) => (token === 'gds_new' ? { status: 200, body: ACCOUNT } : expired),
    });
    for (const command of ['query', 'whoami']) {
      const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 'gds_old' };
      expect((await gather.run([command], { env })).exitCode).toBe(77);
      expect((await gather.run([command], { env: { ...env, GATHER_PASSWORD: 'p' } })).exitCode).toBe(0);
    }
    const logins = server.seen.filter(({ route }) => !route.startsWith('GET')).map(({ route }) => route);
    expect(logins).toEqual(['POST /v1/sessions', 'POST /v1/sessions']);
  });
});

describe('register', () => {
  test('asks twice for the password, and sends the profile that the options give', async () => {
    await using server = await startScriptedServer({
      'POST /v1/account': () => ({ status: 201, body: ACCOUNT }),
    });
    const env = { GATHER_SERVER: server.url };
    const args = [
      'register',
      '--email',
      'dale@example.org',
      '--full-name',
      'Dale Cooper',
      '--invite',
      'code',
    ];
    const { exitCode } = await gather.run([...args, '--date-of-birth', '1954'], {
      env,
      answers: ['pass', 'pass'],
    });
    expect(exitCode).toBe(0);
    expect(server.seen[0]?.body).toEqual({
      username: 'dale',
      password: 'pass',
      invite: 'code',
      email: 'dale@example.org',
      full_name: 'Dale Cooper',
      date_of_birth: '1954',
    });
  });

  test('with two passwords that differ makes nothing', async () => {
    await using server = await startScriptedServer({});
    const env = { GATHER_SERVER: server.url };
    expect((await gather.run(['register'], { env, answers: ['pass', 'psas'] })).exitCode).toBe(1);
    expect(server.seen).toEqual([]);
  });
});

describe('logout', () => {
  const logIn = async (url: string): Promise<Record<string, string>> => {
    const env = { GATHER_SERVER: url };
    await gather.run(['login'], { env: { ...env, GATHER_PASSWORD: 'p' } });
    return env;
  };

  test('ends a login session and forgets it; with --all the others, too', async () => {
    await using server = await startScriptedServer({
      ...LOGIN,
      'DELETE /v1/sessions': () => ({ status: 200, body: { ended: 3 } }),
      'DELETE /v1/sessions/current': () => done,
    });
    const env = await logIn(server.url);
    expect(await gather.json(['logout', '--all'], { env })).toMatchObject({ ended: true, others: 3 });
    expect(server.seen.slice(1).map(({ route, token }) => [route, token])).toEqual([
      ['DELETE /v1/sessions', 'gds_new'],
      ['DELETE /v1/sessions/current', 'gds_new'],
    ]);
    expect(await gather.json(['logout'], { env })).toMatchObject({ ok: true, ended: false });
  });

  test('forgets a session that has ended already', async () => {
    await using server = await startScriptedServer({
      ...LOGIN,
      'DELETE /v1/sessions/current': () => expired,
    });
    const env = await logIn(server.url);
    expect(await gather.json(['logout'], { env })).toMatchObject({ ok: true, ended: false, status: 401 });
    expect((await gather.run(['whoami'], { env })).exitCode).toBe(77);
  });

  test('of an API token says how that ends', async () => {
    const { exitCode, stderr } = await gather.run(['logout'], { env: { GATHER_TOKEN: 'gdt_x' } });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('gather tokens revoke')]);
  });
});

describe('sessions', () => {
  const script: Script = {
    'GET /v1/sessions': () => ({
      status: 200,
      body: {
        sessions: [sessionOf(), sessionOf({ id: 's2', is_current: false, client: 'evil\u001b[2J\u202e\tx' })],
      },
    }),
    'DELETE /v1/sessions': () => ({ status: 200, body: { ended: 1 } }),
    'DELETE /v1/sessions/s2': () => done,
  };

  test('are columns with tabs between them where nobody looks, and nothing that a terminal obeys', async () => {
    await using server = await startScriptedServer(script);
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    const { stdout } = await gather.run(['sessions'], { env });
    const rows = stdout.split('\n').slice(0, -1);
    expect(rows.map((row) => row.split('\t').length)).toEqual([7, 7, 7]);
    expect(rows[2]).toContain('evil\\u001b[2J\\u202e\\u0009x');
  });

  test('are a table on a terminal, with colours only where they are wanted', async () => {
    await using server = await startScriptedServer(script);
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    const drawn = await gather.run(['sessions', 'list'], { env, answers: [] });
    const plain = await gather.run(['sessions', 'list'], { env: { ...env, NO_COLOR: '1' }, answers: [] });
    expect(drawn.stdout).toContain('\u001b[1mID');
    expect(plain.stdout).toContain('│ s2');
    expect(plain.stdout).not.toContain('\u001b');
  });

  test('are ended only by who agrees', async () => {
    await using server = await startScriptedServer(script);
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    const end = ['sessions', 'end', 's2'];
    expect((await gather.run(end, { env })).exitCode).toBe(2);
    expect((await gather.run(end, { env, answers: [''] })).exitCode).toBe(1);
    expect((await gather.run(['sessions', 'end-others'], { env, answers: ['n'] })).exitCode).toBe(1);
    expect(server.seen).toEqual([]);
    expect((await gather.run(end, { env, answers: ['y'] })).exitCode).toBe(0);
    expect((await gather.run([...end, '--yes'], { env })).exitCode).toBe(0);
    expect(await gather.json(['sessions', 'end-others', '-y'], { env })).toMatchObject({
      command: 'sessions end-others',
      ended: 1,
    });
  });
});

describe('passwd', () => {
  test('takes both passwords from files', async () => {
    await using server = await startScriptedServer({ 'POST /v1/account/password': () => done });
    const [old, next] = [join(gather.directory, 'old'), join(gather.directory, 'next')];
    await writeFile(old, 'one\n', { mode: 0o600 });
    await writeFile(next, ' two \n', { mode: 0o600 });
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    const args = ['passwd', '--password-file', old, '--new-password-file', next];
    expect(await gather.run(args, { env })).toMatchObject({ exitCode: 0, stderr: '' });
    expect(server.seen[0]?.body).toEqual({ current_password: 'one', new_password: ' two ' });
    expect(
      (await gather.run(['passwd', '--new-password-file', next], { env, answers: ['one'] })).exitCode,
    ).toBe(0);
    expect(server.seen[1]?.body).toEqual({ current_password: 'one', new_password: ' two ' });
  });

  test('that the server refuses for a wrong current password changes nothing, and does not log in again', async () => {
    await using server = await startScriptedServer({
      'POST /v1/account/password': () =>
        refusal(403, 'account.current_password_wrong', 'Current password is incorrect'),
    });
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't', GATHER_PASSWORD: 'wrong' };
    expect((await gather.run(['passwd'], { env, answers: ['new', 'new'] })).exitCode).toBe(77);
    expect(server.seen).toHaveLength(1);
  });
});

describe('profile', () => {
  test('set changes what is named and keeps the session under the new name', async () => {
    await using server = await startScriptedServer({
      ...LOGIN,
      'PATCH /v1/account': () => ({ status: 200, body: accountOf({ username: 'cooper' }) }),
      'GET /v1/account': ({ token }) => (token === 'gds_new' ? { status: 200, body: ACCOUNT } : expired),
    });
    const env = { GATHER_SERVER: server.url, GATHER_USER: '' };
    await gather.run(['login', 'dale'], { env: { ...env, GATHER_PASSWORD: 'p' } });
    const pairs = ['username=cooper', 'full-name=A=B', 'notes=', 'metadata={"a":1}'];
    expect((await gather.run(['profile', 'set', ...pairs], { env })).exitCode).toBe(0);
    expect(server.seen[1]?.body).toEqual({
      username: 'cooper',
      full_name: 'A=B',
      notes: '',
      metadata: { a: 1 },
    });
    expect(await gather.json(['profile'], { env })).toMatchObject({ ok: true, user: 'cooper' });
    expect((await gather.run(['whoami', '--user', 'dale'], { env })).exitCode).toBe(77);
  });

  test.each(['role=admin', 'city', '=x', 'metadata=[1]', 'metadata={'])('set refuses %j', async (pair) => {
    expect((await gather.run(['profile', 'set', pair], { env: { GATHER_TOKEN: 't' } })).exitCode).toBe(2);
  });

  test('delete-account needs the name typed, and the password', async () => {
    await using server = await startScriptedServer({ 'DELETE /v1/account': () => done });
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    const remove = ['profile', 'delete-account'];
    expect((await gather.run(remove, { env, answers: ['y'] })).exitCode).toBe(1);
    expect((await gather.run([...remove, '--yes'], { env })).exitCode).toBe(2);
    expect(server.seen).toEqual([]);
    expect((await gather.run(remove, { env, answers: ['dale', 'pass'] })).exitCode).toBe(0);
    expect(server.seen.map(({ body }) => body)).toEqual([{ password: 'pass' }]);
  });
});

describe('tokens', () => {
  const made = {
    id: 't1',
    name: 'ci',
    permissions: ['messages:write'],
    created_at: TIME,
    expires_at: null,
    last_used_at: null,
    last_endpoint: null,
    token: 'gdt_secret',
  };
  const script: Script = {
    'POST /v1/tokens': () => ({ status: 201, body: made }),
    'GET /v1/tokens': () => ({ status: 200, body: { tokens: [made] } }),
    'DELETE /v1/tokens/t1': () => done,
  };
  const create = [
    'tokens',
    'create',
    'ci',
    '-p',
    'messages:write',
    '--permission',
    'chat',
    '--expires-in',
    '90d',
  ];

  test('are shown once, alone on standard output', async () => {
    await using server = await startScriptedServer(script);
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    const { stdout, stderr } = await gather.run(create, { env });
    expect([stdout, stderr]).toEqual(['gdt_secret\n', expect.stringContaining('shown this once')]);
    expect(server.seen[0]?.body).toEqual({
      name: 'ci',
      permissions: ['messages:write', 'chat'],
      expires_in: 7_776_000,
    });
    expect((await gather.run(['tokens'], { env })).stdout).not.toContain('gdt_');
  });

  test('stand in no JSON, but in a file that only its owner can read', async () => {
    await using server = await startScriptedServer(script);
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    expect((await gather.run([...create, '--json'], { env })).exitCode).toBe(2);
    expect((await gather.run([...create, '--quiet'], { env })).exitCode).toBe(2);
    expect(server.seen).toEqual([]);
    const path = join(gather.directory, 'token');
    const { stdout, stderr } = await gather.run([...create, '--json', '--secret-file', path], { env });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, secretFile: path, token: { id: 't1' } });
    expect(stdout + stderr).not.toContain('gdt_');
    expect(await readFile(path, 'utf8')).toBe('gdt_secret\n');
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test.each([[['-p', 'everything']], [[]], [['-p', 'chat', '--expires-in', 'soon']]])(
    'are not made with %j',
    async (args) => {
      const { exitCode } = await gather.run(['tokens', 'create', 'ci', ...args], {
        env: { GATHER_TOKEN: 't' },
      });
      expect(exitCode).toBe(2);
    },
  );

  test('are revoked only by who agrees', async () => {
    await using server = await startScriptedServer(script);
    const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 't' };
    expect((await gather.run(['tokens', 'revoke', 't1'], { env })).exitCode).toBe(2);
    expect((await gather.run(['tokens', 'revoke', 't1'], { env, answers: ['yes'] })).exitCode).toBe(0);
    expect(server.seen.map(({ route }) => route)).toEqual(['DELETE /v1/tokens/t1']);
  });
});

test('permissions shows each with the roles that have it', async () => {
  await using server = await startScriptedServer({
    'GET /v1/permissions': () => ({
      status: 200,
      body: {
        permissions: [
          { name: 'chat', description: 'talk' },
          { name: 'users:manage', description: 'rule' },
        ],
        roles: { user: ['chat'], moderator: ['chat'], admin: ['chat', 'users:manage'] },
        mine: ['chat'],
      },
    }),
  });
  const env = { GATHER_SERVER: server.url, GATHER_TOKEN: 'gdt_x' };
  expect((await gather.run(['permissions'], { env })).stdout.split('\n').slice(0, -1)).toEqual([
    'PERMISSION\tTO\tUSER\tMODERATOR\tADMIN\tYOU',
    'chat\ttalk\tyes\tyes\tyes\tyes',
    'users:manage\trule\t\t\tyes\t',
  ]);
});
