import { afterEach, beforeEach, expect, test } from 'vitest';
import { GatewaysRig } from './support/gateways-rig.js';
import { PASSWORD } from './support/services-rig.js';

let gateways: GatewaysRig;

beforeEach(async () => {
  gateways = await GatewaysRig.open();
});

afterEach(async () => {
  await gateways[Symbol.asyncDispose]();
});

const say = (...lines: string[]) => gateways.say(...lines);

test('LOGIN answers whether the password is right, for every account', async () => {
  await gateways.rig.create('dale', { email: 'dale@example.org' });
  expect(await say('LOGIN', 'dale', PASSWORD)).toBe('Login successful');
  expect(await say('LOGIN', 'DALE', PASSWORD)).toBe('Login successful');
  expect(await say('LOGIN', 'dale@example.org', PASSWORD)).toBe('Login successful');
  expect(await say('LOGIN', 'dale', 'wrong')).toBe('Invalid login');
  expect(await say('LOGIN', 'nobody', PASSWORD)).toBe('Invalid login');
  expect(await say('LOGIN', 'dale', '')).toBe('Invalid login');
  expect(await say('LOGIN', '', '')).toBe('Invalid login');
  expect(await say('LOGIN', 'dale', `${PASSWORD} `)).toBe('Invalid login');
});

test('LOGIN of an account that is suspended, or has a password for one login, is invalid', async () => {
  const admin = await gateways.rig.member('admin', { role: 'admin' });
  const { userAdmin } = gateways.rig.services;
  await gateways.rig.create('laura');
  await userAdmin.change(admin, 'laura', { status: 'suspended' });
  expect(await say('LOGIN', 'laura', PASSWORD)).toBe('Invalid login');
  await gateways.rig.create('dale');
  const { one_time_password } = await userAdmin.resetPassword(admin, 'dale');
  expect(await say('LOGIN', 'dale', one_time_password)).toBe('Invalid login');
});

test('ADD makes an account that may do nothing, with whatever password contract 4 allows', async () => {
  expect(await say('ADD', 'dale', 'p')).toBe('User successfully added!');
  expect(await say('LOGIN', 'dale', 'p')).toBe('Login successful');
  const user = await gateways.rig.services.users.findByNameKey('dale');
  expect(user).toMatchObject({ permissions: [], isCredential: true });
  expect(await say('ADD', 'laura', '€'.repeat(128))).toBe('User successfully added!');
  expect(await say('LOGIN', 'laura', '€'.repeat(128))).toBe('Login successful');
});

test('ADD takes a password as it is, with the white space around it', async () => {
  expect(await say('ADD', 'dale', '  pie ')).toBe('User successfully added!');
  expect(await say('LOGIN', 'dale', 'pie')).toBe('Invalid login');
  expect(await say('LOGIN', 'dale', '  pie ')).toBe('Login successful');
});

test('ADD of a name that exists changes nothing', async () => {
  await say('ADD', 'dale', 'first');
  expect(await say('ADD', 'dale', 'second')).toBe('Error!  User not added.');
  expect(await say('ADD', 'DALE', 'second')).toBe('Error!  User not added.');
  expect(await say('LOGIN', 'dale', 'first')).toBe('Login successful');
  expect(await say('LOGIN', 'dale', 'second')).toBe('Invalid login');
});

const IMPOSSIBLE = [
  ['no name', ['', 'pie']],
  ['a name with a space', ['dale cooper', 'pie']],
  ['a name with an invisible character', ['da\u200ble', 'pie']],
  ['a name that is too long', ['d'.repeat(33), 'pie']],
  ['no password', ['dale', '']],
  ['a password that is too long', ['dale', 'p'.repeat(129)]],
  ['an over-long line', ['dale', 'p'.repeat(100_000)]],
] as const;

test('ADD is refused where name or password are none', async () => {
  for (const [what, lines] of IMPOSSIBLE)
    expect(await say('ADD', ...lines), what).toBe('Error!  User not added.');
});

test('ADD is refused where enrolment is closed', async () => {
  await gateways.reopen({ GATHERD_ENROLLMENT: 'closed' });
  expect(await say('ADD', 'dale', 'pie')).toBe('Error!  User not added.');
});

test('UPDATE and DELETE reach what this gateway made', async () => {
  await say('ADD', 'dale', 'pie');
  expect(await say('UPDATE', 'dale', 'coffee')).toBe('User successfully updated!');
  expect(await say('LOGIN', 'dale', 'pie')).toBe('Invalid login');
  expect(await say('LOGIN', 'dale', 'coffee')).toBe('Login successful');
  expect(await say('DELETE', 'dale')).toBe('User successfully deleted!');
  expect(await say('LOGIN', 'dale', 'coffee')).toBe('Invalid login');
  expect(await say('DELETE', 'dale')).toBe('Userid not found');
});

test('UPDATE and DELETE that do nothing say so', async () => {
  await say('ADD', 'dale', 'pie');
  expect(await say('UPDATE', 'nobody', 'pie')).toBe('Userid not found');
  expect(await say('DELETE', 'nobody')).toBe('Userid not found');
  expect(await say('UPDATE', 'dale', '')).toBe('Userid not found');
  expect(await say('UPDATE', 'dale', 'p'.repeat(129))).toBe('Userid not found');
  expect(await say('DELETE', '')).toBe('Userid not found');
  expect(await say('LOGIN', 'dale', 'pie')).toBe('Login successful');
});

test('UPDATE and DELETE do not reach other accounts, nor one that somebody has permitted something', async () => {
  const admin = await gateways.rig.member('admin', { role: 'admin' });
  await gateways.rig.create('laura');
  await say('ADD', 'dale', 'pie');
  await gateways.rig.services.userAdmin.change(admin, 'dale', { permissions: ['messages:write'] });
  for (const name of ['admin', 'laura', 'dale']) {
    expect(await say('UPDATE', name, 'changed'), name).toBe('Userid not found');
    expect(await say('DELETE', name), name).toBe('Userid not found');
    expect(await say('LOGIN', name, 'changed'), name).toBe('Invalid login');
  }
});

test('what is none of these is no request', async () => {
  for (const lines of [['HELLO'], ['login', 'dale', 'pie'], [''], ['GET / HTTP/1.1', 'Host: localhost']])
    expect(await say(...lines), lines.join()).toBe('Invalid request.');
});

test('LOGIN counts against the same lockout as everywhere', async () => {
  await gateways.reopen({ GATHERD_WRONG_PASSWORDS: '3' });
  await gateways.rig.create('dale');
  for (let count = 0; count < 3; count += 1)
    expect(await say('LOGIN', 'dale', 'wrong')).toBe('Invalid login');
  expect(await say('LOGIN', 'dale', PASSWORD)).toBe('Invalid login');
  await expect(gateways.rig.login('dale')).rejects.toMatchObject({ code: 'account.throttled' });
});

test('tries from an address are limited', async () => {
  await gateways[Symbol.asyncDispose]();
  gateways = await GatewaysRig.open({}, 2);
  expect(await say('ADD', 'dale', 'pie')).toBe('User successfully added!');
  expect(await say('LOGIN', 'dale', 'pie')).toBe('Login successful');
  expect(await say('LOGIN', 'dale', 'pie')).toBe('Invalid login');
  expect(await say('ADD', 'laura', 'pie')).toBe('Error!  User not added.');
  expect(await say('DELETE', 'dale')).toBe('Userid not found');
});

test('a database that does not answer is no success', async () => {
  await say('ADD', 'dale', 'pie');
  await gateways.rig.services.database.client.$executeRawUnsafe('ALTER TABLE "User" RENAME TO "Gone"');
  expect(await say('LOGIN', 'dale', 'pie')).toBe('Invalid login');
  expect(await say('ADD', 'laura', 'pie')).toBe('Error!  User not added.');
  expect(await say('UPDATE', 'dale', 'coffee')).toBe('Userid not found');
  expect(await say('DELETE', 'dale')).toBe('Userid not found');
});

test('neither names nor passwords are in the log', async () => {
  const secret = 'Xyzzy plugh 42';
  await say('ADD', 'dale', secret);
  await say('ADD', 'dale', secret);
  await say('LOGIN', secret, secret);
  expect(gateways.log.join('')).toContain('A request to a gateway was refused.');
  expect(gateways.log.join('')).not.toContain(secret);
});
