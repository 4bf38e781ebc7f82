import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PERMISSION_NAMES, ROLE_PERMISSIONS, type Permission } from '../../../protocol/permissions.js';
import { codeOf } from '../../tests/support/code-of.js';
import { ANYBODY, HERE, PASSWORD, ServicesRig } from '../../tests/support/services-rig.js';
import type { Caller } from '../sessions/session-service.js';
import { usersIn } from '../../tests/support/users-in.js';

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

const register = (username: string, more: object = {}) =>
  rig.services.registrations.register(ANYBODY, { username, password: PASSWORD, ...more });

const actions = async () =>
  (await rig.auditLines())
    .filter(({ seq }) => seq > linesBefore)
    .reverse()
    .map(({ action, outcome, actor, subject }) => `${action} ${outcome} ${String(actor)} ${String(subject)}`);

describe('registration', () => {
  test('makes an active account with the role user and the profile as it was given', async () => {
    const profile = { full_name: 'Dale Cooper', notes: 'coffee', metadata: { pie: ['cherry'] } };
    const made = await register('Dale', { email: 'Dale@Example.org', ...profile });
    const common = { role: 'user', status: 'active', permissions: ['messages:write', 'chat'], phone: '' };
    expect(made).toMatchObject({ username: 'Dale', email: 'Dale@Example.org', ...profile, ...common });
    await rig.reopen();
    const caller = await rig.login('dale');
    expect(await rig.services.ownAccounts.get(caller)).toMatchObject({ ...profile, ...common });
  });

  test.each([
    ['the same name', { username: 'dale' }],
    ['the name in capitals', { username: 'DALE' }],
    ['the name in full-width letters', { username: 'ｄａｌｅ' }],
  ])('is refused for %s', async (_what, wanted) => {
    await register('Dale');
    expect(await codeOf(register(wanted.username))).toBe('account.name_taken');
  });

  test('is refused for an address that somebody has, in any case', async () => {
    await register('dale', { email: 'dale@example.org' });
    expect(await codeOf(register('other', { email: 'DALE@EXAMPLE.ORG' }))).toBe('account.email_taken');
  });

  test('is refused for a name that is another one’s address, and the other way round', async () => {
    await register('dale', { email: 'dale@example.org' });
    expect(await codeOf(register('Dale@Example.org'))).toBe('account.name_taken');
    await register('laura@example.org');
    expect(await codeOf(register('laura', { email: 'Laura@example.org' }))).toBe('account.email_taken');
  });

  test('by twenty at once makes one account', async () => {
    const made = await Promise.allSettled(Array.from({ length: 20 }, () => register('crowd')));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test.each([
    ['short', 'password.too_short'],
    ['password', 'password.too_common'],
    ['PassWord', 'password.too_common'],
  ])('refuses the password %s', async (password, code) => {
    expect(await codeOf(register('dale', { password }))).toBe(code);
    expect(await rig.services.users.findByNameKey('dale')).toBeUndefined();
  });

  test('is for nobody where enrolment is closed, and administrators still make accounts', async () => {
    await using closed = await ServicesRig.open({ GATHERD_ENROLLMENT: 'closed' });
    const { registrations, accounts, users } = closed.services;
    const wanted = { username: 'dale', password: PASSWORD };
    expect(await codeOf(registrations.register(ANYBODY, wanted))).toBe('account.enrollment_closed');
    expect(await codeOf(accounts.identify('dale', HERE))).toBe('account.enrollment_closed');
    const credential = registrations.registerCredential(ANYBODY, 'dale', 'pass');
    expect(await codeOf(credential)).toBe('account.enrollment_closed');
    await closed.create('dale');
    expect(await users.findByNameKey('dale')).toBeDefined();
  });
});

describe('one’s own account', () => {
  test('is changed field by field; what is not named stays', async () => {
    const dale = await rig.member('dale', { city: 'Twin Peaks', email: 'dale@example.org' });
    const changed = await rig.services.ownAccounts.change(dale, { username: 'Agent', phone: '555' });
    expect(changed).toMatchObject({
      ...{ username: 'Agent', phone: '555' },
      ...{ city: 'Twin Peaks', email: 'dale@example.org' },
    });
    expect((await rig.login('dale@example.org')).session.userName).toBe('Agent');
    expect(await codeOf(rig.login('dale'))).toBe('account.wrong_credentials');
  });

  test('does not take a name or an address that somebody has', async () => {
    await register('laura', { email: 'laura@example.org' });
    const dale = await rig.member('dale');
    const { ownAccounts } = rig.services;
    expect(await codeOf(ownAccounts.change(dale, { username: 'LAURA' }))).toBe('account.name_taken');
    expect(await codeOf(ownAccounts.change(dale, { email: 'Laura@example.org' }))).toBe(
      'account.email_taken',
    );
    expect(await codeOf(ownAccounts.change(dale, { username: 'laura@example.org' }))).toBe(
      'account.name_taken',
    );
    expect((await ownAccounts.change(dale, { username: 'DALE' })).username).toBe('DALE');
  });

  test('loses no change of two that come at the same time', async () => {
    const dale = await rig.member('dale');
    const fields = ['city', 'country', 'phone', 'address', 'notes', 'full_name'] as const;
    await Promise.all(fields.map((name) => rig.services.ownAccounts.change(dale, { [name]: name })));
    expect(await rig.services.ownAccounts.get(dale)).toMatchObject(
      Object.fromEntries(fields.map((name) => [name, name])),
    );
  });

  test('gets a new password only for the current one, and all other sessions end', async () => {
    const dale = await rig.member('dale');
    const elsewhere = await rig.login('dale', PASSWORD, '198.51.100.7');
    const { ownAccounts, sessions } = rig.services;
    expect(await codeOf(ownAccounts.changePassword(dale, 'wrong', OTHER_PASSWORD))).toBe(
      'account.current_password_wrong',
    );
    expect(await codeOf(ownAccounts.changePassword(dale, PASSWORD, 'short'))).toBe('password.too_short');
    sessions.assertLive(elsewhere.session);
    await ownAccounts.changePassword(dale, PASSWORD, OTHER_PASSWORD);
    sessions.assertLive(dale.session);
    expect(() => {
      sessions.assertLive(elsewhere.session);
    }).toThrow();
    expect(await codeOf(rig.login('dale'))).toBe('account.wrong_credentials');
    await rig.login('dale', OTHER_PASSWORD);
  });

  test('is removed for the password, with its sessions and its name', async () => {
    const dale = await rig.member('dale');
    const { ownAccounts, sessions } = rig.services;
    expect(await codeOf(ownAccounts.remove(dale, 'wrong'))).toBe('account.current_password_wrong');
    await ownAccounts.remove(dale, PASSWORD);
    expect(() => {
      sessions.assertLive(dale.session);
    }).toThrow();
    expect(await codeOf(rig.login('dale'))).toBe('account.wrong_credentials');
    await rig.reopen();
    await register('dale');
    expect((await actions()).filter((line) => line.startsWith('account.'))).toEqual([
      'account.created done null dale',
      'account.removed done dale dale',
      'account.created done null dale',
    ]);
  });
});

describe('administration', () => {
  let admin: Caller;

  beforeEach(async () => {
    admin = await rig.member('admin', { role: 'admin' });
  });

  test('is for administrators only, and each refusal is in the audit log', async () => {
    const dale = await rig.member('dale', { role: 'moderator' });
    const { userAdmin } = rig.services;
    for (const attempt of [
      () => userAdmin.show(dale, 'dale'),
      () => userAdmin.create(dale, { username: 'x' }),
      () => userAdmin.change(dale, 'dale', { role: 'admin' }),
      () => userAdmin.resetPassword(dale, 'admin'),
      () => userAdmin.sessions(dale, 'admin'),
      () => userAdmin.endSessions(dale, 'admin'),
      () => userAdmin.remove(dale, 'admin'),
    ])
      expect(await codeOf(attempt())).toBe('permission.missing');
    expect(await actions()).toContain('permission.refused refused dale null');
  });

  test('lists by name, page by page, and finds by role, status, part of a name and whole address', async () => {
    for (const name of ['dave', 'erin', 'frank']) await rig.create(name, { email: `${name}@example.org` });
    const { userAdmin } = rig.services;
    await userAdmin.change(admin, 'erin', { status: 'suspended' });
    const names = async (query: object) =>
      (await userAdmin.list(admin, { limit: 100, ...query })).users.map(({ username }) => username);
    expect(await names({})).toEqual(['admin', 'dave', 'erin', 'frank']);
    expect(await names({ role: 'admin' })).toEqual(['admin']);
    expect(await names({ status: 'suspended' })).toEqual(['erin']);
    expect(await names({ search: 'RA' })).toEqual(['frank']);
    expect(await names({ search: 'Dave@Example.org' })).toEqual(['dave']);
    const first = await userAdmin.list(admin, { limit: 3 });
    expect(first.users).toHaveLength(3);
    expect(await names({ limit: 3, cursor: first.next })).toEqual(['frank']);
    const frank = await rig.login('frank');
    const seen = await userAdmin.list(frank, { limit: 100, status: 'suspended', search: undefined });
    expect(seen.users).toEqual([
      { username: 'admin', full_name: '', role: 'admin' },
      { username: 'dave', full_name: '', role: 'user' },
      { username: 'frank', full_name: '', role: 'user' },
    ]);
    expect((await userAdmin.list(frank, { limit: 100, search: 'dave@example.org' })).users).toEqual([]);
  });

  test('a suspension ends everything at once and keeps its user out, until it is lifted', async () => {
    const dale = await rig.member('dale');
    const { userAdmin, sessions, access } = rig.services;
    await userAdmin.change(admin, 'dale', { status: 'suspended' });
    expect(() => {
      sessions.assertLive(dale.session);
    }).toThrow();
    expect(access.may(dale, 'messages:write')).toBe(false);
    expect(await codeOf(rig.login('dale'))).toBe('account.not_active');
    expect(await codeOf(rig.login('dale', 'wrong'))).toBe('account.wrong_credentials');
    await rig.reopen();
    expect(await codeOf(rig.login('dale'))).toBe('account.not_active');
    admin = await rig.login('admin');
    await rig.services.userAdmin.change(admin, 'dale', { status: 'active' });
    await rig.login('dale');
  });

  test('permissions of its own take the place of the role’s at once, and null gives them back', async () => {
    const dale = await rig.member('dale');
    const { userAdmin, access } = rig.services;
    await userAdmin.change(admin, 'dale', { permissions: ['employees:get'] });
    expect(PERMISSION_NAMES.filter((name) => access.may(dale, name))).toEqual(['employees:get']);
    await userAdmin.change(admin, 'dale', { permissions: null });
    expect(PERMISSION_NAMES.filter((name) => access.may(dale, name))).toEqual(ROLE_PERMISSIONS.user);
  });

  test('a password that was reset is good for one login, which can do nothing but change it', async () => {
    const dale = await rig.member('dale');
    const { userAdmin, sessions, access, ownAccounts, apiTokens } = rig.services;
    const { token } = await apiTokens.create(dale, { name: 'device', permissions: ['chat'] });
    const { one_time_password: oneTime } = await userAdmin.resetPassword(admin, 'dale');
    expect(() => sessions.authorize(token, HERE)).toThrow('Invalid or expired session');
    expect(() => {
      sessions.assertLive(dale.session);
    }).toThrow();
    expect(await codeOf(rig.login('dale'))).toBe('account.wrong_credentials');
    const once = await rig.login('dale', oneTime);
    expect(await codeOf(rig.login('dale', oneTime))).toBe('account.wrong_credentials');
    expect(access.may(once, 'messages:write')).toBe(false);
    expect(() => {
      access.assert(once, 'messages:write');
    }).toThrow('change it first');
    expect(await codeOf(ownAccounts.change(once, { city: 'x' }))).toBe('account.password_change_needed');
    expect((await ownAccounts.get(once)).must_change_password).toBe(true);
    await ownAccounts.changePassword(once, oneTime, OTHER_PASSWORD);
    expect(access.may(once, 'messages:write')).toBe(true);
    await rig.login('dale', OTHER_PASSWORD);
  });

  test('a one-time password ends after a day', async () => {
    const { oneTime } = await rig.services.userAdmin.create(admin, { username: 'dale' });
    rig.clock.advance(86_400_001);
    expect(await codeOf(rig.login('dale', oneTime?.one_time_password))).toBe('account.wrong_credentials');
  });

  test('the last administrator stays, however many try at once to be rid of it', async () => {
    const second = await rig.member('second', { role: 'user', permissions: ['users:manage'] });
    const { userAdmin, ownAccounts } = rig.services;
    const outcomes = await Promise.allSettled([
      userAdmin.change(admin, 'second', { permissions: null }),
      userAdmin.change(second, 'admin', { role: 'user' }),
      userAdmin.change(second, 'admin', { status: 'inactive' }),
      ownAccounts.remove(admin, PASSWORD),
      ownAccounts.remove(second, PASSWORD),
    ]);
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
    expect(await rig.services.users.countAdministrators()).toBe(1);
  });

  test('whatever is tried with roles, statuses and permissions, an administrator is left', async () => {
    await rig.create('second', { role: 'admin' });
    const change = fc.record({
      name: fc.constantFrom('admin', 'second'),
      changes: fc.oneof(
        fc.record({ role: fc.constantFrom('user', 'moderator', 'admin') }),
        fc.record({ status: fc.constantFrom('active', 'inactive', 'suspended') }),
        fc.record({
          permissions: fc.option(fc.subarray<Permission>(['chat', 'users:manage', 'audit:read'])),
        }),
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 6 }), async (changes) => {
        const { userAdmin, users } = rig.services;
        for (const { name, changes: wanted } of changes)
          await userAdmin.change(admin, name, wanted as object).catch(() => undefined);
        expect(await users.countAdministrators()).toBeGreaterThan(0);
        const [left] = (await usersIn(users)).filter(({ status }) => status === 'active');
        expect(left).toBeDefined();
      }),
      { numRuns: 15 },
    );
  });

  test('who is suspended while its order waits has it not carried out', async () => {
    const eve = await rig.member('eve', { role: 'admin' });
    const { userAdmin, hasher } = rig.services;
    const busy = Array.from({ length: 10 }, () => hasher.hash('something else'));
    const orders = Promise.allSettled([
      userAdmin.create(eve, { username: 'ghost', password: PASSWORD, role: 'admin' }),
      userAdmin.resetPassword(eve, 'admin'),
    ]);
    await userAdmin.change(admin, 'eve', { status: 'suspended' });
    expect((await orders).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await rig.services.users.findByNameKey('ghost')).toBeUndefined();
    await rig.login('admin');
    await Promise.all(busy);
  });

  test('a password that is reset while its bearer changes it is the one-time one', async () => {
    const dale = await rig.member('dale');
    const { userAdmin, ownAccounts } = rig.services;
    const change = Promise.allSettled([ownAccounts.changePassword(dale, PASSWORD, OTHER_PASSWORD)]);
    const { one_time_password: oneTime } = await userAdmin.resetPassword(admin, 'dale');
    await change;
    expect(await codeOf(rig.login('dale', OTHER_PASSWORD))).toBe('account.wrong_credentials');
    await rig.login('dale', oneTime);
  });

  test('a one-time password is not changed to itself', async () => {
    await rig.create('dale');
    const { one_time_password: oneTime } = await rig.services.userAdmin.resetPassword(admin, 'dale');
    const dale = await rig.login('dale', oneTime);
    const change = rig.services.ownAccounts.changePassword(dale, oneTime, oneTime);
    expect(await codeOf(change)).toBe('password.unchanged');
  });

  test('nobody makes another unchangeable by identifying with its address', async () => {
    await rig.create('mallory', { email: 'm@evil.example' });
    expect(await codeOf(rig.services.accounts.identify('M@evil.example', HERE))).toBe('account.name_taken');
    const changed = await rig.services.userAdmin.change(admin, 'mallory', { status: 'suspended' });
    expect(changed.status).toBe('suspended');
  });

  test('an administrator who has never changed a one-time password is not counted upon', async () => {
    await rig.services.userAdmin.create(admin, { username: 'never', role: 'admin' });
    const removal = rig.services.ownAccounts.remove(admin, PASSWORD);
    expect(await codeOf(removal)).toBe('account.last_administrator');
  });

  test('who has only identified and is permitted something gets no first password by whoever comes', async () => {
    const { account } = await rig.services.accounts.identify('pend', HERE);
    await rig.services.userAdmin.change(admin, 'pend', { role: 'moderator' });
    const claim = { password: 'mine', endpoint: HERE, isProven: false };
    expect(await codeOf(rig.services.accounts.authenticate(account, claim))).toBe('account.wrong_password');
  });

  test('an API token that may administer makes nobody who could do more', async () => {
    const { apiTokens, sessions, userAdmin } = rig.services;
    const { token } = await apiTokens.create(admin, { name: 'script', permissions: ['users:manage'] });
    const script: Caller = { session: sessions.authorize(token, HERE), endpoint: HERE, door: 'http' };
    for (const attempt of [
      () => userAdmin.create(script, { username: 'ghost', role: 'admin' }),
      () => userAdmin.resetPassword(script, 'admin'),
      () => userAdmin.change(script, 'admin', { permissions: [] }),
      () => userAdmin.endSessions(script, 'admin'),
      () => userAdmin.remove(script, 'admin'),
    ])
      expect(await codeOf(attempt())).toBe('session.needed');
    expect((await userAdmin.show(script, 'admin')).username).toBe('admin');
  });

  test('what the credentials gateway has begun ends where its account is permitted something', async () => {
    const { userAdmin, registrations, hasher } = rig.services;
    const door = { endpoint: HERE, door: 'credentials' } as const;
    await registrations.registerCredential(door, 'svc', 'pw');
    const busy = Array.from({ length: 10 }, () => hasher.hash('something else'));
    const change = userAdmin.changeCredential(door, 'svc', 'of the attacker');
    await userAdmin.change(admin, 'svc', { role: 'admin' });
    expect(await change).toBe(false);
    expect(await codeOf(rig.login('svc', 'of the attacker'))).toBe('account.wrong_credentials');
    await Promise.all(busy);
  });

  test('the credentials gateway reaches only what it made, until somebody permits it something', async () => {
    const { userAdmin, registrations } = rig.services;
    const door = { endpoint: HERE, door: 'credentials' } as const;
    await registrations.registerCredential(door, 'device', 'pw');
    await rig.create('dale');
    expect(await userAdmin.changeCredential(door, 'device', 'new')).toBe(true);
    expect(await userAdmin.changeCredential(door, 'dale', 'new')).toBe(false);
    expect(await userAdmin.removeCredential(door, 'admin')).toBe(false);
    await userAdmin.change(admin, 'device', { permissions: ['messages:write'] });
    await userAdmin.change(admin, 'device', { permissions: [] });
    expect(await userAdmin.changeCredential(door, 'device', 'newer')).toBe(false);
    expect(await userAdmin.removeCredential(door, 'device')).toBe(false);
  });
});

test('personal fields are not in the database as they are', async () => {
  const secret = 'Black Lodge 1989';
  await register('dale', {
    email: 'dale@black.lodge',
    full_name: secret,
    metadata: { secret },
    notes: secret,
  });
  const row = await rig.services.database.client.user.findFirstOrThrow();
  const text = JSON.stringify(row);
  expect(text).not.toContain('Lodge');
  expect(text).not.toContain('black.lodge');
});
