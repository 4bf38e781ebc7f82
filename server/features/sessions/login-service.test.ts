import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AuditDoor } from '../../../protocol/audit.js';
import { codeOf } from '../../tests/support/code-of.js';
import { HERE, PASSWORD, ServicesRig } from '../../tests/support/services-rig.js';
import type { Caller } from './session-service.js';

const THERE = '198.51.100.2';
const DAY_MS = 86_400_000;
const OTHER_PASSWORD = 'Eichenlaub im November';

let rig: ServicesRig;
/** How many lines the audit log had before the test. */
let linesBefore = 0;

beforeAll(async () => {
  rig = await ServicesRig.open();
});

afterAll(async () => {
  await rig[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await rig.removeEverybody();
  linesBefore = (await rig.auditLines())[0]?.seq ?? 0;
});

const from = (endpoint = HERE, door: AuditDoor = 'http') => ({ endpoint, door, client: 'a test' });
const loginAt =
  ({ services }: Pick<ServicesRig, 'services'>) =>
  (name: string, password = PASSWORD, endpoint = HERE) =>
    services.logins.login(name, password, from(endpoint));
const login: ReturnType<typeof loginAt> = (...args) => loginAt(rig)(...args);

/** Who did or was refused what, the latest last. */
async function audited(action: string): Promise<unknown[]> {
  return (await rig.auditLines())
    .filter((entry) => entry.seq > linesBefore && entry.action === action)
    .map(({ outcome, actor, subject, door, details }) => ({ outcome, actor, subject, door, details }))
    .reverse();
}

const refused = (reason: string, named: { actor: string | null; subject: string | null }) => ({
  ...{ outcome: 'refused', door: 'http', details: { reason } },
  ...named,
});

describe('a login', () => {
  test('by name or e-mail address, in any case, answers a token and the account', async () => {
    await rig.create('Dale', { email: 'dale@example.org' });
    for (const name of ['Dale', 'dALE', 'DALE@example.org']) {
      const { token, expires_at, user } = await login(name);
      expect(user).toMatchObject({ username: 'Dale', last_login: rig.clock.now().toISOString() });
      expect(Date.parse(expires_at)).toBe(Math.ceil((rig.clock.now().getTime() + DAY_MS) / 1000) * 1000);
      const { sessions } = rig.services;
      expect(sessions.authorize(token, HERE)).toMatchObject({ userName: 'Dale', kind: 'login' });
    }
    const done = {
      outcome: 'done',
      actor: 'Dale',
      subject: null,
      door: 'http',
      details: { client: 'a test' },
    };
    expect(await audited('login')).toEqual([done, done, done]);
  });

  test('is refused alike for a wrong password and for nobody', async () => {
    await rig.create('dale', { email: 'dale@example.org' });
    for (const name of ['dale', 'dale@example.org', 'nobody', 'nobody@example.org', '@', 'a b'])
      expect(await codeOf(login(name, 'wrong'))).toBe('account.wrong_credentials');
    const reason = 'account.wrong_credentials';
    expect(await audited('login')).toEqual([
      refused(reason, { actor: 'dale', subject: 'dale' }),
      refused(reason, { actor: null, subject: null }),
    ]);
  });

  test('keeps nothing of what was typed for a name that nobody has: it may be a password', async () => {
    await codeOf(login('MySecretPassword9', 'dale'));
    await codeOf(rig.services.handshakes.authenticate('MySecretPassword9', 'dale', HERE));
    expect(await audited('login')).toMatchObject([{ door: 'http' }, { door: 'gather' }]);
    expect(JSON.stringify(await rig.auditLines())).not.toContain('MySecretPassword9');
  });

  test('says that an account is not active only to who knows the password', async () => {
    const admin = await rig.member('root', { role: 'admin' });
    await rig.create('dale');
    await rig.services.userAdmin.change(admin, 'dale', { status: 'suspended' });
    expect(await codeOf(login('dale', 'wrong'))).toBe('account.wrong_credentials');
    expect(await codeOf(login('dale'))).toBe('account.not_active');
    expect(await audited('login')).toContainEqual(
      refused('account.not_active', { actor: 'dale', subject: 'dale' }),
    );
  });

  test('is slowed down after wrong passwords, for nobody as for somebody, but not where one was right', async () => {
    await using strict = await ServicesRig.open({ GATHERD_WRONG_PASSWORDS: '2' });
    const login = loginAt(strict);
    await strict.create('dale');
    await login('dale', PASSWORD, THERE);
    for (const name of ['dale', 'nobody']) {
      for (let count = 0; count < 2; count += 1)
        expect(await codeOf(login(name, 'wrong'))).toBe('account.wrong_credentials');
      expect(await codeOf(login(name, 'wrong'))).toBe('account.throttled');
    }
    expect(await codeOf(login('dale', PASSWORD, THERE))).toBeUndefined();
  });

  test('proves the place for the handshake', async () => {
    await rig.create('dale');
    await login('dale');
    const { sessions, handshakes, users } = rig.services;
    await handshakes.identify('dale', HERE);
    const dale = await users.findByNameKey('dale');
    if (dale === undefined) throw new Error('there is no dale');
    expect(sessions.handshake(dale, HERE)).toEqual({ isOpen: true, isProven: true });
    expect(await sessions.isProven(dale, THERE)).toBe(false);
  });

  test('with a one-time password is possible once, and the session may nothing but change it', async () => {
    const admin = await rig.member('root', { role: 'admin' });
    await rig.create('dale');
    const { one_time_password: once } = await rig.services.userAdmin.resetPassword(admin, 'dale');
    expect(await rig.services.logins.isRight('dale', 'wrong', from())).toBe(false);
    const check = rig.services.logins.isRight('dale', once, from());
    expect(await codeOf(check)).toBe('account.password_change_needed');
    await rig.services.handshakes.identify('dale', HERE);
    const handshake = rig.services.handshakes.authenticate('dale', once, HERE);
    expect(await codeOf(handshake)).toBe('account.password_change_needed');
    const { token, user } = await login('dale', once);
    expect(user.must_change_password).toBe(true);
    expect(await codeOf(login('dale', once))).toBe('account.wrong_credentials');
    const session = rig.services.sessions.authorize(token, HERE);
    const caller: Caller = { session, endpoint: HERE, door: 'http' };
    expect(rig.services.access.may(caller, 'messages:write')).toBe(false);
    await rig.services.ownAccounts.changePassword(caller, once, OTHER_PASSWORD);
    expect(rig.services.access.may(caller, 'messages:write')).toBe(true);
  });

  test('whose password is changed while it is checked opens no session', async () => {
    const dale = await rig.member('dale');
    const { ownAccounts, sessions } = rig.services;
    const logins = Promise.allSettled(Array.from({ length: 8 }, () => login('dale')));
    await ownAccounts.changePassword(dale, PASSWORD, OTHER_PASSWORD);
    const ended = (await logins).map((each) => (each.status === 'fulfilled' ? each.value.token : undefined));
    for (const token of ended) {
      if (token !== undefined) expect(() => sessions.authorize(token, HERE)).toThrow('Invalid or expired');
    }
    expect(sessions.sessionsOf(dale.session.userId).map(({ id }) => id)).toEqual([dale.session.id]);
  });
});

describe('a check of a password without a session', () => {
  test('answers whether it is right, and opens none', async () => {
    await rig.create('dale');
    const { logins, sessions, users } = rig.services;
    expect(await logins.isRight('dale', PASSWORD, from(HERE, 'credentials'))).toBe(true);
    expect(await logins.isRight('dale', 'wrong', from(HERE, 'credentials'))).toBe(false);
    expect(await logins.isRight('nobody', PASSWORD, from(HERE, 'credentials'))).toBe(false);
    const dale = await users.findByNameKey('dale');
    expect(sessions.sessionsOf(dale?.id ?? '')).toEqual([]);
    expect(await audited('login')).toMatchObject([
      { outcome: 'done', door: 'credentials', actor: 'dale' },
      { outcome: 'refused', door: 'credentials', actor: 'dale' },
      { outcome: 'refused', door: 'credentials', actor: null },
    ]);
  });

  test('refuses an account that is not active', async () => {
    const admin = await rig.member('root', { role: 'admin' });
    await rig.create('dale');
    await rig.services.userAdmin.change(admin, 'dale', { status: 'inactive' });
    const { logins } = rig.services;
    expect(await codeOf(logins.isRight('dale', PASSWORD, from()))).toBe('account.not_active');
    expect(await logins.isRight('dale', 'wrong', from())).toBe(false);
  });

  test('is slowed down as a login is', async () => {
    await using strict = await ServicesRig.open({ GATHERD_WRONG_PASSWORDS: '1' });
    await strict.create('dale');
    await codeOf(loginAt(strict)('dale', 'wrong'));
    expect(await codeOf(strict.services.logins.isRight('dale', PASSWORD, from()))).toBe('account.throttled');
  });
});

describe('one’s own sessions', () => {
  test('are listed and ended one by one, whatever their kind', async () => {
    const dale = await rig.member('dale');
    const other = await rig.login('dale', PASSWORD, THERE);
    const { logins, sessions, handshakes } = rig.services;
    await handshakes.identify('dale', THERE);
    const { token } = await handshakes.authenticate('dale', PASSWORD, THERE, 'gather 1.0');
    const listed = logins.list(dale);
    expect(
      listed.map(({ kind, endpoint, client, is_current: isCurrent }) => ({
        kind,
        endpoint,
        client,
        isCurrent,
      })),
    ).toEqual(
      expect.arrayContaining([
        { kind: 'login', endpoint: HERE, client: 'a test', isCurrent: true },
        { kind: 'login', endpoint: THERE, client: 'a test', isCurrent: false },
        { kind: 'handshake', endpoint: THERE, client: 'gather 1.0', isCurrent: false },
      ]),
    );
    const handshake = listed.find(({ kind }) => kind === 'handshake');
    await logins.end(dale, handshake?.id ?? '');
    expect(() => sessions.authorize(token, THERE)).toThrow('Please identify!');
    await logins.end(dale, other.session.id);
    expect(await codeOf(logins.end(dale, other.session.id))).toBe('session.unknown');
    expect(await audited('session.ended')).toMatchObject([
      { actor: 'dale', details: { kind: 'handshake', of_endpoint: THERE } },
      { actor: 'dale', details: { kind: 'login', of_endpoint: THERE } },
    ]);
  });

  test('of somebody else are not there', async () => {
    const [dale, laura] = [await rig.member('dale'), await rig.member('laura')];
    expect(await codeOf(rig.services.logins.end(dale, laura.session.id))).toBe('session.unknown');
    rig.services.sessions.assertLive(laura.session);
    expect(rig.services.logins.list(dale)).toHaveLength(1);
  });

  test('are ended all but the one that asks', async () => {
    const [dale, other] = [await rig.member('dale'), await rig.login('dale', PASSWORD, THERE)];
    const { logins, sessions } = rig.services;
    expect(await logins.endOthers(dale)).toBe(1);
    expect(await logins.endOthers(dale)).toBe(0);
    sessions.assertLive(dale.session);
    expect(() => {
      sessions.assertLive(other.session);
    }).toThrow('Invalid or expired session');
    expect(await audited('session.ended')).toMatchObject([{ details: { ended: 1 } }]);
  });

  test('end with a logout, once', async () => {
    const dale = await rig.member('dale');
    await rig.services.logins.logout(dale);
    await rig.services.logins.logout(dale);
    expect(rig.services.logins.list(dale)).toEqual([]);
    expect(await audited('logout')).toMatchObject([{ outcome: 'done', actor: 'dale' }]);
  });

  test('are no business of an API token', async () => {
    const dale = await rig.member('dale');
    const { apiTokens, logins, sessions } = rig.services;
    const { token } = await apiTokens.create(dale, { name: 'cron', permissions: ['messages:write'] });
    const device: Caller = { ...dale, session: sessions.authorize(token, HERE) };
    expect(() => logins.list(device)).toThrow('An API token cannot do this');
    for (const work of [logins.logout(device), logins.end(device, dale.session.id), logins.endOthers(device)])
      expect(await codeOf(work)).toBe('session.needed');
    sessions.assertLive(dale.session);
  });

  test('survive a restart with the time of their last use', async () => {
    const { token } = (await rig.create('dale'), await login('dale'));
    rig.clock.advance(120_000);
    rig.services.sessions.authorize(token, HERE);
    const usedAt = rig.clock.now().getTime();
    await rig.reopen();
    const [session] = rig.services.sessions.sessionsOf(rig.services.sessions.authorize(token, HERE).userId);
    expect(session).toMatchObject({ userName: 'dale', client: 'a test', lastUsedAt: usedAt });
  });
});

describe('a handshake', () => {
  test('is kept in the audit log, done and refused', async () => {
    const { handshakes } = rig.services;
    await handshakes.identify('dale', HERE);
    await handshakes.authenticate('dale', PASSWORD, HERE, 'gather 1.0');
    await codeOf(handshakes.authenticate('dale', 'wrong', HERE));
    await codeOf(handshakes.authenticate('nobody', PASSWORD, HERE));
    const gather = { door: 'gather' };
    expect(await audited('login')).toEqual([
      { ...gather, outcome: 'done', actor: 'dale', subject: null, details: { client: 'gather 1.0' } },
      {
        ...{ ...gather, outcome: 'refused', actor: 'dale', subject: 'dale' },
        details: { reason: 'account.wrong_password' },
      },
      {
        ...{ ...gather, outcome: 'refused', actor: null, subject: null },
        details: { reason: 'account.not_found' },
      },
    ]);
  });

  test('of an account that is not active is refused after the right password only', async () => {
    const admin = await rig.member('root', { role: 'admin' });
    const { handshakes, userAdmin } = rig.services;
    await rig.create('dale');
    await userAdmin.change(admin, 'dale', { status: 'suspended' });
    await handshakes.identify('dale', HERE);
    expect(await codeOf(handshakes.authenticate('dale', 'wrong', HERE))).toBe('account.wrong_password');
    expect(await codeOf(handshakes.authenticate('dale', PASSWORD, HERE))).toBe('account.not_active');
  });

  test('makes an account by invite where one is needed', async () => {
    await using closed = await ServicesRig.open({ GATHERD_ENROLLMENT: 'invite' });
    const { invites, handshakes } = closed.services;
    const root = await closed.member('root', { role: 'admin' });
    const { code } = await invites.create(root, { expires_in: 600 });
    expect(await codeOf(handshakes.identify('dale', HERE))).toBe('account.invite_needed');
    expect(await handshakes.identify('dale', HERE, code)).toEqual({ isNew: true });
    expect(await codeOf(handshakes.identify('laura', HERE, code))).toBe('account.invite_invalid');
  });

  test('of an account whose sessions are all ended while its password is checked opens none', async () => {
    const dale = await rig.member('dale');
    const { handshakes, sessions } = rig.services;
    await handshakes.identify('dale', HERE);
    const authenticating = codeOf(handshakes.authenticate('dale', PASSWORD, HERE));
    // The name is looked up at once; hashing takes longer than anything here.
    await rig.services.users.findByNameKey('dale');
    await sessions.endAll(dale.session.userId);
    expect(await authenticating).toBe('session.not_identified');
    expect(sessions.sessionsOf(dale.session.userId)).toEqual([]);
  });
});
