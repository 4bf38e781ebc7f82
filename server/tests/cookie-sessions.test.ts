import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserCreation } from '../../protocol/accounts.js';
import type { AuditEntry } from '../../protocol/audit.js';
import { BrowserPage } from './support/browser-page.js';
import { newBearer } from './support/feed-bearers.js';
import { DOORS, InProcessGatherd } from './support/in-process-gatherd.js';

const PASSWORD = 'Tannenzapfen im Oktober';
const OPERATOR = { endpoint: 'local', door: 'operator' } as const;
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let gatherd: InProcessGatherd;

beforeAll(async () => {
  gatherd = await InProcessGatherd.start();
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

async function newMember(more: Partial<UserCreation> = {}, at = gatherd): Promise<string> {
  const username = `u-${randomUUID().slice(0, 13)}`;
  await at.services.registrations.create(OPERATOR, { username, password: PASSWORD, ...more });
  return username;
}

/** A page whose browser somebody has logged in. */
async function loggedIn(more: Partial<UserCreation> = {}, url = gatherd.url('front')) {
  const [page, name] = [new BrowserPage(url), await newMember(more)];
  expect(await page.login(name, PASSWORD)).toMatchObject({ status: 201 });
  return { page, name };
}

const tokenOf = (page: BrowserPage) => page.cookies.split('=')[1] ?? '';
const portOf = (page: BrowserPage) => new URL(page.url).port;

describe('a login', () => {
  test('puts the session into a cookie that no script can read, and nowhere else', async () => {
    const page = new BrowserPage(gatherd.url('front'));
    const name = await newMember();
    const answer = await page.login(name, PASSWORD);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ user: { username: name } });
    expect(Object.keys(answer.body).sort()).toEqual(['expires_at', 'user']);
    const expires = new Date(String(answer.body['expires_at'])).toUTCString();
    const [line = '', ...others] = answer.cookies;
    expect(others).toEqual([]);
    const [pair = '', ...attributes] = line.split('; ');
    expect(pair).toMatch(new RegExp(`^gatherd-${portOf(page)}=gds_[\\w-]{43}$`));
    expect(attributes.sort()).toEqual([`Expires=${expires}`, 'HttpOnly', 'Path=/', 'SameSite=Strict']);
    const { 'set-cookie': _, ...headers } = answer.headers;
    expect(answer.text + JSON.stringify(headers)).not.toContain(tokenOf(page).slice('gds_'.length));
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('is over TLS where a trusted proxy says so: the cookie is of this host and of TLS alone', async () => {
    const [page, name] = [new BrowserPage(gatherd.url('front')), await newMember()];
    const headers = {
      ...{ Host: 'localhost', Origin: 'https://localhost' },
      'X-Forwarded-Proto': 'https',
    };
    const { cookies } = await page.login(name, PASSWORD, headers);
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/^__Host-gatherd=gds_.*; Secure/);
    expect(cookies[0]).not.toContain('Domain');
    expect((await page.ask('GET', '/v1/account', { headers })).body).toMatchObject({ username: name });
    expect((await page.ask('GET', '/v1/account')).body).toMatchObject({ code: 'token.missing' });
  });

  test('is told to be a page’s of this server, or it logs nobody in, and no password is tried', async () => {
    await using strict = await InProcessGatherd.start({ GATHERD_WRONG_PASSWORDS: '1' });
    const page = new BrowserPage(strict.url('front'));
    const name = await newMember({}, strict);
    for (const value of [undefined, '', '0', 'true', '1, 1']) {
      const answer = await page.login(name, 'not it', { 'Gather-Console': value });
      expect(answer).toMatchObject({ status: 400, cookies: [], body: { code: 'request.invalid_header' } });
    }
    for (const headers of foreignPages(page)) {
      const answer = await page.login(name, 'not it', headers);
      expect(answer).toMatchObject({ status: 403, cookies: [], body: { code: 'request.foreign_origin' } });
    }
    expect((await page.login(name, PASSWORD)).status).toBe(201);
    expect((await page.ask('GET', '/v1/sessions')).body['sessions']).toHaveLength(1);
  });

  test('is counted, refused and noted as any other', async () => {
    await using strict = await InProcessGatherd.start({ GATHERD_WRONG_PASSWORDS: '1' });
    const page = new BrowserPage(strict.url('front'));
    const name = await newMember({}, strict);
    expect((await page.login(name, PASSWORD, { 'User-Agent': BROWSER })).status).toBe(201);
    const wrong = await page.ask('POST', '/v1/sessions', { body: { username: name, password: 'not it' } });
    expect(wrong.body).toMatchObject({ code: 'account.wrong_credentials' });
    const slowed = await page.login(name, PASSWORD);
    expect(slowed).toMatchObject({ status: 429, cookies: [], body: { code: 'account.throttled' } });
    const { entries } = await strict.services.audit.page({ limit: 10, action: 'login' });
    const noted = entries.map(({ details }: AuditEntry) => details['reason'] ?? details['client']);
    expect(noted).toEqual(['account.throttled', 'account.wrong_credentials', BROWSER]);
  });

  test('counts with those of its address', async () => {
    await using strict = await InProcessGatherd.start({ GATHERD_HANDSHAKE_RATE: '1' });
    const page = new BrowserPage(strict.url('front'));
    const name = await newMember({}, strict);
    expect((await page.login(name, PASSWORD)).status).toBe(201);
    expect((await page.login(name, PASSWORD)).body).toMatchObject({ code: 'request.rate_limited' });
  });

  test('ends the session whose cookie it takes the place of, and no other', async () => {
    const { page, name } = await loggedIn();
    const former = { headers: { Cookie: page.cookies } };
    const elsewhere = new BrowserPage(gatherd.url('front'));
    await elsewhere.login(name, PASSWORD);
    const { token } = await newBearer(gatherd);
    const Authorization = `Bearer ${token}`;
    expect((await page.login(name, PASSWORD, { Authorization })).status).toBe(201);
    expect((await page.ask('GET', '/v1/account', former)).body).toMatchObject({ code: 'session.invalid' });
    expect((await page.ask('GET', '/v1/account', { headers: { Authorization } })).status).toBe(200);
    for (const each of [page, elsewhere]) expect((await each.ask('GET', '/v1/account')).status).toBe(200);
    expect((await page.login(name, 'not it')).status).toBe(401);
    expect((await page.ask('GET', '/v1/account')).status).toBe(200);
  });
});

/** What browsers say of pages that are not this server's: another site, another port, and pages that hide what they are. */
function foreignPages({ url }: BrowserPage) {
  const port = Number(new URL(url).port);
  const origins = [
    'https://example.org',
    'null',
    '',
    `http://127.0.0.1:${String(port + 1)}`,
    'http://localhost',
  ];
  return [
    ...origins.map((Origin) => ({ Origin, 'Sec-Fetch-Site': undefined })),
    ...['cross-site', 'same-site', 'none', ''].map((site) => ({ 'Sec-Fetch-Site': site })),
  ];
}

describe.each(DOORS)('a cookie at the door %s', (door) => {
  test('is as good as a bearer token, for whatever method', async () => {
    const { page, name } = await loggedIn({}, gatherd.url(door));
    expect((await page.ask('GET', '/v1/account')).body).toMatchObject({ username: name });
    const changed = await page.ask('PATCH', '/v1/account', { body: { city: 'Mongo' } });
    expect(changed.body).toMatchObject({ city: 'Mongo' });
    const sent = await page.ask('POST', '/v1/messages', { body: { message: 'by cookie' } });
    expect([sent.status, sent.body]).toMatchObject([200, { accepted: 1 }]);
    const read = await page.ask('GET', '/v1/messages');
    expect(read.body['messages']).toMatchObject([{ user: name, message: 'by cookie' }]);
    const token = await page.ask('POST', '/v1/tokens', { body: { name: 'device', permissions: [] } });
    expect((await page.ask('DELETE', `/v1/tokens/${String(token.body['id'])}`)).status).toBe(204);
  });

  test('is as if there were none, without the header', async () => {
    const { page } = await loggedIn({}, gatherd.url(door));
    for (const value of [undefined, '', '0', 'true', '1, 1'])
      for (const method of ['GET', 'POST']) {
        const headers = { 'Gather-Console': value };
        const body = method === 'GET' ? {} : { body: { message: 'must not be stored' } };
        const answer = await page.ask(method, '/v1/messages', { headers, ...body });
        expect(answer).toMatchObject({ status: 401, body: { code: 'token.missing' } });
      }
    expect((await page.ask('GET', '/v1/messages')).body['messages']).toEqual([]);
  });

  test('does nothing for a page of another origin', async () => {
    const { page } = await loggedIn({}, gatherd.url(door));
    for (const headers of foreignPages(page))
      for (const method of ['GET', 'POST']) {
        const body = method === 'GET' ? {} : { body: { message: 'must not be stored' } };
        const answer = await page.ask(method, '/v1/messages', { headers, ...body });
        expect(answer).toMatchObject({ status: 403, body: { code: 'request.foreign_origin' } });
      }
    // A browser that says nothing of its pages, or says it of this one.
    for (const site of [undefined, 'same-origin']) {
      const headers = { 'Sec-Fetch-Site': site, Origin: page.url };
      expect((await page.ask('GET', '/v1/messages', { headers })).body['messages']).toEqual([]);
    }
  });

  test('is not looked at where there is a bearer token, good or not', async () => {
    const { page, name } = await loggedIn({}, gatherd.url(door));
    const { token, name: other } = await newBearer(gatherd);
    const codeWith = async (Authorization: string) => {
      const answer = await page.ask('POST', '/v1/messages', {
        ...{ headers: { Authorization }, body: { message: other } },
      });
      return answer.body['code'] ?? answer.status;
    };
    expect(await codeWith(`Bearer ${token}`)).toBe(200);
    expect(await codeWith('Bearer gds_AAAA')).toBe('session.invalid');
    expect(await codeWith('Bearer x.y.z')).toBe('token.invalid');
    expect(await codeWith('bearer')).toBe('token.missing');
    expect(await codeWith('Bearer not one')).toBe('token.missing');
    expect((await page.ask('GET', '/v1/messages')).body['messages']).toEqual([]);
    // A proxy's own login is nothing to gatherd.
    expect(await codeWith('Basic ZGFsZTpwYXNz')).toBe(200);
    expect((await page.ask('GET', '/v1/messages')).body['messages']).toMatchObject([{ user: name }]);
  });
});
