import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IDEMPOTENCY_HEADER } from '../../protocol/idempotency.js';
import { ERROR_TABLE } from '../errors/error-table.js';
import { BrowserPage } from './support/browser-page.js';
import { newBearer, type Bearer } from './support/feed-bearers.js';
import { DOORS, InProcessGatherd } from './support/in-process-gatherd.js';
import { until } from './support/until.js';

const PASSWORD = 'Tannenzapfen im Oktober';
const LARGE = 'x'.repeat(2 ** 20 + 1);

let gatherd: InProcessGatherd;
let admin: Bearer;

beforeAll(async () => {
  gatherd = await InProcessGatherd.start();
  admin = await newBearer(gatherd, { role: 'admin' });
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

interface Asked {
  readonly token?: string | undefined;
  readonly key?: string | undefined;
  readonly body?: object | string;
  readonly from?: string;
  readonly at?: string;
}

/** Asks as the administrator, unless another token, or an empty one for none, is given. */
function post(path: string, { token = admin.token, key, body = {}, from, at }: Asked) {
  const asked = request(at ?? gatherd.url('front'))
    .post(path)
    .set('Content-Type', 'application/json');
  if (token !== '') void asked.set('Authorization', `Bearer ${token}`);
  if (key !== undefined) void asked.set(IDEMPOTENCY_HEADER, key);
  if (from !== undefined) void asked.set('X-Forwarded-For', from);
  return asked.send(typeof body === 'string' ? body : JSON.stringify(body));
}

const newName = () => `u-${randomUUID().slice(0, 12)}`;
const newUser = () => ({ username: newName() });
const codeOf = ({ body }: { readonly body: unknown }) => (body as { code?: string }).code;

describe.each(DOORS)('a POST with a key at the door %s', (door) => {
  test('is carried out once, and answered the same each time, but for the id of the request', async () => {
    const asked = { key: randomUUID(), body: newUser(), at: gatherd.url(door) };
    const [first, again] = [await post('/v1/users', asked), await post('/v1/users', asked)];
    expect(first.status).toBe(201);
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(again.text).toContain('one_time_password');
    for (const { headers } of [first, again])
      for (const name of ['date', 'x-request-id']) expect(headers).toHaveProperty(name);
    const { 'x-request-id': id, date: _first, ...headers } = first.headers as Record<string, string>;
    const { 'x-request-id': another, date: _again, ...others } = again.headers as Record<string, string>;
    expect(others).toEqual(headers);
    expect(another).not.toBe(id);
    expect((await post('/v1/users', { ...asked, key: randomUUID() })).status).toBe(409);
  });

  test('is carried out once though several come at once', async () => {
    const asked = { key: randomUUID(), body: newUser(), at: gatherd.url(door) };
    const answers = await Promise.all(Array.from({ length: 5 }, () => post('/v1/users', asked)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  test('goes on when its client is gone, and the next one gets its answer', async () => {
    const key = randomUUID();
    const body = { username: admin.name, password: PASSWORD };
    const before = await sessionsOf(admin);
    const { hostname, port } = new URL(gatherd.url(door));
    const socket = connect(Number(port), hostname);
    const text = JSON.stringify(body);
    const head = `POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${IDEMPOTENCY_HEADER}: ${key}`;
    socket.end(`${head}\r\nContent-Length: ${String(text.length)}\r\n\r\n${text}`);
    await once(socket, 'finish');
    socket.destroy();
    const answer = await post('/v1/sessions', { token: '', key, body, at: gatherd.url(door) });
    expect(answer.status).toBe(201);
    expect(await sessionsOf(admin)).toBe(before + 1);
  });
});

async function sessionsOf({ token }: Bearer): Promise<number> {
  const answer = await request(gatherd.url('front'))
    .get('/v1/sessions')
    .set('Authorization', `Bearer ${token}`);
  return (answer.body as { sessions: object[] }).sessions.length;
}

describe('a key', () => {
  test('is good for one request: another body, or type of it, is refused, and nothing is done', async () => {
    const key = randomUUID();
    const body = newUser();
    expect((await post('/v1/users', { key, body })).status).toBe(201);
    const other = newUser();
    const refused = await post('/v1/users', { key, body: other });
    expect(refused.status).toBe(ERROR_TABLE['request.key_reused'].status);
    expect(codeOf(refused)).toBe('request.key_reused');
    expect((await post('/v1/users', { body: other })).status).toBe(201);
    const typed = await request(gatherd.url('front'))
      .post('/v1/users')
      .set({
        Authorization: `Bearer ${admin.token}`,
        [IDEMPOTENCY_HEADER]: key,
        'Content-Type': 'text/plain',
      })
      .send(JSON.stringify(body));
    expect(codeOf(typed)).toBe('request.key_reused');
  });

  test('is of one session and one path: others have keys of their own', async () => {
    const key = randomUUID();
    const [one, two] = [await newBearer(gatherd), await newBearer(gatherd)];
    const say = (token: string, path = '/v1/chat') => post(path, { token, key, body: { message: 'hello' } });
    const seqs = [await say(one.token), await say(two.token), await say(one.token)].map(
      ({ body }) => (body as { seq: number }).seq,
    );
    expect(seqs[2]).toBe(seqs[0]);
    expect(seqs[1]).not.toBe(seqs[0]);
    expect((await say(one.token, '/v1/feed/tickets')).status).toBe(201);
    const { token } = (
      await post('/v1/sessions', { token: '', body: { username: one.name, password: PASSWORD } })
    ).body as { token: string };
    expect((await say(token)).body).not.toEqual({ seq: seqs[0] });
  });

  test('is of one address where nobody has to be known', async () => {
    const key = randomUUID();
    const body = { username: newName(), password: PASSWORD };
    const register = (from: string) => post('/v1/account', { token: '', key, body, from });
    expect((await register('198.51.100.1')).status).toBe(201);
    expect(codeOf(await register('198.51.100.2'))).toBe('account.name_taken');
    expect((await register('198.51.100.1')).status).toBe(201);
  });

  test('opens nothing: the answer is not given again when the session has ended', async () => {
    const one = await newBearer(gatherd, { role: 'admin' });
    const asked = { token: one.token, key: randomUUID(), body: newUser() };
    expect((await post('/v1/users', asked)).status).toBe(201);
    await request(gatherd.url('front'))
      .delete('/v1/sessions/current')
      .set('Authorization', `Bearer ${one.token}`)
      .expect(204);
    const again = await post('/v1/users', asked);
    expect(codeOf(again)).toBe('session.invalid');
    expect(codeOf(await post('/v1/users', { ...asked, token: '' }))).toBe('token.missing');
  });

  test('keeps a refusal too, but not one that time mends', async () => {
    await using strict = await InProcessGatherd.start({ GATHERD_WRONG_PASSWORDS: '1' });
    const { name } = await newBearer(strict);
    const logIn = (key: string, password: string) =>
      post('/v1/sessions', { token: '', key, body: { username: name, password }, at: strict.url('front') });
    const wrong = randomUUID();
    expect(codeOf(await logIn(wrong, 'not it'))).toBe('account.wrong_credentials');
    // It is no second guess, which would be slowed down.
    expect(codeOf(await logIn(wrong, 'not it'))).toBe('account.wrong_credentials');
    const right = randomUUID();
    const slowed = await logIn(right, PASSWORD);
    expect([slowed.status, codeOf(slowed)]).toEqual([429, 'account.throttled']);
    await until('the wait is over', async () => (await logIn(right, PASSWORD)).status === 201);
  });

  test.each(['', ' ', 'a b', 'ä', 'x'.repeat(65)])('that is %j is refused', async (key) => {
    const answer = await post('/v1/users', { key, body: newUser() });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'request.invalid_header']);
  });

  test.each(['x', '"8e03978e-40d5-43e8-bc93-6894a57f9324"', 'x'.repeat(64)])('may be %s', async (key) => {
    expect((await post('/v1/users', { key, body: newUser() })).status).toBe(201);
  });

  test('hides no refusal: a long body, one that is no JSON, and a path that is not there', async () => {
    for (const [path, body, code] of [
      ['/v1/users', LARGE, 'request.body_too_large'],
      ['/v1/users', '{', 'request.invalid_json'],
      ['/v1/nothing', '{}', 'request.not_found'],
      ['/v1/presence', '{}', 'request.method_not_allowed'],
    ] as const) {
      const key = randomUUID();
      for (const _time of [1, 2]) expect(codeOf(await post(path, { key, body }))).toBe(code);
    }
  });

  test('has a browser logged in again whose answer was lost', async () => {
    const page = new BrowserPage(gatherd.url('front'));
    const key = { [IDEMPOTENCY_HEADER]: randomUUID() };
    const first = await page.login(admin.name, PASSWORD, key);
    page.jar.clear();
    const before = await sessionsOf(admin);
    const again = await page.login(admin.name, PASSWORD, key);
    expect(again.cookies).toEqual(first.cookies);
    expect(await sessionsOf(admin)).toBe(before);
    expect((await page.ask('GET', '/v1/account')).body).toMatchObject({ username: admin.name });
    const foreign = await page.login(admin.name, PASSWORD, { ...key, Origin: 'https://example.org' });
    expect(foreign.cookies).toEqual([]);
  });
});
