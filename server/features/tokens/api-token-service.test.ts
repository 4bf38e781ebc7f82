import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { codeOf } from '../../tests/support/code-of.js';
import { HERE, PASSWORD, ServicesRig } from '../../tests/support/services-rig.js';
import type { Caller } from '../sessions/session-service.js';

let rig: ServicesRig;
let dale: Caller;

beforeAll(async () => {
  rig = await ServicesRig.open();
});

beforeEach(async () => {
  await rig.removeEverybody();
  dale = await rig.member('dale');
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

const create = (name: string, more: object = {}, caller = dale) =>
  rig.services.apiTokens.create(caller, { name, permissions: ['messages:write'], ...more });
const callerOf = (token: string): Caller => ({
  ...dale,
  session: rig.services.sessions.authorize(token, HERE),
});

describe('an API token', () => {
  test('is shown once, and listed without itself, with its last use', async () => {
    const { token, ...view } = await create('cron', { expires_in: 3600 });
    const now = rig.clock.now();
    expect(view).toEqual({
      ...{ id: view.id, name: 'cron', permissions: ['messages:write'] },
      ...{ created_at: now.toISOString(), expires_at: new Date(now.getTime() + 3_600_000).toISOString() },
      ...{ last_used_at: null, last_endpoint: null },
    });
    expect(await rig.services.apiTokens.list(dale)).toEqual([view]);
    rig.services.sessions.authorize(token, '203.0.113.9');
    const used = { ...view, last_used_at: now.toISOString(), last_endpoint: '203.0.113.9' };
    expect(await rig.services.apiTokens.list(dale)).toEqual([used]);
    await rig.reopen();
    dale = await rig.login('dale');
    expect(await rig.services.apiTokens.list(dale)).toEqual([used]);
    const lines = JSON.stringify((await rig.services.audit.page({ limit: 1000 })).entries);
    expect(lines).toContain('token.created');
    expect(lines).not.toContain(token);
  });

  test('may no more than its maker, then and now', async () => {
    const wanted = { permissions: ['messages:write', 'audit:read'] };
    expect(await codeOf(create('cron', wanted))).toBe('permission.missing');
    const root = await rig.member('root', { role: 'admin' });
    const { token } = await create('eyes', wanted, root);
    const { access, userAdmin } = rig.services;
    expect(access.may(callerOf(token), 'audit:read')).toBe(true);
    expect(access.may(callerOf(token), 'users:manage')).toBe(false);
    const other = await rig.member('other', { role: 'admin' });
    await userAdmin.change(other, 'root', { role: 'user' });
    expect(access.may(callerOf(token), 'audit:read')).toBe(false);
    expect(access.may(callerOf(token), 'messages:write')).toBe(true);
  });

  test('is refused while its user is suspended, and good again afterwards', async () => {
    const { token } = await create('cron');
    const { userAdmin } = rig.services;
    const root = await rig.member('root', { role: 'admin' });
    await userAdmin.change(root, 'dale', { status: 'suspended' });
    expect(() => callerOf(token)).toThrow('Invalid or expired session');
    await userAdmin.change(root, 'dale', { status: 'active' });
    expect(callerOf(token).session.kind).toBe('api');
  });

  test('is gone with its user', async () => {
    const { token } = await create('cron');
    await rig.services.ownAccounts.remove(dale, PASSWORD);
    expect(() => callerOf(token)).toThrow('Invalid or expired session');
    await rig.reopen();
    expect(() => callerOf(token)).toThrow('Invalid or expired session');
  });

  test('has a name of its own among those of its user', async () => {
    await create('cron');
    expect(await codeOf(create('cron'))).toBe('token.name_taken');
    expect(await codeOf(create('cron', {}, await rig.member('laura')))).toBeUndefined();
  });

  test('is one of a hundred at the most, however many are made at once', async () => {
    const codes = await Promise.all(
      Array.from({ length: 103 }, (_, index) => codeOf(create(`device ${String(index)}`))),
    );
    expect(codes.filter((code) => code === undefined)).toHaveLength(100);
    expect(codes.filter((code) => code === 'token.too_many')).toHaveLength(3);
  });

  test('is revoked at once, by its user only, and can be made anew', async () => {
    const { token, id } = await create('cron');
    const { apiTokens } = rig.services;
    const laura = await rig.member('laura');
    expect(await codeOf(apiTokens.revoke(laura, id))).toBe('token.unknown');
    expect(callerOf(token).session.id).toBe(id);
    await apiTokens.revoke(dale, id);
    expect(() => callerOf(token)).toThrow('Invalid or expired session');
    expect(await codeOf(apiTokens.revoke(dale, id))).toBe('token.unknown');
    expect(await apiTokens.list(dale)).toEqual([]);
    await create('cron');
    const { entries } = await rig.services.audit.page({ limit: 1000, action: 'token.revoked' });
    expect(entries).toMatchObject([{ actor: 'dale', details: { token: id } }]);
  });

  test('makes, lists and revokes none', async () => {
    const { token, id } = await create('cron');
    const { apiTokens } = rig.services;
    const device = callerOf(token);
    for (const work of [create('two', {}, device), apiTokens.list(device), apiTokens.revoke(device, id)])
      expect(await codeOf(work)).toBe('session.needed');
  });

  test('is not made under a password that has to be changed', async () => {
    const root = await rig.member('root', { role: 'admin' });
    const { userAdmin } = rig.services;
    const { one_time_password: once } = await userAdmin.resetPassword(root, 'dale');
    dale = await rig.login('dale', once);
    expect(await codeOf(create('cron'))).toBe('account.password_change_needed');
  });
});

describe('administrators', () => {
  const revoked = async () =>
    (await rig.services.audit.page({ limit: 1000, action: 'token.revoked' })).entries[0];

  test('see the tokens of others, and revoke one, which the audit log tells', async () => {
    const root = await rig.member('root', { role: 'admin' });
    const { apiTokens } = rig.services;
    const { token, ...view } = await create('cron');
    const other = await create('other');
    expect(await apiTokens.listOf(root, 'DALE')).toMatchObject([view, { id: other.id }]);
    const laura = await create('hers', {}, await rig.member('laura'));
    expect(await codeOf(apiTokens.revokeOf(root, 'dale', laura.id))).toBe('token.unknown');
    await apiTokens.revokeOf(root, 'dale', view.id);
    expect(() => callerOf(token)).toThrow('Invalid or expired session');
    expect(await apiTokens.listOf(root, 'dale')).toMatchObject([{ id: other.id }]);
    expect(await revoked()).toMatchObject({ actor: 'root', subject: 'dale', details: { token: view.id } });
  });

  test('revoke all of a user, a suspended one too, which stay revoked', async () => {
    const root = await rig.member('root', { role: 'admin' });
    const { apiTokens, userAdmin } = rig.services;
    const made = [await create('cron'), await create('other')];
    const laura = await create('hers', {}, await rig.member('laura'));
    await userAdmin.change(root, 'dale', { status: 'suspended' });
    expect(await apiTokens.listOf(root, 'dale')).toHaveLength(2);
    expect(await apiTokens.revokeAllOf(root, 'dale')).toBe(2);
    expect(await revoked()).toMatchObject({ actor: 'root', subject: 'dale', details: { revoked: 2 } });
    expect(await apiTokens.revokeAllOf(root, 'dale')).toBe(0);
    await userAdmin.change(root, 'dale', { status: 'active' });
    await rig.reopen();
    for (const { token } of made) expect(() => callerOf(token)).toThrow('Invalid or expired session');
    expect(callerOf(laura.token).session.kind).toBe('api');
  });

  test('alone may, and only for users that are there', async () => {
    const { apiTokens } = rig.services;
    const root = await rig.member('root', { role: 'admin' });
    for (const [caller, name, code] of [
      [dale, 'root', 'permission.missing'],
      [root, 'nobody', 'account.unknown'],
    ] as const) {
      expect(await codeOf(apiTokens.listOf(caller, name))).toBe(code);
      expect(await codeOf(apiTokens.revokeOf(caller, name, 'any'))).toBe(code);
      expect(await codeOf(apiTokens.revokeAllOf(caller, name))).toBe(code);
    }
  });

  test('leave none over that is being made', async () => {
    const { apiTokens, sessions } = rig.services;
    const { userId } = dale.session;
    const before = ['a', 'b', 'c'].map((name) => codeOf(create(name)));
    expect(await before[0]).toBeUndefined();
    const ended = [sessions.endAll(userId), apiTokens.revokeAll(userId)];
    const behind = codeOf(create('behind'));
    const [sessionCount, tokenCount] = await Promise.all(ended);
    const made = (await Promise.all(before)).filter((code) => code === undefined);
    expect([sessionCount, tokenCount]).toEqual([1, made.length]);
    expect(await behind).toBe('session.invalid');
    expect(sessions.apiTokensOf(userId)).toEqual([]);
  });
});
