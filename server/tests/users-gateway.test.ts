import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newUser } from '../features/accounts/new-user.js';
import { GatewaysRig, type Reply } from './support/gateways-rig.js';
import { HERE, PASSWORD } from './support/services-rig.js';

const NEW_PASSWORD = 'Eichenlaub im November';
const PROFILE = {
  full_name: 'Dale Cooper',
  phone: '555-0100',
  address: 'The Great Northern',
  city: 'Twin Peaks',
  country: 'USA',
  postal_code: '98065',
  date_of_birth: '1954-04-19',
  notes: 'coffee',
  metadata: { pie: ['cherry'], badge: 1 },
};

let gateways: GatewaysRig;
let count = 0;
/** A name and an address that nobody has. */
let username: string;
let email: string;

beforeAll(async () => {
  gateways = await GatewaysRig.open();
});

afterAll(async () => {
  await gateways[Symbol.asyncDispose]();
});

beforeEach(() => {
  count += 1;
  username = `dale${String(count)}`;
  email = `${username}@example.org`;
});

const ask = (action: string, more: object = {}) => gateways.ask({ action, ...more });
const refusal = (message: string) => ({ status: 'error', message });

const create = (more: object = {}, beside: object = {}) =>
  ask('create_user', { user_data: { username, email, password: PASSWORD, ...more }, ...beside });

async function login(name = username, password = PASSWORD): Promise<string> {
  const { session_token } = await ask('login', { credentials: { username: name, password } });
  return String(session_token);
}

/** Makes the account of this test, and logs it in. */
async function member(more: object = {}): Promise<string> {
  await create(more);
  return login();
}

async function administrator(): Promise<string> {
  await gateways.rig.create(`admin${String(count)}`, { role: 'admin' });
  return login(`admin${String(count)}`);
}

const user = (reply: Reply) => reply['user'] as Reply;

describe('create_user', () => {
  test('makes an account with its profile, name and address lower-cased and without white space', async () => {
    const names = { username: ` ${username.toUpperCase()} `, email: ` ${email.toUpperCase()}\n` };
    const reply = await create({ ...names, ...PROFILE });
    expect(reply).toEqual({ status: 'success', message: 'User created successfully', username, email });
    const token = await login();
    expect(user(await ask('get_user', { session_token: token }))).toMatchObject({
      username,
      email,
      ...PROFILE,
    });
  });

  test.each([
    ['no data', undefined],
    ['data that is none', 'dale'],
    ['no name', { username: undefined }],
    ['a name of white space', { username: '  ' }],
    ['no address', { email: undefined }],
    ['null for an address', { email: null }],
    ['no password', { password: undefined }],
    ['an empty password', { password: '' }],
  ])('refuses %s', async (_what, data) => {
    const user_data = typeof data === 'object' ? { username, email, password: PASSWORD, ...data } : data;
    expect(await ask('create_user', { user_data })).toEqual(
      refusal('Username, email, and password are required'),
    );
  });

  test.each([
    ['a short password', { password: '12345' }, 'Password must be at least 6 characters long'],
    ['a name with a space', { username: 'dale cooper' }, "Invalid 'username'"],
    ['a name that is no text', { username: 5 }, "Invalid 'username'"],
    ['an address that is none', { email: 'dale' }, "Invalid 'email'"],
    ['a password that is no text', { password: 123456 }, "Invalid 'password'"],
    ['a profile field that is no text', { phone: 5 }, "Invalid 'phone'"],
    ['metadata that is no object', { metadata: [] }, "Invalid 'metadata'"],
    ['metadata that is too large', { metadata: { large: 'x'.repeat(20_000) } }, "Invalid 'metadata'"],
  ])('refuses %s', async (_what, data, message) => {
    const reply = await create(data);
    expect(reply['status']).toBe('error');
    expect(reply['message']).toContain(message);
  });

  test('refuses a name and an address that somebody has, in any case', async () => {
    await create();
    expect(await create({ email: `other.${email}` })).toEqual(refusal('Username already exists'));
    expect(await create({ username: username.toUpperCase(), email: `other.${email}` })).toEqual(
      refusal('Username already exists'),
    );
    expect(await create({ username: `${username}x`, email: email.toUpperCase() })).toEqual(
      refusal('Email already registered'),
    );
  });

  test('gives nobody a role, whatever the request says of itself', async () => {
    const own = await member();
    for (const session_token of [undefined, own, 'made up']) {
      const name = `${username}.${String(session_token).slice(0, 2)}`;
      const reply = await create(
        { username: name, email: `${name}@example.org`, role: 'admin', permissions: ['users:manage'] },
        { session_token },
      );
      expect(reply['status'], name).toBe('success');
      const found = await gateways.rig.services.users.findByNameKey(name);
      expect(found).toMatchObject({ role: 'user', permissions: null });
    }
  });

  test('gives the role that an administrator asks for', async () => {
    const reply = await create({ role: 'moderator' }, { session_token: await administrator() });
    expect(reply['status']).toBe('success');
    expect(user(await ask('get_user', { session_token: await login() }))['role']).toBe('moderator');
  });

  test('takes null for a field that is not there, and ignores what it does not know', async () => {
    const nothing = Object.fromEntries(Object.keys(PROFILE).map((name) => [name, null]));
    expect(await create({ ...nothing, colour: 'red', ['__proto__']: { role: 'admin' } })).toMatchObject({
      status: 'success',
    });
  });
});

describe('login', () => {
  test('answers a session and the user, by name or address, in any case', async () => {
    await create(PROFILE);
    for (const name of [username, ` ${username.toUpperCase()} `, email, email.toUpperCase()]) {
      const reply = await ask('login', { credentials: { username: name, password: PASSWORD } });
      expect(reply).toMatchObject({ status: 'success', message: 'Login successful' });
      expect(reply['session_token']).toMatch(/^[\w-]{40,}$/);
      expect(Object.keys(user(reply)).sort()).toEqual(
        [
          ...['username', 'email', 'role', 'status', 'created_at', 'updated_at', 'last_login'],
          ...Object.keys(PROFILE),
        ].sort(),
      );
      expect(user(reply)).toMatchObject({ username, email, role: 'user', status: 'active', ...PROFILE });
    }
  });

  test.each([
    ['no credentials', undefined],
    ['credentials that are none', []],
    ['no name', { username: undefined }],
    ['an empty password', { password: '' }],
  ])('refuses %s', async (_what, more) => {
    const credentials = more && !Array.isArray(more) ? { username, password: PASSWORD, ...more } : more;
    expect(await ask('login', { credentials })).toEqual(refusal('Username/email and password are required'));
  });

  test('refuses a wrong password and an unknown user in the same words', async () => {
    await create();
    const wrong = refusal('Invalid username/email or password');
    for (const credentials of [
      { username, password: 'wrong' },
      { username: 'nobody', password: PASSWORD },
      { username: 'nobody@example.org', password: PASSWORD },
      { username: 5, password: PASSWORD },
      { username, password: ['x'] },
      { username, password: 'x'.repeat(10_000) },
      { username: 'x'.repeat(10_000), password: PASSWORD },
    ])
      expect(await ask('login', { credentials })).toEqual(wrong);
  });

  test('refuses an account that is not active, and its sessions are over', async () => {
    const token = await member();
    const admin = await gateways.rig.member(`admin${String(count)}`, { role: 'admin' });
    await gateways.rig.services.userAdmin.change(admin, username, { status: 'suspended' });
    expect(await ask('login', { credentials: { username, password: PASSWORD } })).toEqual(
      refusal('Account is not active'),
    );
    expect(await ask('get_user', { session_token: token })).toEqual(refusal('Invalid or expired session'));
  });
});

describe('logout and get_user', () => {
  test('a session is good until it is logged out', async () => {
    const session_token = await member();
    expect(user(await ask('get_user', { session_token }))['username']).toBe(username);
    expect(await ask('logout', { session_token })).toEqual({
      status: 'success',
      message: 'Logged out successfully',
    });
    expect(await ask('logout', { session_token })).toEqual(refusal('Invalid session'));
    expect(await ask('get_user', { session_token })).toEqual(refusal('Invalid or expired session'));
  });

  test.each([undefined, null, '', 5, {}, 'gds_made-up', 'x'.repeat(10_000), 'a.b.c'])(
    'the token %j is none',
    async (session_token) => {
      expect(await ask('logout', { session_token })).toEqual(refusal('Invalid session'));
      for (const action of ['get_user', 'update_user', 'delete_user'])
        expect(await ask(action, { session_token, update_data: {}, password: 'x' }), action).toEqual(
          refusal('Invalid or expired session'),
        );
    },
  );

  test('a session of REST from the same machine is good here too', async () => {
    await create();
    const origin = { endpoint: HERE, door: 'http', client: '' } as const;
    const { token } = await gateways.rig.services.logins.login(username, PASSWORD, origin);
    expect(await ask('get_user', { session_token: token })).toMatchObject({ status: 'success' });
  });

  test('one from another address is none', async () => {
    await create();
    const origin = { endpoint: '192.0.2.1', door: 'http', client: '' } as const;
    const { token } = await gateways.rig.services.logins.login(username, PASSWORD, origin);
    expect(await ask('get_user', { session_token: token })).toEqual(refusal('Invalid or expired session'));
  });
});

describe('update_user', () => {
  const update = (session_token: string, update_data: unknown) =>
    ask('update_user', { session_token, update_data });

  test('changes what is named, and answers the user', async () => {
    const token = await member({ city: 'Seattle', phone: '1' });
    const reply = await update(token, { ...PROFILE, phone: null, username: ` ${username.toUpperCase()}X ` });
    expect(reply).toMatchObject({ status: 'success', message: 'User updated successfully' });
    expect(user(reply)).toMatchObject({ ...PROFILE, phone: '1', username: `${username}x` });
    expect(await login(`${username}x`)).toMatch(/^gds_/);
  });

  test('changes neither role nor status nor permissions', async () => {
    const token = await member();
    const reply = await update(token, { role: 'admin', status: 'inactive', permissions: ['users:manage'] });
    expect(user(reply)).toMatchObject({ role: 'user', status: 'active' });
  });

  test('refuses what somebody else has, and what is no field', async () => {
    const taken = username;
    await create();
    username = `${taken}b`;
    email = `b.${email}`;
    const token = await member();
    expect(await update(token, { username: taken })).toEqual(refusal('Username already exists'));
    expect(await update(token, { email: `${taken}@example.org` })).toEqual(
      refusal('Email already registered'),
    );
    expect((await update(token, { city: 5 }))['message']).toContain("Invalid 'city'");
    expect((await update(token, 'city'))['message']).toContain('update_data');
  });

  test('changes the password with the current one, and ends the other sessions', async () => {
    const token = await member();
    const other = await login();
    const reply = await update(token, {
      password: NEW_PASSWORD,
      current_password: PASSWORD,
      city: 'Spokane',
    });
    expect(user(reply)['city']).toBe('Spokane');
    expect(await ask('get_user', { session_token: token })).toMatchObject({ status: 'success' });
    expect(await ask('get_user', { session_token: other })).toEqual(refusal('Invalid or expired session'));
    expect(await login(username, NEW_PASSWORD)).toMatch(/^gds_/);
  });

  test('changes nothing where the password may not be changed', async () => {
    const token = await member({ city: 'Seattle' });
    const wrong = refusal('Current password is incorrect');
    for (const more of [
      { current_password: 'wrong' },
      { current_password: '' },
      { current_password: 5 },
      {},
      { current_password: null },
    ])
      expect(await update(token, { city: 'Spokane', password: NEW_PASSWORD, ...more })).toEqual(wrong);
    const short = { city: 'Spokane', password: '12345', current_password: PASSWORD };
    expect(await update(token, short)).toEqual(refusal('Password must be at least 6 characters long'));
    const none = { city: 'Spokane', password: 'x'.repeat(200), current_password: PASSWORD };
    expect((await update(token, none))['message']).toContain("Invalid 'password'");
    expect(user(await ask('get_user', { session_token: token }))['city']).toBe('Seattle');
    expect(await login()).toMatch(/^gds_/);
  });
});

describe('delete_user', () => {
  test('removes the account, with its password, and all its sessions', async () => {
    const session_token = await member();
    const other = await login();
    for (const password of ['wrong', '', undefined, 5])
      expect(await ask('delete_user', { session_token, password })).toEqual(refusal('Incorrect password'));
    expect(await ask('delete_user', { session_token, password: PASSWORD })).toEqual({
      status: 'success',
      message: 'Account deleted successfully',
    });
    expect(await ask('get_user', { session_token: other })).toEqual(refusal('Invalid or expired session'));
    expect(await ask('login', { credentials: { username, password: PASSWORD } })).toEqual(
      refusal('Invalid username/email or password'),
    );
  });

  test('does not remove the last administrator', async () => {
    await using alone = await GatewaysRig.open();
    await alone.rig.create('admin', { role: 'admin' });
    const credentials = { username: 'admin', password: PASSWORD };
    const { session_token } = await alone.ask({ action: 'login', credentials });
    const reply = await alone.ask({ action: 'delete_user', session_token, password: PASSWORD });
    expect(reply).toMatchObject({ status: 'error' });
    expect(await alone.ask({ action: 'get_user', session_token })).toMatchObject({ status: 'success' });
  });
});

describe('list_users', () => {
  const found = (reply: Reply) =>
    (reply['users'] as Reply[]).find((listed) => listed['username'] === username);

  test('shows names and roles of active users to anybody, and everything to an administrator', async () => {
    const own = await member(PROFILE);
    const summary = { username, full_name: 'Dale Cooper', role: 'user' };
    for (const session_token of [undefined, own, 'made up']) {
      const reply = await ask('list_users', { session_token });
      expect(reply['count']).toBe((reply['users'] as unknown[]).length);
      expect(found(reply)).toEqual(summary);
    }
    const session_token = await administrator();
    const reply = await ask('list_users', { session_token });
    expect(found(reply)).toMatchObject({ username, email, status: 'active', ...PROFILE });
    expect(JSON.stringify(reply)).not.toMatch(/argon|hash|salt/i);
    const admin = await gateways.rig.login(`admin${String(count)}`);
    await gateways.rig.services.userAdmin.change(admin, username, { status: 'inactive' });
    expect(found(await ask('list_users', { session_token }))).toBeUndefined();
  });
});

test('new accounts have a rate of their own, together with those of the credentials gateway', async () => {
  await using limited = await GatewaysRig.open({ GATHERD_REGISTRATION_RATE: '2' });
  const create = (name: string) =>
    limited.ask({
      action: 'create_user',
      user_data: { username: name, email: `${name}@example.org`, password: PASSWORD },
    });
  expect(await create('first')).toMatchObject({ status: 'success' });
  expect(await limited.say('ADD', 'second', PASSWORD)).toBe('User successfully added!');
  expect(await create('third')).toEqual(refusal('More than 2 requests a minute from this address'));
  expect(await limited.say('ADD', 'third', PASSWORD)).toBe('Error!  User not added.');
});

test('a long list_users is whole', async () => {
  await using many = await GatewaysRig.open();
  const now = many.rig.clock.now();
  const names = Array.from({ length: 450 }, (_, index) => `many${String(index).padStart(3, '0')}`);
  await many.rig.services.users.insertAll(names.map((name) => newUser({ id: name, name, now })));
  const reply = await many.ask({ action: 'list_users' });
  expect(reply).toMatchObject({ status: 'success', count: 450 });
  expect((reply['users'] as Reply[]).map((listed) => listed['username'])).toEqual(names);
});

test('health_check says that it is there', async () => {
  await member();
  const reply = await ask('health_check');
  expect(reply).toMatchObject({
    ...{ status: 'healthy', service: 'Secure Universal Users Service', storage: 'encrypted database' },
    timestamp: gateways.rig.clock.now().toISOString(),
    active_sessions: gateways.rig.services.sessions.count,
  });
});

test.each([
  ['dance', 'dance'],
  ['', ''],
  ['constructor', 'constructor'],
  ['CREATE_USER', 'CREATE_USER'],
  [undefined, 'None'],
  [null, 'None'],
  [5, '5'],
  [{ a: 1 }, '{"a":1}'],
  ['x'.repeat(1000), 'x'.repeat(100)],
])('the action %j is unknown', async (action, shown) => {
  expect(await gateways.ask({ action })).toEqual(refusal(`Unknown action: ${shown}`));
});

test.each([
  ['nothing', ''],
  ['no JSON', '{"action":'],
  ['an array', '[{"action":"health_check"}]'],
  ['a text', '"health_check"'],
  ['null', 'null'],
  ['JSON that is too deep', `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
])('%s is no request', async (_what, text) => {
  expect(await gateways.ask(text)).toEqual(refusal('Invalid JSON format'));
});

test('what is no UTF-8 is no request', async () => {
  const socket = gateways.connect();
  await socket.send(Buffer.from('{"action":"\xff"}', 'latin1'));
  expect(JSON.parse(String((await socket.receive())[0]))).toEqual(refusal('Invalid JSON format'));
});

test('whatever JSON is sent, there is an answer', async () => {
  const socket = gateways.connect();
  const action = fc.constantFrom(
    'create_user',
    'login',
    'logout',
    'update_user',
    'delete_user',
    'get_user',
    'x',
  );
  const part = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom('username', 'password', 'email'), fc.jsonValue()),
  );
  const request = fc.record({
    action,
    user_data: part,
    credentials: part,
    session_token: part,
    update_data: part,
  });
  await fc.assert(
    fc.asyncProperty(request, async (content) => {
      expect(['success', 'error']).toContain((await gateways.ask(content, socket))['status']);
    }),
    { numRuns: 40 },
  );
  expect(gateways.log.join('')).not.toContain('unexpectedly');
});

test('while passwords are being checked, others are answered', async () => {
  await create();
  const logins = Array.from({ length: 30 }, () =>
    ask('login', { credentials: { username, password: PASSWORD } }),
  );
  let isOver = false;
  const all = Promise.all(logins).finally(() => (isOver = true));
  expect((await ask('health_check'))['status']).toBe('healthy');
  expect(isOver).toBe(false);
  for (const reply of await all) expect(reply['status']).toBe('success');
});

test('tries of passwords are limited, and other requests are not', async () => {
  await using limited = await GatewaysRig.open({}, 2);
  const tryIt = () => limited.ask({ action: 'login', credentials: { username: 'nobody', password: 'x' } });
  for (let tries = 0; tries < 2; tries += 1)
    expect(await tryIt()).toEqual(refusal('Invalid username/email or password'));
  expect((await tryIt())['message']).toContain('More than 2 requests a minute');
  expect((await limited.ask({ action: 'health_check' }))['status']).toBe('healthy');
});

describe('whoever guesses over ZeroMQ, where nobody knows who that is', () => {
  const credentials = { username: 'dale', password: PASSWORD };
  const guess = { action: 'login', credentials: { ...credentials, password: 'x' } };

  test('makes its own connection wait, and neither the owner’s nor a place where a password was right', async () => {
    await using strict = await GatewaysRig.open({ GATHERD_WRONG_PASSWORDS: '2' });
    await strict.rig.create('dale');
    await strict.rig.login('dale');
    const guesser = strict.connect();
    for (let guesses = 0; guesses < 2; guesses += 1)
      expect(await strict.ask(guess, guesser)).toEqual(refusal('Invalid username/email or password'));
    expect((await strict.ask({ action: 'login', credentials }, guesser))['status']).toBe('error');
    expect((await strict.ask({ action: 'login', credentials }))['status']).toBe('success');
    expect(await strict.say('LOGIN', 'dale', PASSWORD)).toBe('Login successful');
  });

  test('does it with a new connection for each guess too, but then all new places have to wait', async () => {
    await using strict = await GatewaysRig.open({ GATHERD_WRONG_PASSWORDS: '1' });
    await strict.rig.create('dale');
    await strict.rig.login('dale');
    for (let guesses = 0; guesses < 20; guesses += 1) await strict.ask(guess);
    expect((await strict.ask({ action: 'login', credentials }))['message']).toContain('wrong');
    expect(await strict.say('LOGIN', 'dale', PASSWORD)).toBe('Login successful');
  });

  test('uses up the tries of ZeroMQ, and no address’s', async () => {
    await using limited = await GatewaysRig.open({}, 2);
    await limited.rig.create('dale');
    for (let guesses = 0; guesses < 3; guesses += 1) await limited.ask(guess);
    expect(await limited.say('LOGIN', 'dale', PASSWORD)).toBe('Login successful');
  });

  test('makes no place one where a password was right, even if it was', async () => {
    await using strict = await GatewaysRig.open();
    await strict.rig.create('dale');
    expect((await strict.ask({ action: 'login', credentials }))['status']).toBe('success');
    const { sessions, users } = strict.rig.services;
    const dale = await users.findByNameKey('dale');
    expect(await sessions.isProven({ id: dale?.id ?? '' }, HERE)).toBe(false);
  });
});

test('no password, token or name is in the log', async () => {
  const token = await member();
  await create({ username: 'Xyzzy plugh' });
  await ask('update_user', {
    session_token: token,
    update_data: { password: NEW_PASSWORD, current_password: 'x' },
  });
  const log = gateways.log.join('');
  expect(log).toContain('A request to a gateway was refused.');
  for (const secret of [PASSWORD, NEW_PASSWORD, token, 'Xyzzy', username]) expect(log).not.toContain(secret);
});
