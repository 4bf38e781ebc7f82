import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserCreation } from '../../protocol/accounts.js';
import { FEED_PROTOCOL, TICKET_PROTOCOL_PREFIX } from '../../protocol/feed.js';
import type { SessionView } from '../../protocol/sessions.js';
import { BrowserPage } from './support/browser-page.js';
import { newBearer } from './support/feed-bearers.js';
import { FeedSocket, FeedStream } from './support/feed-clients.js';
import { InProcessGatherd } from './support/in-process-gatherd.js';

const PASSWORD = 'Tannenzapfen im Oktober';
const OTHER_PASSWORD = 'Zapfenstreich im Mai';
const OPERATOR = { endpoint: 'local', door: 'operator' } as const;

let gatherd: InProcessGatherd;

beforeAll(async () => {
  gatherd = await InProcessGatherd.start();
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

/** A page whose browser somebody has logged in. */
async function loggedIn(more: Partial<UserCreation> = {}, page = new BrowserPage(gatherd.url('front'))) {
  const { registrations } = gatherd.services;
  const name = `u-${randomUUID().slice(0, 13)}`;
  const wanted = { username: name, password: PASSWORD, ...more };
  const { oneTime } = await registrations.create(OPERATOR, wanted);
  const password = oneTime?.password ?? PASSWORD;
  expect(await page.login(name, password)).toMatchObject({ status: 201 });
  return { page, name, password };
}

/** The status that a page gets for who it is. */
async function stateOf(page: BrowserPage): Promise<unknown> {
  const { status, body } = await page.ask('GET', '/v1/account');
  return body['code'] ?? status;
}

/** A page whose browser has the cookies of another one, whatever that has forgotten since. */
function copyOf({ url, jar }: BrowserPage): BrowserPage {
  return new BrowserPage(url, new Map(jar));
}

describe('the cookie is cleared, and its session has ended', () => {
  test.each(['logging out', 'ending it as one of the list', 'deleting the account'])('by %s', async (way) => {
    const { page } = await loggedIn();
    const before = copyOf(page);
    const [name] = [...page.jar.keys()];
    const { sessions } = (await page.ask('GET', '/v1/sessions')).body as { sessions: { id: string }[] };
    const paths: Readonly<Record<string, string>> = {
      'logging out': '/v1/sessions/current',
      'ending it as one of the list': `/v1/sessions/${sessions[0]?.id ?? ''}`,
      'deleting the account': '/v1/account',
    };
    const body = { password: PASSWORD };
    const { status, cookies } = await page.ask('DELETE', paths[way] ?? '', { body });
    expect([status, cookies.length]).toEqual([204, 1]);
    const [pair, ...attributes] = cookies[0]?.split('; ') ?? [];
    expect(pair).toBe(`${name ?? ''}=`);
    expect(attributes.sort()).toEqual([
      'Expires=Thu, 01 Jan 1970 00:00:00 GMT',
      'HttpOnly',
      'Path=/',
      'SameSite=Strict',
    ]);
    expect(await stateOf(before)).toBe('session.invalid');
  });

  test('and over TLS it is the one of TLS', async () => {
    const { page } = await loggedIn();
    const headers = { 'X-Forwarded-Proto': 'https', Host: 'localhost', Origin: 'https://localhost' };
    const { registrations } = gatherd.services;
    await registrations.create(OPERATOR, { username: 'tess', password: PASSWORD });
    await page.login('tess', PASSWORD, headers);
    const { cookies } = await page.ask('DELETE', '/v1/sessions/current', { headers });
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/^__Host-gatherd=; Path=\/; Expires=Thu, 01 Jan 1970 .*; Secure/);
  });
});

test('the cookie stays where others are ended, and where it was not by the cookie that somebody logged out', async () => {
  const { page, name } = await loggedIn();
  const other = new BrowserPage(page.url);
  await other.login(name, PASSWORD);
  const ended = await page.ask('DELETE', '/v1/sessions');
  expect([ended.body, ended.cookies]).toEqual([{ ended: 1 }, []]);
  expect(await stateOf(other)).toBe('session.invalid');
  const { token } = await newBearer(gatherd);
  const headers = { Authorization: `Bearer ${token}` };
  const bearers = await page.ask('DELETE', '/v1/sessions/current', { headers });
  expect([bearers.status, bearers.cookies]).toEqual([204, []]);
  expect(await stateOf(page)).toBe(200);
});

test('a login that fails when the session before it ends leaves none that the browser has not', async () => {
  const { page, name } = await loggedIn();
  const before = copyOf(page);
  const { client } = gatherd.services.database;
  await client.$executeRawUnsafe(
    `CREATE TRIGGER "NoLogout" BEFORE INSERT ON "AuditEntry" WHEN NEW."action" = 'logout' BEGIN SELECT RAISE(FAIL, 'no'); END`,
  );
  try {
    expect((await page.login(name, PASSWORD)).body).toMatchObject({ code: 'database.unavailable' });
  } finally {
    await client.$executeRawUnsafe('DROP TRIGGER "NoLogout"');
  }
  expect(await stateOf(page)).toBe(200);
  expect(await stateOf(before)).toBe('session.invalid');
  const { sessions } = (await page.ask('GET', '/v1/sessions')).body as { sessions: SessionView[] };
  expect(sessions.map(({ is_current: isCurrent }) => isCurrent)).toEqual([true]);
});

test('a session is in the list like all others, with what the browser says it is', async () => {
  const { page, name } = await loggedIn();
  const bearer = { headers: { 'User-Agent': 'gather/1.0' }, body: { username: name, password: PASSWORD } };
  await page.ask('POST', '/v1/sessions', bearer);
  await page.ask('POST', '/v1/sessions/cookie', {
    ...{ ...bearer, headers: { 'User-Agent': `Mozilla/5.0 ${'x'.repeat(500)}` } },
  });
  const { sessions } = (await page.ask('GET', '/v1/sessions')).body as { sessions: SessionView[] };
  const shown = sessions.map(({ kind, is_current: isCurrent, client }) => ({ kind, isCurrent, client }));
  expect(shown).toHaveLength(2);
  expect(shown).toContainEqual({ kind: 'login', isCurrent: false, client: 'gather/1.0' });
  expect(shown).toContainEqual({
    ...{ kind: 'login', isCurrent: true },
    client: `Mozilla/5.0 ${'x'.repeat(188)}`,
  });
});

describe('a session is over', () => {
  test.each(['suspended', 'ended', 'removed', 'expired'])('once it is %s', async (way) => {
    const { page, name } = await loggedIn();
    const { caller } = await newBearer(gatherd, { role: 'admin' });
    const { userAdmin } = gatherd.services;
    if (way === 'suspended') await userAdmin.change(caller, name, { status: 'suspended' });
    else if (way === 'ended') await userAdmin.endSessions(caller, name);
    else if (way === 'removed') await userAdmin.remove(caller, name);
    else gatherd.clock.advance(2 * 86_400_000);
    const { status, body, headers } = await page.ask('GET', '/v1/account');
    expect([status, body['code']]).toEqual([401, 'session.invalid']);
    expect(headers['www-authenticate']).toBe('Bearer');
    expect((await page.ask('POST', '/v1/messages', { body: { message: 'no more' } })).status).toBe(401);
  });

  test('at another address, and not where tokens are bound to nothing', async () => {
    const { page } = await loggedIn();
    const headers = { 'X-Forwarded-For': '198.51.100.2' };
    expect((await page.ask('GET', '/v1/account', { headers })).body).toMatchObject({
      code: 'session.invalid',
    });
    await using free = await InProcessGatherd.start({ GATHERD_TOKEN_BINDING: 'token' });
    await free.services.registrations.create(OPERATOR, { username: 'dale', password: PASSWORD });
    const mobile = new BrowserPage(free.url('front'));
    await mobile.login('dale', PASSWORD);
    expect((await mobile.ask('GET', '/v1/account', { headers })).status).toBe(200);
  });
});

test('a one-time password lets its bearer see the account, change the password and log out', async () => {
  const { page, password } = await loggedIn({ password: undefined });
  expect((await page.ask('GET', '/v1/account')).status).toBe(200);
  for (const path of ['/v1/sessions', '/v1/messages', '/v1/permissions']) {
    const { status, body } = await page.ask('GET', path);
    expect([status, body['code']]).toEqual([403, 'account.password_change_needed']);
  }
  const other = await loggedIn({ password: undefined });
  expect((await other.page.ask('DELETE', '/v1/sessions/current')).status).toBe(204);
  const body = { current_password: password, new_password: OTHER_PASSWORD };
  expect((await page.ask('POST', '/v1/account/password', { body })).status).toBe(204);
  expect((await page.ask('GET', '/v1/messages')).status).toBe(200);
});

test('two servers on ports of one host keep their sessions apart', async () => {
  await using another = await InProcessGatherd.start();
  await another.services.registrations.create(OPERATOR, { username: 'dale', password: PASSWORD });
  const { page: here } = await loggedIn();
  const there = new BrowserPage(another.url('front'), here.jar);
  await there.login('dale', PASSWORD);
  expect(here.cookies.split('; ')).toHaveLength(2);
  expect([await stateOf(here), await stateOf(there)]).toEqual([200, 200]);
  await there.ask('DELETE', '/v1/sessions/current');
  expect([await stateOf(here), await stateOf(there)]).toEqual([200, 'token.missing']);
  // What was sent to the wrong one is good for nothing there.
  there.jar.set(`gatherd-${new URL(there.url).port}`, here.cookies.split('=')[1] ?? '');
  expect(await stateOf(there)).toBe('session.invalid');
});

describe('the feed', () => {
  test('is followed by the cookie as a stream', async () => {
    const { page } = await loggedIn({ role: 'moderator' });
    const headers = { Cookie: page.cookies, 'Gather-Console': '1', 'Sec-Fetch-Site': 'same-origin' };
    using stream = await FeedStream.open(page.url, { headers });
    await page.ask('POST', '/v1/messages', { body: { message: 'live' } });
    expect(await stream.records(1)).toEqual(['live']);
    const foreign = { ...headers, 'Sec-Fetch-Site': 'same-site' };
    await expect(FeedStream.open(page.url, { headers: foreign })).rejects.toThrow('403');
  });

  test('opens no WebSocket for a cookie, whatever is sent along, but one for a ticket', async () => {
    const { page } = await loggedIn({ role: 'moderator' });
    const headers = { Cookie: page.cookies, Origin: page.url };
    await expect(FeedSocket.open(page.url, { headers })).rejects.toThrow('401');
    const all = { ...headers, 'Gather-Console': '1', 'Sec-Fetch-Site': 'same-origin' };
    await expect(FeedSocket.open(page.url, { headers: all })).rejects.toThrow('401');
    const { ticket } = (await page.ask('POST', '/v1/feed/tickets')).body;
    const protocols = [FEED_PROTOCOL, `${TICKET_PROTOCOL_PREFIX}${String(ticket)}`];
    using socket = await FeedSocket.open(page.url, { headers }, protocols);
    await page.ask('POST', '/v1/messages', { body: { message: 'by ticket' } });
    expect(await socket.records(1)).toEqual(['by ticket']);
  });
});

describe('a header Cookie that is odd', () => {
  let page: BrowserPage;

  beforeAll(async () => {
    ({ page } = await loggedIn());
  });

  test.each([
    '',
    ';',
    '=',
    'x'.repeat(8000),
    '; '.repeat(3000),
    'NAME',
    'NAME=',
    'NAME=;NAME=',
    'NAME=gdt_AAAA',
    'NAME=x.y.z',
    'NAME=%67ds_%',
    'NAME=TOKEN; NAME=gds_AAAA',
    'NAME=gds_AAAA; NAME=TOKEN',
    'NAME=TOKEN; x=1;NAME=TOKEN',
    'XNAME=TOKEN',
    'name=NAME=TOKEN',
    'NAME-1=TOKEN',
    '__Host-NAME=TOKEN',
    'gatherd=TOKEN',
    '__proto__=TOKEN; constructor=TOKEN',
  ])('gets nobody in: %s', async (odd) => {
    const [name = '', token = ''] = page.cookies.split('=');
    const headers = { Cookie: odd.replaceAll('NAME', name).replaceAll('TOKEN', token) };
    for (const method of ['GET', 'POST']) {
      const body = method === 'GET' ? {} : { body: { message: 'must not be stored' } };
      const answer = await page.ask(method, '/v1/messages', { headers, ...body });
      expect(answer).toMatchObject({ status: 401, body: { code: 'token.missing' } });
    }
  });

  test('does not hide the one that is meant', async () => {
    for (const Cookie of [`a=b; ${page.cookies}`, `${page.cookies};c`, `=x;;a="b;${page.cookies} ; c=%`])
      expect((await page.ask('GET', '/v1/account', { headers: { Cookie } })).status).toBe(200);
  });
});
