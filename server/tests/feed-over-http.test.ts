import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Permission, Role } from '../../protocol/permissions.js';
import { TICKET_PROTOCOL_PREFIX, FEED_PROTOCOL } from '../../protocol/feed.js';
import type { Caller } from '../features/sessions/session-service.js';
import { newBearer, type Bearer } from './support/feed-bearers.js';
import { FeedSocket, FeedStream, type FeedAsked } from './support/feed-clients.js';
import { InProcessGatherd } from './support/in-process-gatherd.js';
import { until } from './support/until.js';

const HERE = '127.0.0.1';

let gatherd: InProcessGatherd;
let root: Caller;

beforeAll(async () => {
  gatherd = await InProcessGatherd.start();
  root = (await bearer({ role: 'admin' })).caller;
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

function bearer(more?: { role?: Role; permissions?: readonly Permission[] }): Promise<Bearer> {
  return newBearer(gatherd, more);
}

function moderator(): Promise<Bearer> {
  return bearer({ role: 'moderator' });
}

async function store(token: string, ...messages: readonly object[]): Promise<number> {
  const answer = await request(gatherd.url('front'))
    .post('/v1/messages')
    .set('Authorization', `Bearer ${token}`)
    .send(messages as object[]);
  expect(answer.status).toBe(200);
  return (answer.body as { last: number }).last;
}

const openSocket = (asked: FeedAsked, ...more: [string[]?]) =>
  FeedSocket.open(gatherd.url('front'), asked, ...more);
const openStream = (asked: FeedAsked) => FeedStream.open(gatherd.url('front'), asked);

describe.each([
  ['as Server-Sent Events', 'sse', openStream],
  ['as a WebSocket', 'websocket', openSocket],
] as const)('the feed %s', (_how, door, open) => {
  test('begins with hello, and has every record once and in order', async () => {
    const { name, token } = await moderator();
    const last = await store(token, { message: 'before' });
    using client = await open({ token });
    const hello = await client.event('hello');
    expect(hello).toMatchObject({ seq: last, connection: { user: name, endpoint: HERE, door } });
    const messages = Array.from({ length: 300 }, (_, index) => ({ message: `${name} ${String(index)}` }));
    for (let at = 0; at < messages.length; at += 50) await store(token, ...messages.slice(at, at + 50));
    expect(await client.records(300)).toEqual(messages.map(({ message }) => message));
    expect(client.seqs).toEqual(messages.map((_, index) => last + 1 + index));
  });

  test('goes on behind a record that was seen', async () => {
    const { name, token } = await moderator();
    const first = await store(
      token,
      { message: `${name} 0` },
      { message: `${name} 1` },
      { message: `${name} 2` },
    );
    using client = await open({ token, query: `after=${String(first - 2)}` });
    expect((await client.event('hello')).seq).toBe(first - 2);
    await store(token, { message: `${name} 3` });
    expect(await client.records(3)).toEqual([1, 2, 3].map((index) => `${name} ${String(index)}`));
  });

  test('has what is wanted only, and says who comes and goes', async () => {
    const { name, token } = await moderator();
    using client = await open({ token, query: `user=${name}&topic=disk&contains=full&presence=true` });
    await client.event('hello');
    const other = await bearer();
    await store(other.token, { message: 'full', topic: 'disk' });
    await store(
      token,
      { message: 'full' },
      { message: 'empty', topic: 'disk' },
      { message: 'is full', topic: 'disk' },
    );
    expect(await client.records(1)).toEqual(['is full']);
    using guest = await FeedSocket.open(gatherd.url('front'), other);
    await client.event('join');
    guest.websocket.close();
    expect((await client.event('leave')).connection).toMatchObject({ user: other.name, door: 'websocket' });
  });

  test('has JSON of any length and any character as it is stored', async () => {
    const { token } = await moderator();
    using client = await open({ token });
    const messages = [
      { 'a\u2028\r\n': ['\u0000\u007F😀', 1.5, null] },
      ...[90, 98, 99, 100, 125, 126, 65_400, 65_536, 200_000].map((length) => 'ü\n'.repeat(length / 3)),
    ];
    for (const message of messages) await store(token, { message });
    expect(await client.records(messages.length)).toEqual(messages);
  });

  test('has the topic chat alone for whoever may do no more', async () => {
    const { token } = await bearer({ permissions: ['chat'] });
    using client = await open({ token });
    await client.event('hello');
    const sender = await moderator();
    await store(sender.token, { message: 'secret', topic: 'disk' }, { message: 'hello', topic: 'chat' });
    expect(await client.records(1)).toEqual(['hello']);
    await expect(open({ token, query: 'topic=disk' })).rejects.toThrow('403');
  });

  test.each<[string, FeedAsked, number]>([
    ['of nobody', {}, 401],
    ['of an unknown token', { token: 'gds_AAAA' }, 401],
    ['with the token in the address', { query: 'token=x' }, 400],
    ['of a parameter twice', { query: 'topic=a&topic=b' }, 400],
    ['of a place that is none', { query: 'after=yesterday' }, 400],
    ['from where it has not been', { headers: { 'Last-Event-ID': 'x' } }, 400],
    ['of another host', { headers: { Host: 'example.org' } }, 421],
  ])('refuses a request %s', async (_what, asked, status) => {
    const known = status === 401 ? {} : { token: (await moderator()).token };
    await expect(open({ ...asked, ...known })).rejects.toThrow(String(status));
  });

  test('refuses who may not', async () => {
    const { token } = await bearer({ permissions: [] });
    await expect(open({ token })).rejects.toThrow('403');
  });
});

test('what is asked for with HEAD or POST is refused', async () => {
  const { token } = await moderator();
  for (const method of ['head', 'post', 'delete'] as const) {
    const asked = request(gatherd.url('front'))[method]('/v1/feed');
    const answer = await asked.set('Authorization', `Bearer ${token}`);
    expect([answer.status, answer.get('Allow')]).toEqual([405, 'GET']);
  }
});

test('an EventSource comes back with the last id, which goes before where it began', async () => {
  const { name, token } = await moderator();
  using stream = await openStream({ token, query: 'after=0&contains=nothing-has-it' });
  const last = await store(token, { message: `${name} 0` });
  expect(stream.response.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  await store(token, { message: `${name} 1` });
  const headers = { 'Last-Event-ID': String(last) };
  using again = await openStream({ token, query: 'after=0', headers });
  expect(await again.records(1)).toEqual([`${name} 1`]);
  expect(again.lastEventId).toBe(String(last + 1));
});

/** How a session or what it may do comes to its end. */
const ENDS: readonly [string, (bearer: Bearer) => Promise<unknown>, string, number][] = [
  ['a logout', ({ caller }) => gatherd.services.logins.logout(caller), 'session.invalid', 4401],
  [
    'the end of the session by an administrator',
    ({ name }) => gatherd.services.userAdmin.endSessions(root, name),
    'session.invalid',
    4401,
  ],
  [
    'a suspension',
    ({ name }) => gatherd.services.userAdmin.change(root, name, { status: 'suspended' }),
    'session.invalid',
    4401,
  ],
  [
    'the loss of the permission',
    ({ name }) => gatherd.services.userAdmin.change(root, name, { permissions: ['messages:write'] }),
    'permission.missing',
    4403,
  ],
];

test.each(ENDS)('%s ends the feed at once', async (_what, end, code, closeCode) => {
  const leaver = await moderator();
  using stays = await openSocket(await moderator());
  using socket = await openSocket(leaver);
  using stream = await openStream(leaver);
  await Promise.all([socket.event('hello'), stream.event('hello')]);
  await end(leaver);
  const closed = await socket.end();
  expect(closed.code).toBe(closeCode);
  expect(closed.reason).toMatch(new RegExp(`^${code}: .+`));
  await until('the stream has ended', () => stream.isClosed);
  expect(stream.ended).toMatchObject({ code, retryable: false });
  expect(stays.closed).toBeUndefined();
});

test('a revoked API token ends the feed at once', async () => {
  const { caller } = await moderator();
  const wanted = { name: 'device', permissions: ['feed:read' as const], expires_in: 60 };
  const { token, id } = await gatherd.services.apiTokens.create(caller, wanted);
  using socket = await openSocket({ token });
  using stream = await openStream({ token });
  await Promise.all([socket.event('hello'), stream.event('hello')]);
  await gatherd.services.apiTokens.revoke(caller, id);
  expect((await socket.end()).code).toBe(4401);
  await until('the stream has ended', () => stream.ended);
});

describe('a ticket', () => {
  async function ticketOf(token: string): Promise<string> {
    const answer = await request(gatherd.url('front'))
      .post('/v1/feed/tickets')
      .set('Authorization', `Bearer ${token}`);
    expect(answer.status).toBe(201);
    return (answer.body as { ticket: string }).ticket;
  }
  const withTicket = (ticket: string, asked: FeedAsked = {}) =>
    openSocket(asked, [FEED_PROTOCOL, TICKET_PROTOCOL_PREFIX + ticket]);

  test('opens the feed once, for whom it was made, and is not said back', async () => {
    const { name, token } = await moderator();
    const ticket = await ticketOf(token);
    using socket = await withTicket(ticket);
    expect((await socket.event('hello')).connection.user).toBe(name);
    expect(socket.websocket.protocol).toBe(FEED_PROTOCOL);
    await expect(withTicket(ticket)).rejects.toThrow('401');
  });

  test('is good at its own address only, and for nothing once it was shown elsewhere', async () => {
    const ticket = await ticketOf((await moderator()).token);
    await expect(withTicket(ticket, { headers: { 'X-Forwarded-For': '198.51.100.7' } })).rejects.toThrow(
      '401',
    );
    await expect(withTicket(ticket)).rejects.toThrow('401');
  });

  test('ends with its session', async () => {
    const { caller, token } = await moderator();
    const [open, unused] = [await ticketOf(token), await ticketOf(token)];
    using socket = await withTicket(open);
    await gatherd.services.logins.logout(caller);
    expect((await socket.end()).code).toBe(4401);
    await expect(withTicket(unused)).rejects.toThrow('401');
  });

  test('is in no line of the log', async () => {
    const ticket = await ticketOf((await moderator()).token);
    await expect(withTicket(`${ticket}x`)).rejects.toThrow('401');
    expect(gatherd.log.at(-1)).toMatchObject({ code: 'ticket.invalid' });
    expect(JSON.stringify(gatherd.log)).not.toContain(ticket);
  });
});

test('presence lists who is connected, and from where', async () => {
  const watcher = await moderator();
  using socket = await openSocket(watcher);
  using stream = await openStream({ ...watcher, headers: { 'X-Forwarded-For': HERE } });
  await Promise.all([socket.event('hello'), stream.event('hello')]);
  const answer = await request(gatherd.url('front'))
    .get('/v1/presence')
    .set('Authorization', `Bearer ${watcher.token}`);
  const own = (answer.body as { connections: { user: string; door: string }[] }).connections.filter(
    ({ user }) => user === watcher.name,
  );
  expect(own.map(({ door }) => door)).toEqual(['websocket', 'sse']);
});

test('presence has whoever is renamed by the new name, and nobody by one that is given up', async () => {
  const { name, token } = await moderator();
  using stream = await openStream({ token, headers: { 'X-Forwarded-For': HERE } });
  await stream.event('hello');
  const api = (method: 'get' | 'patch', path: string) =>
    request(gatherd.url('front'))[method](path).set('Authorization', `Bearer ${token}`);
  await api('patch', '/v1/account')
    .send({ username: `${name}-b` })
    .expect(200);
  const answer = await api('get', '/v1/presence');
  const users = (answer.body as { connections: { user: string }[] }).connections.map(({ user }) => user);
  expect(users).toContain(`${name}-b`);
  expect(users).not.toContain(name);
});

test('what is said in the chat over HTTP reaches everybody', async () => {
  const sayer = await bearer();
  using socket = await openSocket({ token: sayer.token });
  using stream = await openStream(await bearer({ permissions: ['chat'] }));
  await Promise.all([socket.event('hello'), stream.event('hello')]);
  const said = await request(gatherd.url('front'))
    .post('/v1/chat')
    .set('Authorization', `Bearer ${sayer.token}`)
    .send({ message: 'Hail!' });
  expect(said.status).toBe(201);
  expect(await socket.records(1)).toEqual(['Hail!']);
  expect(await stream.records(1)).toEqual(['Hail!']);
  expect(stream.seqs).toEqual([(said.body as { seq: number }).seq]);
});

test('more in the chat than its limit is refused, user by user', async () => {
  await using slow = await InProcessGatherd.start({ GATHERD_CHAT_RATE: '1' });
  const say = async (token: string) =>
    request(slow.url('front'))
      .post('/v1/chat')
      .set('Authorization', `Bearer ${token}`)
      .send({ message: 'x' });
  const [dale, annie] = [(await newBearer(slow)).token, (await newBearer(slow)).token];
  for (let said = 0; said < 60; said += 1) expect((await say(dale)).status).toBe(201);
  const refused = await say(dale);
  expect(refused.body).toMatchObject({ status: 429, code: 'chat.rate_limited' });
  expect((await say(annie)).status).toBe(201);
});
