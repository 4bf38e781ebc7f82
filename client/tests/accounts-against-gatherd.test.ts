import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ServedGatherd } from '../../server/tests/support/gatherd-program.js';
import { GatherCli } from './support/gather-cli.js';
import { InProcessGather } from './support/run-gather.js';

const ADMIN = { GATHER_USER: 'admin', GATHER_PASSWORD: 'owls-are-not-what' } as const;
const DALE = { GATHER_USER: 'dale', GATHER_PASSWORD: 'damn-fine-coffee' } as const;

let gatherd: ServedGatherd;
let gather: InProcessGather;

beforeAll(async () => {
  gatherd = await ServedGatherd.start({
    env: { GATHERD_ADMIN_PASSWORD: ADMIN.GATHER_PASSWORD, GATHERD_CREDENTIALS: '127.0.0.1:0' },
  });
  gather = await InProcessGather.create({ GATHER_SERVER: gatherd.url });
  const dale = await gather.json(['register', '--email', 'Dale@Example.org', '--full-name', 'Dale Cooper'], {
    env: DALE,
  });
  expect(dale).toMatchObject({ ok: true, account: { username: 'dale', role: 'user' } });
  expect(await gather.json(['login'], { env: ADMIN })).toMatchObject({ ok: true, user: 'admin' });
});

afterAll(async () => {
  await gather[Symbol.asyncDispose]();
  await gatherd[Symbol.asyncDispose]();
});

const as = (user: string, more: Readonly<Record<string, string>> = {}) => ({
  env: { GATHER_USER: user, ...more },
});

async function fileOf(name: string, text: string): Promise<string> {
  const path = join(gather.directory, name);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

describe('a user', () => {
  test('logs in by e-mail address, is known, sends, and logs out', async () => {
    await using cli = await GatherCli.create({ GATHER_SERVER: gatherd.url });
    const env = { GATHER_PASSWORD: DALE.GATHER_PASSWORD };
    expect(await cli.json(['login', 'dale@example.ORG'], { env })).toMatchObject({ ok: true, user: 'dale' });
    expect(await cli.here.json(['whoami'])).toMatchObject({
      account: { email: 'Dale@Example.org', permissions: ['messages:write', 'chat'] },
    });
    expect((await cli.run(['send', 'Hail Dale!'])).exitCode).toBe(0);
    expect((await cli.here.run(['pipe'], { input: 'one\ntwo\n' })).exitCode).toBe(0);
    expect((await cli.here.run(['query', '-n', '1'])).stdout).toContain('dale two');
    expect((await cli.here.json(['sessions']))['sessions']).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'login', is_current: true },
        client: expect.stringMatching(/^gather\//) as unknown,
      }),
    );
    expect((await cli.here.run(['users', 'show', 'admin'])).exitCode).toBe(77);
    expect(await cli.here.json(['logout'])).toMatchObject({ ended: true });
    expect((await cli.here.run(['whoami'])).exitCode).toBe(77);
  });

  test('changes profile and password; the old one and other sessions are good no more', async () => {
    const env = { ...DALE, GATHER_USER: 'audrey' };
    expect((await gather.run(['register'], { env })).exitCode).toBe(0);
    await using elsewhere = await InProcessGather.create({ GATHER_SERVER: gatherd.url });
    for (const one of [gather, elsewhere]) expect((await one.run(['login'], { env })).exitCode).toBe(0);
    const set = await gather.json(
      ['profile', 'set', 'full-name=Audrey Horne', 'metadata={"a":1}'],
      as('audrey'),
    );
    expect(set).toMatchObject({ account: { full_name: 'Audrey Horne', metadata: { a: 1 } } });
    const old = await fileOf('old', `${DALE.GATHER_PASSWORD}\n`);
    const next = await fileOf('next', 'cherry-pie-again\n');
    const passwd = ['passwd', '--password-file', old, '--new-password-file', next];
    expect(await gather.json(passwd, as('audrey'))).toMatchObject({ ok: true });
    expect((await elsewhere.run(['whoami'], as('audrey'))).exitCode).toBe(77);
    expect((await gather.run(['whoami'], as('audrey'))).exitCode).toBe(0);
    expect((await gather.run(['login'], { env })).exitCode).toBe(77);
    const renamed = await gather.json(['profile', 'set', 'username=horne'], as('audrey'));
    expect(renamed).toMatchObject({ ok: true, user: 'horne' });
    const remove = ['profile', 'delete-account', '--yes', '--password-file', next];
    expect(await gather.json(remove, as('horne'))).toMatchObject({ ok: true, deleted: true });
    expect((await gather.run(['login', '--password-file', next], as('horne'))).exitCode).toBe(77);
  });

  test('makes an API token for a device, which may do just that until it is revoked', async () => {
    expect((await gather.run(['login'], { env: DALE })).exitCode).toBe(0);
    const path = join(gather.directory, 'device');
    const create = [
      'tokens',
      'create',
      'sensor',
      '-p',
      'messages:write',
      '--expires-in',
      '1h',
      '--secret-file',
      path,
    ];
    const { token } = (await gather.json(create, as('dale'))) as { token: { id: string } };
    const device = as('dale', { GATHER_TOKEN_FILE: path });
    expect(await readFile(path, 'utf8')).toMatch(/^gdt_/);
    expect((await gather.run(['send', 'from the device'], device)).exitCode).toBe(0);
    expect((await gather.run(['pipe'], { ...device, input: 'and more\n' })).exitCode).toBe(0);
    expect(await gather.json(['permissions'], device)).toMatchObject({ mine: ['messages:write'] });
    expect((await gather.run(['tokens'], device)).exitCode).toBe(77);
    expect((await gather.run(['tokens'], as('dale'))).stdout).toContain('sensor');
    expect((await gather.run(['tokens', 'revoke', token.id, '-y'], as('dale'))).exitCode).toBe(0);
    expect((await gather.run(['send', 'too late'], device)).exitCode).toBe(77);
  });
});

describe('an administrator', () => {
  const admin = as('admin');

  test('makes an account with a password for one login, which has to be changed', async () => {
    const once = join(gather.directory, 'once');
    const create = ['users', 'create', 'leo', '--email', 'leo@example.org', '--secret-file', once];
    expect(await gather.json(create, admin)).toMatchObject({ account: { must_change_password: true } });
    expect(await gather.json(['login', '--password-file', once], as('leo'))).toMatchObject({
      mustChangePassword: true,
    });
    expect((await gather.run(['send', 'x'], as('leo'))).exitCode).toBe(77);
    const next = await fileOf('leo', 'new-shoes-for-leo\n');
    const passwd = ['passwd', '--password-file', once, '--new-password-file', next];
    expect((await gather.run(passwd, as('leo'))).exitCode).toBe(0);
    expect((await gather.run(['send', 'x'], as('leo'))).exitCode).toBe(0);
  });

  test('changes role, permissions and status, ends sessions and deletes', async () => {
    const env = { ...DALE, GATHER_USER: 'bobby' };
    expect((await gather.run(['register'], { env })).exitCode).toBe(0);
    expect((await gather.run(['login'], { env })).exitCode).toBe(0);
    expect(await gather.json(['users', 'set-role', 'bobby', 'moderator'], admin)).toMatchObject({
      account: { role: 'moderator' },
    });
    expect((await gather.run(['users', 'set-permissions', 'bobby', 'chat'], admin)).exitCode).toBe(0);
    expect((await gather.run(['send', 'x'], as('bobby'))).exitCode).toBe(77);
    expect((await gather.run(['users', 'set-permissions', 'bobby', '--of-role'], admin)).exitCode).toBe(0);
    expect((await gather.run(['send', 'x'], as('bobby'))).exitCode).toBe(0);
    expect((await gather.run(['users', 'suspend', 'bobby'], admin)).exitCode).toBe(0);
    expect((await gather.run(['send', 'x'], as('bobby'))).exitCode).toBe(77);
    expect((await gather.run(['users', 'activate', 'bobby'], admin)).exitCode).toBe(0);
    expect((await gather.run(['login'], { env })).exitCode).toBe(0);
    expect(await gather.json(['users', 'show', 'bobby'], admin)).toMatchObject({
      sessions: [{ kind: 'login' }],
    });
    expect(await gather.json(['users', 'end-sessions', 'bobby', '-y'], admin)).toMatchObject({ ended: 1 });
    expect((await gather.run(['users', 'list', '--role', 'moderator'], admin)).stdout).toContain('bobby\t');
    expect((await gather.run(['users', 'delete', 'bobby', '-y'], admin)).exitCode).toBe(0);
    expect((await gather.run(['users', 'show', 'bobby'], admin)).stderr).toContain('There is no user bobby');
    const last = await gather.json(['users', 'set-role', 'admin', 'user'], admin);
    expect(last).toMatchObject({ ok: false, exitCode: 1, error: { status: 409 } });
  });

  test('invites, and reads in the audit log what was done, which is whole', async () => {
    const { invite } = (await gather.json(
      ['invite', '--note', 'for Norma', '--secret-file', join(gather.directory, 'code')],
      admin,
    )) as { invite: { id: string } };
    expect((await gather.run(['invite', 'list'], admin)).stdout).toContain('for Norma');
    expect((await gather.run(['invite', 'revoke', invite.id, '--yes'], admin)).exitCode).toBe(0);
    const { stdout } = await gather.run(['audit', '--action', 'invite.revoked'], admin);
    expect(stdout.split('\n')[1]).toContain('\tinvite.revoked\tdone\tadmin\t');
    const { entries } = (await gather.json(['audit', '--action', 'invite.created'], admin)) as {
      entries: { at: string }[];
    };
    const since = String(entries[0]?.at);
    const later = await gather.run(['audit', '--door', 'http', '--since', since, '--about', 'admin'], admin);
    expect(later.stdout).toContain('\tinvite.revoked\t');
    expect(later.stdout).not.toContain('\tinvite.created\t');
    expect((await gather.run(['audit', '--until', since, '--door', 'zmq'], admin)).stdout).toContain(
      'There are no such lines',
    );
    expect(
      (await gather.run(['audit'], as('dale', { GATHER_PASSWORD: DALE.GATHER_PASSWORD }))).exitCode,
    ).toBe(77);
    expect(await gather.json(['audit', '--verify'], admin)).toMatchObject({ ok: true, isWhole: true });
  });
});

test('the credentials menu speaks to the credentials gateway', async () => {
  const [, address = ''] = /Gateway credentials listens on (\S+)/.exec(gatherd.output) ?? [];
  const input = [
    '2',
    'guest',
    'pw',
    '1',
    'guest',
    'pw',
    '3',
    'guest',
    'other',
    '1',
    'guest',
    'pw',
    '4',
    'guest',
    '5',
  ];
  const { exitCode, stdout } = await gather.run(['credentials', address], { input: `${input.join('\n')}\n` });
  expect(exitCode).toBe(0);
  const replies = stdout.split('\n').filter((line) => /successful|Invalid|Error/.test(line));
  expect(replies).toEqual([
    'User successfully added!',
    'Login successful',
    'User successfully updated!',
    'Invalid login',
    'User successfully deleted!',
  ]);
});
