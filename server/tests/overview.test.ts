import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHAT_TOPIC } from '../../protocol/feed.js';
import { OVERVIEW_RANGES, OVERVIEW_STEPS, overview, type Overview } from '../../protocol/overview.js';
import { newBearer, type Bearer } from './support/feed-bearers.js';
import { FeedSocket } from './support/feed-clients.js';
import { InProcessGatherd } from './support/in-process-gatherd.js';

let gatherd: InProcessGatherd;
let reader: Bearer;

beforeAll(async () => {
  gatherd = await InProcessGatherd.start();
  reader = await newBearer(gatherd, { permissions: ['messages:read'] });
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

function ask(token: string, query = '') {
  return request(gatherd.url('front')).get(`/v1/overview${query}`).set('Authorization', `Bearer ${token}`);
}

async function look(range: keyof typeof OVERVIEW_RANGES = '10m'): Promise<Overview> {
  const answer = await ask(reader.token, `?range=${range}`);
  expect(answer.status).toBe(200);
  return overview.parse(answer.body);
}

/** As {@link look}, when the step that is under way is complete and all is looked at anew. */
function lookLater(range: keyof typeof OVERVIEW_RANGES = '10m'): Promise<Overview> {
  gatherd.clock.advance(OVERVIEW_RANGES[range] * 1000);
  return look(range);
}

async function post(token: string, body: string | object, headers: Readonly<Record<string, string>> = {}) {
  await request(gatherd.url('front'))
    .post('/v1/messages')
    .set({ Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers })
    .send(body)
    .expect(200);
}

async function handshake(username: string): Promise<string> {
  const url = gatherd.url('front');
  await request(url).post('/').send({ message_type: 'IDENTIFY', username }).expect(201);
  const secret = { message_type: 'AUTHENTICATE', username, password: 'pass' };
  const answer = await request(url).post('/').send(secret).expect(201);
  return (answer.body as { token: string }).token;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const sums = (loads: Overview['by_user']) =>
  Object.fromEntries(
    loads.map(({ name, messages, bytes }) => [name ?? 'others', [sum(messages), sum(bytes)]]),
  );

test('messages by every door are counted, by user and by topic, and those known already are not', async () => {
  const writer = await newBearer(gatherd, { role: 'moderator' });
  const single = await handshake('cooper');
  const message = { message_type: 'MESSAGE', token: single, message: ['one', 'two'] };
  await request(gatherd.url('front')).post('/').send(message).expect(201);
  const lines = '{"message":"x","topic":"app"}\n{"message":{"n":1},"topic":"db"}\n{"message":"none"}\n';
  const numbers = { 'Gather-Producer': randomUUID(), 'Gather-Sequence': '1' };
  const stream = { 'Content-Type': 'application/x-ndjson', ...numbers };
  await post(writer.token, lines, stream);
  await post(writer.token, `${lines}{"message":"new","topic":"app"}\n`, stream);
  await post(writer.token, { message: 'single', topic: 'app' });
  using socket = await FeedSocket.open(gatherd.url('front'), { token: writer.token });
  await socket.event('hello');
  await socket.ask('hi', { topic: CHAT_TOPIC });

  const { total, by_user, by_topic, commits, dump, subscriptions, spooling } = await lookLater();
  expect(sum(total.messages)).toBe(8);
  expect(sums(by_user)).toEqual({
    cooper: [2, '"one""two"'.length],
    [writer.name]: [6, '"x"{"n":1}"none""new""single""hi"'.length],
  });
  expect(sums(by_topic)).toEqual({
    '': [3, '"one""two""none"'.length],
    app: [3, '"x""new""single"'.length],
    db: [1, '{"n":1}'.length],
    [CHAT_TOPIC]: [1, '"hi"'.length],
  });
  expect(sum(commits.count)).toBeGreaterThan(0);
  const last = commits.count.findLastIndex((count) => count > 0);
  expect(commits.mean_ms[last]).toBeGreaterThan(0);
  expect(commits.max_ms[last]).toBeGreaterThanOrEqual(commits.mean_ms[last] ?? Infinity);
  expect(dump).toMatchObject({ last_seq: 8, segments: 1, queued_bytes: 0 });
  expect(dump.bytes).toBeGreaterThan(0);
  expect(dump.free_bytes).toBeGreaterThan(0);
  expect(subscriptions).toBe(1);
  expect(spooling).toContainEqual({
    user: writer.name,
    producer: numbers['Gather-Producer'],
    last: 4,
    last_seen_at: expect.any(String) as string,
  });
});

test.each(Object.keys(OVERVIEW_RANGES) as (keyof typeof OVERVIEW_RANGES)[])(
  'the steps of %s are those of the clock, and two answers agree about them',
  async (range) => {
    const step = OVERVIEW_RANGES[range];
    const first = await lookLater(range);
    expect(first).toMatchObject({ range, step });
    expect(Date.parse(first.until) % (step * 1000)).toBe(0);
    expect(Date.parse(first.until)).toBeLessThanOrEqual(Date.parse(first.now));
    expect(Date.parse(first.until)).toBeGreaterThan(Date.parse(first.now) - step * 1000);
    await post((await newBearer(gatherd)).token, { message: 'more' });
    const again = await look(range);
    expect([again.until, again.total]).toEqual([first.until, first.total]);
    const next = await lookLater(range);
    expect(Date.parse(next.until) - Date.parse(first.until)).toBe(step * 1000);
    expect(next.total.messages).toHaveLength(OVERVIEW_STEPS[range]);
    expect(next.total.messages.slice(0, -1)).toEqual(first.total.messages.slice(1));
    expect(sum(next.total.messages.slice(-1))).toBe(1);
  },
);

test('a session is there while it is open', async () => {
  const { name, caller } = await newBearer(gatherd);
  const isThere = ({ endpoints }: Overview) => endpoints.some(({ user }) => user === name);
  const before = await lookLater();
  expect(before.endpoints).toContainEqual({
    user: name,
    endpoint: '127.0.0.1',
    kind: 'login',
    client: 'a test',
    last_seen_at: expect.any(String) as string,
  });
  await gatherd.services.sessions.end(caller.session, () => Promise.resolve());
  // What is shown of sessions may be of a moment ago.
  const after = await lookLater();
  expect(isThere(after)).toBe(false);
  expect(after.endpoint_count).toBe(before.endpoint_count - 1);
});

test('sessions and streams whose time or account is gone are not shown as anybody’s', async () => {
  await using other = await InProcessGatherd.start({ GATHERD_TOKEN_TTL: '60' });
  const { token } = await newBearer(other, { role: 'admin' });
  const gone = await newBearer(other);
  const url = other.url('front');
  await request(url).post('/').send({ message_type: 'IDENTIFY', username: 'dale' }).expect(201);
  await request(url)
    .post('/')
    .send({ message_type: 'AUTHENTICATE', username: 'dale', password: 'pass' })
    .expect(201);
  await request(url)
    .post('/v1/messages')
    .set({ Authorization: `Bearer ${gone.token}`, 'Gather-Producer': randomUUID(), 'Gather-Sequence': '1' })
    .send({ message: 'x' })
    .expect(200);
  const lookThere = async () => {
    other.clock.advance(1000);
    const answer = await request(url).get('/v1/overview').set('Authorization', `Bearer ${token}`);
    const { endpoints, spooling } = overview.parse(answer.body);
    return { users: endpoints.map(({ user }) => user), streams: spooling.map(({ user }) => user) };
  };
  expect(await lookThere()).toMatchObject({
    users: expect.arrayContaining(['dale', gone.name]) as string[],
    streams: [gone.name],
  });
  await request(url).delete(`/v1/users/${gone.name}`).set('Authorization', `Bearer ${token}`).expect(204);
  other.clock.advance(60_000);
  const { users, streams } = await lookThere();
  expect(users).toHaveLength(1);
  expect(streams).toEqual([null]);
});

test('who may not read the messages of others, and what is no range, is refused', async () => {
  const { token } = await newBearer(gatherd);
  const refused = await ask(token);
  expect([refused.status, refused.body]).toMatchObject([403, { code: 'permission.missing' }]);
  for (const query of ['?range=1y', '?range=10m&range=2h', '?more=1']) {
    const answer = await ask(reader.token, query);
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'request.invalid_field' }]);
  }
  expect((await request(gatherd.url('front')).post('/v1/overview')).status).toBe(405);
});
