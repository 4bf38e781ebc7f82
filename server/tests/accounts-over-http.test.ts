import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserCreation } from '../../protocol/accounts.js';
import { InProcessGatherd } from './support/in-process-gatherd.js';

const PASSWORD = 'Tannenzapfen im Oktober';
const OTHER_PASSWORD = 'Zapfenstreich im Mai';
let gatherd: InProcessGatherd;
let root = '';

beforeAll(async () => {
  gatherd = await InProcessGatherd.start();
  root = await newMember({ role: 'admin' }, 'root');
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

async function ask(method: string, path: string, token?: string, body?: object, client?: string) {
  const asked = request(gatherd.url('front'))[method.toLowerCase() as 'get'](path);
  if (token !== undefined) void asked.set('Authorization', `Bearer ${token}`);
  if (client !== undefined) void asked.set('User-Agent', client);
  return (await asked.send(body)) as Answer;
}

function newName(): string {
  return `u-${randomUUID().slice(0, 13)}`;
}

async function login(username: string, password = PASSWORD): Promise<string> {
  const { status, body } = await ask('POST', '/v1/sessions', undefined, { username, password });
  expect(status).toBe(201);
  return String(body['token']);
}

async function newMember(more: Partial<UserCreation> = {}, username = newName()): Promise<string> {
  const wanted = { username, password: PASSWORD, ...more };
  await gatherd.services.registrations.create({ endpoint: 'local', door: 'operator' }, wanted);
  return login(username);
}

async function nameOf(token: string): Promise<string> {
  return String((await ask('GET', '/v1/account', token)).body['username']);
}

async function messagesOf(token: string, query = ''): Promise<unknown[]> {
  const { status, body } = await ask('GET', `/v1/messages?order=oldest${query}`, token);
  expect(status).toBe(200);
  return (body['messages'] as { message: unknown }[]).map(({ message }) => message);
}

describe('an account', () => {
  test('is made, logged in to by name and by address, changed, and deleted', async () => {
    const username = newName();
    const email = `${username}@Example.org`;
    const made = await ask('POST', '/v1/account', undefined, {
      ...{ username, email, password: PASSWORD, full_name: 'Dale Arden' },
      metadata: { locker: 6 },
    });
    expect(made.status).toBe(201);
    expect(made.headers['cache-control']).toBe('no-store');
    expect(made.body).toMatchObject({ username, email, role: 'user', status: 'active', last_login: null });
    expect(JSON.stringify(made.body)).not.toContain('assword":"');
    const token = await login(email.toUpperCase());
    const { body } = await ask('PATCH', '/v1/account', token, { city: 'Mongo', metadata: {} });
    expect(body).toMatchObject({ city: 'Mongo', full_name: 'Dale Arden', metadata: {} });
    expect((await ask('GET', '/v1/account', token)).body).toEqual(body);
    const refused = await ask('DELETE', '/v1/account', token, { password: 'not it' });
    expect(refused.body).toMatchObject({ status: 403, code: 'account.current_password_wrong' });
    const deleted = await ask('DELETE', '/v1/account', token, { password: PASSWORD });
    expect([deleted.status, deleted.headers['content-length']]).toEqual([204, undefined]);
    expect((await ask('GET', '/v1/account', token)).status).toBe(401);
  });

  test('keeps its password to itself: a change ends the other sessions, and not the one that asks', async () => {
    const token = await newMember();
    const other = await login(await nameOf(token));
    const change = { current_password: PASSWORD, new_password: OTHER_PASSWORD };
    expect((await ask('POST', '/v1/account/password', token, change)).status).toBe(204);
    expect((await ask('GET', '/v1/account', other)).body).toMatchObject({ code: 'session.invalid' });
    expect(await login(await nameOf(token), OTHER_PASSWORD)).toMatch(/^gds_/);
  });

  test('does not show what an earlier bearer of its name sent', async () => {
    const first = await newMember();
    const name = await nameOf(first);
    await ask('POST', '/v1/messages', first, { message: 'of the first' });
    gatherd.clock.advance(1000);
    expect((await ask('PATCH', '/v1/account', first, { username: newName() })).status).toBe(200);
    gatherd.clock.advance(1000);
    const second = await newMember({}, name);
    await ask('POST', '/v1/messages', second, { message: 'of the second' });
    expect(await messagesOf(second)).toEqual(['of the second']);
    expect(await messagesOf(root, `&user=${name}`)).toEqual(['of the first', 'of the second']);
  });
});

describe('sessions', () => {
  test('are listed with what their clients say they are, in what can be printed and kept', async () => {
    const username = await nameOf(await newMember());
    const client = `gather/1.0 \u00e9\t${'x'.repeat(300)}`;
    const { body } = await ask('POST', '/v1/sessions', undefined, { username, password: PASSWORD }, client);
    const list = await ask('GET', '/v1/sessions', String(body['token']));
    const sessions = list.body['sessions'] as { client: string; is_current: boolean }[];
    expect(sessions).toHaveLength(2);
    expect(sessions.find((each) => each.is_current)?.client).toBe(`gather/1.0 ${'x'.repeat(189)}`);
  });

  test('are ended one by one, all others, and by oneself', async () => {
    const token = await newMember();
    const name = await nameOf(token);
    const others = [await login(name), await login(name), await login(name)];
    const { id } = gatherd.services.sessions.authorize(others[0] ?? '', '127.0.0.1');
    expect((await ask('DELETE', `/v1/sessions/${id}`, token)).status).toBe(204);
    expect((await ask('DELETE', '/v1/sessions', token)).body).toEqual({ ended: 2 });
    for (const other of others) expect((await ask('GET', '/v1/account', other)).status).toBe(401);
    expect((await ask('DELETE', '/v1/sessions/current', token)).status).toBe(204);
    expect((await ask('DELETE', '/v1/sessions/current', token)).status).toBe(401);
  });
});

describe('an API token', () => {
  test('sends by all doors what it may, and ends when it is revoked', async () => {
    const owner = await newMember();
    const made = await ask('POST', '/v1/tokens', owner, { name: 'device', permissions: ['messages:write'] });
    const [device, id] = [String(made.body['token']), String(made.body['id'])];
    const message = { message_type: 'MESSAGE', token: device, message: 'one' };
    expect((await ask('POST', '/v1/messages', device, { message: 'two' })).status).toBe(200);
    expect((await ask('POST', '/message', undefined, message)).status).toBe(201);
    // Contract 1's clients say so when they end; the token of a device goes on.
    expect((await ask('POST', '/message', undefined, { ...message, message: 'logout' })).status).toBe(202);
    expect((await ask('POST', '/message', undefined, message)).status).toBe(201);
    expect(await messagesOf(device)).toEqual(['two', 'one', 'logout', 'one']);
    expect((await ask('DELETE', `/v1/tokens/${id}`, owner)).status).toBe(204);
    const refused = await ask('POST', '/message', undefined, message);
    expect(refused.body).toMatchObject({
      status_code: 401,
      status_message: 'Invalid or expired session',
    });
  });
});

describe('an administrator', () => {
  test('makes a user whose one-time password is good for one login and for nothing but its change', async () => {
    const username = newName();
    const made = await ask('POST', '/v1/users', root, { username });
    const oneTime = String((made.body['one_time'] as Record<string, unknown>)['one_time_password']);
    await ask('POST', '/identify', undefined, { message_type: 'IDENTIFY', username });
    const handshake = { message_type: 'AUTHENTICATE', username, password: oneTime };
    expect((await ask('POST', '/authenticate', undefined, handshake)).body).toMatchObject({
      status_code: 403,
      status_message: 'The password was made for one login: change it first',
      token: '',
    });
    const token = await login(username, oneTime);
    const again = await ask('POST', '/v1/sessions', undefined, { username, password: oneTime });
    expect(again.body).toMatchObject({ status: 401, code: 'account.wrong_credentials' });
    expect((await ask('GET', '/v1/account', token)).body).toMatchObject({ must_change_password: true });
    for (const [method, path] of [
      ['GET', '/v1/sessions'],
      ['GET', '/v1/messages'],
      ['GET', '/v1/users'],
    ] as const)
      expect((await ask(method, path, token)).body).toMatchObject({ code: 'account.password_change_needed' });
    const change = { current_password: oneTime, new_password: PASSWORD };
    expect((await ask('POST', '/v1/account/password', token, change)).status).toBe(204);
    expect(await messagesOf(token)).toEqual([]);
  });

  test('sees whole users, page by page, and others their names only', async () => {
    const token = await newMember({ email: `${newName()}@example.org`, full_name: 'Ming' });
    const name = await nameOf(token);
    const found = await ask('GET', `/v1/users?search=${name}`, root);
    expect(found.body).toMatchObject({ users: [{ username: name, status: 'active' }], next: null });
    const seen = await ask('GET', `/v1/users?search=${name}`, token);
    expect(seen.body).toEqual({
      users: [{ username: name, full_name: 'Ming', role: 'user' }],
      next: null,
    });
    const names: unknown[] = [];
    for (let cursor = ''; ;) {
      const { body } = await ask('GET', `/v1/users?limit=2${cursor}`, root);
      const users = body['users'] as { username: string }[];
      names.push(...users.map(({ username }) => username));
      if (body['next'] === null) break;
      cursor = `&cursor=${encodeURIComponent(body['next'] as string)}`;
    }
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain(name);
  });

  test('changes what a user may at once, also in what it has open', async () => {
    const token = await newMember();
    const name = await nameOf(token);
    await ask('PATCH', `/v1/users/${name}`, root, { permissions: [] });
    const message = { message_type: 'MESSAGE', token, message: 'must not be stored' };
    expect((await ask('POST', '/message', undefined, message)).body).toMatchObject({
      status_code: 403,
      status_message: 'The permission messages:write is needed',
    });
    expect((await ask('GET', '/v1/permissions', token)).body).toMatchObject({ mine: [] });
    await ask('PATCH', `/v1/users/${name}`, root, { permissions: null, role: 'moderator' });
    expect((await ask('GET', '/v1/permissions', token)).body['mine']).toContain('messages:read');
    await ask('PATCH', `/v1/users/${name}`, root, { status: 'suspended' });
    expect((await ask('GET', '/v1/permissions', token)).body).toMatchObject({ code: 'session.invalid' });
  });

  test('finds in the audit log who did what, and who read whose messages', async () => {
    const token = await newMember();
    const name = await nameOf(token);
    await messagesOf(root, `&user=${name}`);
    await ask('GET', '/v1/audit', token);
    const { body } = await ask('GET', `/v1/audit?user=${name}`, root);
    const entries = body['entries'] as { action: string; actor: string; outcome: string }[];
    expect(entries.map(({ action, actor, outcome }) => [action, actor, outcome])).toEqual(
      expect.arrayContaining([
        ['permission.refused', name, 'refused'],
        ['messages.read', 'root', 'done'],
        ['login', name, 'done'],
      ]),
    );
    expect(JSON.stringify(entries)).not.toContain(PASSWORD);
    const verified = await ask('GET', '/v1/audit/verification', root);
    expect(verified.body).toMatchObject({ is_whole: true, first_broken: null });
  });

  test('finds in the audit log what came by a door, and between two times; others are refused', async () => {
    const name = newName();
    const operator = { endpoint: 'local', door: 'operator' } as const;
    await gatherd.services.registrations.create(operator, { username: name, password: PASSWORD });
    gatherd.clock.advance(1000);
    await login(name);
    const found = async (filter: string) => {
      const { status, body } = await ask('GET', `/v1/audit?user=${name}${filter}`, root);
      expect(status).toBe(200);
      return body['entries'] as { action: string; at: string }[];
    };
    const [entered, created] = await found('');
    expect([created?.action, entered?.action]).toEqual(['account.created', 'login']);
    expect(await found('&door=http')).toEqual([entered]);
    expect(await found('&door=operator')).toEqual([created]);
    expect(await found('&door=chat')).toEqual([]);
    expect(await found(`&since=${String(created?.at)}`)).toEqual([entered]);
    expect(await found(`&until=${String(entered?.at)}`)).toEqual([created]);
    // A plus that was not escaped arrives as a space.
    const unescaped = String(entered?.at).replace('Z', '+00:00');
    expect(await found(`&since=${String(created?.at)}&until=${unescaped}`)).toEqual([]);
    const timeRule = 'must be a time as 2026-11-21T02:44:57+01:00';
    for (const [parameter, value, reason] of [
      ['since', 'yesterday', timeRule],
      ['since', '42', timeRule],
      ['until', '2026-11-21T02:44:57', timeRule],
      ['until', '', timeRule],
      ['door', 'window', 'must be one of gather, http, zmq, credentials, chat, records, operator'],
    ] as const)
      expect((await ask('GET', `/v1/audit?${parameter}=${value}`, root)).body).toMatchObject({
        status: 400,
        code: 'request.invalid_field',
        field: parameter,
        reason,
      });
  });

  test('reads an address with characters of its own', async () => {
    const name = `d\u00e9j\u00e0+${newName()}@x`;
    await newMember({}, name);
    const { body } = await ask('GET', `/v1/users/${encodeURIComponent(name)}`, root);
    expect(body['username']).toBe(name);
    expect((await ask('GET', '/v1/users/%E0%A4', root)).body).toMatchObject({ code: 'request.malformed' });
  });
});
