import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Permission } from '../../protocol/permissions.js';
import { newBearer, type Bearer } from './support/feed-bearers.js';
import { FeedSocket, FeedStream, type FeedAsked } from './support/feed-clients.js';
import { InProcessGatherd } from './support/in-process-gatherd.js';
import { RawConnection } from './support/raw-connection.js';
import { until } from './support/until.js';

const KiB = 1024;
const NO_FRAME = "Invalid 'frame': must be a JSON object";

const HANDSHAKE = [
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

let gatherd: InProcessGatherd;

beforeAll(async () => {
  gatherd = await InProcessGatherd.start({ GATHERD_CHAT_RATE: '0', GATHERD_MAX_MESSAGE_BYTES: '64KiB' });
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

function open(asked: FeedAsked, at = gatherd): Promise<FeedSocket> {
  return FeedSocket.open(at.url('front'), asked);
}

function moderator(at = gatherd): Promise<Bearer> {
  return newBearer(at, { role: 'moderator' });
}

async function socketOf(permissions?: readonly Permission[]): Promise<FeedSocket> {
  return open(await newBearer(gatherd, permissions === undefined ? { role: 'moderator' } : { permissions }));
}

describe('what a client sends', () => {
  test('is stored with its topic and time, and comes to everybody, its sender too', async () => {
    const sender = await moderator();
    using socket = await open({ ...sender, query: `user=${sender.name}` });
    using other = await open({ ...(await moderator()), query: `user=${sender.name}` });
    const time = '2026-11-21T02:44:57+01:00';
    const message = { 'dïsk\u2028': [1, null, '\u0000'] };
    const answer = await socket.ask(message, { topic: 'disk', time });
    const record = { seq: 0, user: sender.name, endpoint: '127.0.0.1', message, topic: 'disk', time };
    const stored = (await gatherd.records()).at(-1);
    expect(stored).toMatchObject({ ...record, seq: stored?.seq });
    expect(answer).toEqual({ type: 'ack', id: '1', seq: stored?.seq });
    for (const client of [socket, other])
      expect((await client.event('record')).record).toMatchObject({ ...record, seq: stored?.seq });
  });

  test('keeps every digit of its numbers', async () => {
    using socket = await socketOf();
    const message = '{"number":\t12345678901234567890.10,"tiny":1e-400}';
    socket.websocket.send(`{"type":"send","id":"a","message":${message}}`);
    await until('an answer', () => socket.answers[0]);
    const dump = await readFile(gatherd.file('dump.ndjson'), 'utf8');
    expect(dump).toContain(`"message":${message.replace('\t', ' ')}`);
  });

  test('is chat where its topic is chat', async () => {
    using socket = await socketOf(['chat']);
    const answer = await socket.ask('Hail!', { topic: 'chat' });
    expect(answer).toMatchObject({ type: 'ack', seq: expect.any(Number) as number });
    expect(await socket.records(1)).toEqual(['Hail!']);
  });

  test('is answered message by message, many at once, and stored once each', async () => {
    const sender = await moderator();
    using socket = await open({ ...sender, query: `user=${sender.name}` });
    const ids = Array.from({ length: 2000 }, (_, index) => socket.send(`m${String(index)}`));
    await socket.records(2000);
    await until('all answers', () => socket.answers.length === 2000);
    expect(socket.messages).toEqual(ids.map((_, index) => `m${String(index)}`));
    expect(socket.answers.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(socket.answers.map((answer) => (answer.type === 'ack' ? answer.seq : 0)).sort()).toEqual(
      [...socket.seqs].sort(),
    );
  });

  test.each<[string, string, { code: string; id: string | null; detail?: string }]>([
    ['what is no JSON', '{', { code: 'request.invalid_field', id: null, detail: NO_FRAME }],
    ['what is no object', '[]', { code: 'request.invalid_field', id: null, detail: NO_FRAME }],
    ['another type', '{"type":"shout","id":"a","message":1}', { code: 'request.invalid_field', id: 'a' }],
    ['no type', '{"id":"a","message":1}', { code: 'request.missing_field', id: 'a' }],
    ['no message', '{"type":"send","id":"a"}', { code: 'request.missing_field', id: 'a' }],
    ['no id', '{"type":"send","message":1}', { code: 'request.missing_field', id: null }],
    [
      'an id that is no text',
      '{"type":"send","id":1,"message":1}',
      { code: 'request.invalid_field', id: null, detail: "Invalid 'id': must be 1 to 64 characters" },
    ],
    [
      'an id that is too long',
      `{"type":"send","id":"${'x'.repeat(65)}","message":1}`,
      { code: 'request.invalid_field', id: null },
    ],
    [
      'another key',
      '{"type":"send","id":"a","message":1,"to":2}',
      { code: 'request.invalid_field', id: 'a' },
    ],
    [
      'a topic of two words',
      '{"type":"send","id":"a","message":1,"topic":"a b"}',
      {
        ...{ code: 'request.invalid_field', id: 'a' },
        detail: "Invalid 'topic': must be 1 to 64 of A-Za-z0-9._-",
      },
    ],
    [
      'a topic that is no text',
      '{"type":"send","id":"a","message":1,"topic":2}',
      {
        ...{ code: 'request.invalid_field', id: 'a' },
        detail: "Invalid 'topic': must be 1 to 64 of A-Za-z0-9._-",
      },
    ],
    [
      'a time that is none',
      '{"type":"send","id":"a","message":1,"time":"now"}',
      {
        ...{ code: 'request.invalid_field', id: 'a' },
        detail: "Invalid 'time': must be a time as in RFC 3339, like 2026-11-21T02:44:57Z",
      },
    ],
    [
      'chat that is no text',
      '{"type":"send","id":"a","message":1,"topic":"chat"}',
      { code: 'request.invalid_field', id: 'a' },
    ],
    [
      'chat that is empty',
      '{"type":"send","id":"a","message":"","topic":"chat"}',
      { code: 'request.invalid_field', id: 'a' },
    ],
    [
      'chat with a time',
      '{"type":"send","id":"a","message":"x","topic":"chat","time":"2026-11-21T02:44:57Z"}',
      { code: 'request.invalid_field', id: 'a' },
    ],
    [
      'what is nested too deep',
      `{"type":"send","id":"a","message":${'['.repeat(32)}${']'.repeat(32)}}`,
      { code: 'request.too_deep', id: 'a' },
    ],
    [
      'what is nested without end',
      `{"type":"send","id":"a","message":${'['.repeat(380_000)}`,
      { code: 'request.too_deep', id: 'a' },
    ],
    [
      'what has more commas than a message has bytes',
      `{"type":"send","id":"a","message":[${'0,'.repeat(66 * KiB)}`,
      { code: 'request.invalid_field', id: 'a' },
    ],
    ['what breaks off', '{"type":"send","id":"a","mess', { code: 'request.invalid_field', id: 'a' }],
    [
      'what breaks off behind another id',
      '{"message":{"id":"b"},"id":"a","to"',
      { code: 'request.invalid_field', id: null },
    ],
    [
      'what is larger than a message may be',
      `{"type":"send","id":"a","message":"${'x'.repeat(64 * KiB + 1)}"}`,
      { code: 'request.invalid_field', id: 'a' },
    ],
    [
      'JSON that is larger than a message may be',
      `{"type":"send","id":"a","message":["${'x'.repeat(64 * KiB)}"]}`,
      { code: 'request.invalid_field', id: 'a' },
    ],
  ])('is refused where it is %s, and the next one is taken', async (_what, text, refusal) => {
    using socket = await socketOf();
    const before = (await gatherd.records()).length;
    socket.websocket.send(text);
    const refused = await until('a refusal', () => socket.answers[0]);
    expect(refused).toMatchObject({ type: 'refused', ...refusal, retryable: false });
    expect(gatherd.log.at(-1)).toMatchObject({ code: refusal.code, msg: 'A request was refused.' });
    expect(await gatherd.records()).toHaveLength(before);
    expect(await socket.ask('fine')).toMatchObject({ type: 'ack' });
  });

  test('is refused where its sender may not', async () => {
    using reader = await socketOf(['feed:read']);
    expect(await reader.ask('x')).toMatchObject({ type: 'refused', code: 'permission.missing' });
    expect(await reader.ask('x', { topic: 'chat' })).toMatchObject({ code: 'permission.missing' });
    using talker = await socketOf(['chat']);
    expect(await talker.ask('x', { topic: 'disk' })).toMatchObject({ code: 'permission.missing' });
  });

  test('is large, and full of escapes', async () => {
    using socket = await socketOf(['messages:write', 'feed:read']);
    const message = 'ü'.repeat(32 * KiB);
    const escaped = [...message].map(() => '\\u00fc').join('');
    socket.websocket.send(`{"type":"send","id":"a","message":"${escaped}"}`);
    expect(await socket.records(1)).toEqual([message]);
  });
});

test('a client that is too fast is slowed down, and nobody else', async () => {
  await using paced = await InProcessGatherd.start({ GATHERD_CHAT_RATE: '1' });
  using fast = await open(await moderator(paced), paced);
  using other = await open(await moderator(paced), paced);
  const began = performance.now();
  // The last one's turn is after half a minute.
  for (let count = 0; count < 30; count += 1) fast.send(count);
  expect(await other.ask('in between')).toMatchObject({ type: 'ack' });
  expect(fast.answers.length).toBeLessThan(30);
  // One at once, then one every second.
  await until('some answers', () => fast.answers.length >= 3);
  expect(performance.now() - began).toBeGreaterThan(1900);
});

test('a user is not faster by more connections, nor by new ones', async () => {
  await using paced = await InProcessGatherd.start({ GATHERD_CHAT_RATE: '10' });
  const bearer = await moderator(paced);
  const began = performance.now();
  let sent = 0;
  for (let round = 0; round < 3; round += 1) {
    using one = await open(bearer, paced);
    using two = await open(bearer, paced);
    for (let count = 0; count < 5; count += 1) for (const client of [one, two]) client.send((sent += 1));
    await until('all answers', () => one.answers.length + two.answers.length === 10);
  }
  // Thirty: ten at once, and two that go together now and then.
  expect(performance.now() - began).toBeGreaterThan(1400);
});

test('JSON that would cost much to parse costs no more than other bytes', async () => {
  await using large = await InProcessGatherd.start({ GATHERD_CHAT_RATE: '0' });
  using client = await open(await moderator(large), large);
  const costs: Record<string, number[]> = { '[': [], x: [] };
  for (let round = 0; round < 4; round += 1)
    for (const [byte, all] of Object.entries(costs)) {
      const goal = client.answers.length + 5;
      // Of this process: what else the machine does takes time, and none of this.
      const before = process.cpuUsage();
      for (let count = 0; count < 5; count += 1) client.websocket.send(byte.repeat(1_000_000));
      await until('all answers', () => client.answers.length === goal);
      all.push(process.cpuUsage(before).user);
    }
  const [brackets = [], letters = []] = Object.values(costs);
  expect(Math.min(...brackets) / Math.min(...letters)).toBeLessThan(3);
});

test('clients that come and vanish leave nothing behind', async () => {
  const bearer = await moderator();
  const sockets = () => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name)).length;
  await until('nobody is there', () => gatherd.feed.count === 0);
  const before = sockets();
  for (let round = 0; round < 5; round += 1) {
    const clients = await Promise.all(Array.from({ length: 20 }, () => open(bearer)));
    for (const client of clients) {
      client.send('x');
      client.websocket.terminate();
    }
  }
  await until('nobody is there', () => gatherd.feed.count === 0);
  await until('as many sockets and timers as before', () => sockets() <= before);
});

describe('a WebSocket is closed', () => {
  test('with 1003 for what is no text', async () => {
    using socket = await socketOf();
    socket.websocket.send(Buffer.from('{"type":"send","id":"a","message":1}'));
    expect(await socket.end()).toEqual({
      code: 1003,
      reason: 'request.unsupported_media_type: Only text is accepted here',
    });
  });

  test('with 1009 for what is too large by far', async () => {
    using socket = await socketOf();
    socket.websocket.send('x'.repeat(64 * KiB * 6 + 1025));
    expect((await socket.end()).code).toBe(1009);
  });

  test('with 1009 for what is larger than a body may be', async () => {
    await using small = await InProcessGatherd.start({
      GATHERD_MAX_MESSAGE_BYTES: '64KiB',
      GATHERD_MAX_BODY_BYTES: '65KiB',
    });
    using socket = await open(await moderator(small), small);
    expect(await socket.ask('x'.repeat(64 * KiB))).toMatchObject({ type: 'ack' });
    socket.websocket.send('x'.repeat(65 * KiB + 1));
    expect((await socket.end()).code).toBe(1009);
  });

  test.each([
    ['a message whose end does not come', fragment(0x01, 100)],
    ['a frame whose end does not come', fragment(0x81, 100).subarray(0, 50)],
    ['the head of a frame', fragment(0x81, 100).subarray(0, 1)],
  ])('with 4408 for %s in time', async (_what, bytes) => {
    await using hasty = await InProcessGatherd.start({
      GATHERD_REQUEST_TIMEOUT: '1',
      GATHERD_HEADERS_TIMEOUT: '1',
    });
    using socket = await open(await moderator(hasty), hasty);
    expect(await socket.ask('before')).toMatchObject({ type: 'ack' });
    rawSocketOf(socket).write(bytes);
    // These can come between fragments, and are no progress.
    const pongs = setInterval(() => {
      if (bytes[0] === 0x01) socket.websocket.pong();
    }, 100);
    const began = performance.now();
    expect(await socket.end()).toEqual({
      code: 4408,
      reason: 'request.timed_out: The request did not arrive in time',
    });
    clearInterval(pongs);
    expect(performance.now() - began).toBeGreaterThan(900);
  });

  test('with 4503 for what is received while too much is held, of which nothing stays', async () => {
    await using small = await InProcessGatherd.start({
      GATHERD_MAX_RECEIVING_BYTES: '128KiB',
      GATHERD_MAX_MESSAGE_BYTES: '64KiB',
      GATHERD_MAX_BODY_BYTES: '128KiB',
    });
    const bearer = await moderator(small);
    using first = await open(bearer, small);
    using second = await open(bearer, small);
    rawSocketOf(first).write(fragment(0x01, 90 * KiB));
    rawSocketOf(second).write(fragment(0x01, 90 * KiB));
    const closed = await until('one is closed', () => first.closed ?? second.closed);
    const reason = 'request.busy: Too much is being received at once: nothing was stored';
    expect(closed).toEqual({ code: 4503, reason });
    first.websocket.terminate();
    second.websocket.terminate();
    await until('nobody is there', () => small.feed.count === 0);
    using third = await open(bearer, small);
    rawSocketOf(third).write(fragment(0x01, 90 * KiB));
    rawSocketOf(third).write(fragment(0x80, 1));
    expect(await until('an answer', () => third.answers[0])).toMatchObject({ code: 'request.invalid_field' });
  });

  test('with 1007 for what is no UTF-8', async () => {
    using socket = await socketOf();
    socket.websocket.send(Buffer.from([0xff]), { binary: false });
    expect((await socket.end()).code).toBe(1007);
  });

  test('with 1002 for what is not masked', async () => {
    using socket = await socketOf();
    rawSocketOf(socket).write(Buffer.from([0x81, 0x01, 0x78]));
    expect((await socket.end()).code).toBe(1002);
  });

  test('with 1001 when the server stops, as a stream is ended', async () => {
    await using other = await InProcessGatherd.start();
    const { token } = await moderator(other);
    using socket = await open({ token }, other);
    using stream = await FeedStream.open(other.url('front'), { token });
    await Promise.all([socket.event('hello'), stream.event('hello')]);
    await other.stop();
    expect(await socket.end()).toEqual({ code: 1001, reason: 'feed.closing: The server is stopping' });
    await until('the stream has ended', () => stream.isClosed);
    expect(stream.ended).toMatchObject({ code: 'feed.closing', retryable: true });
  });

  test('by a cut where the peer does not answer', async () => {
    const bearer = await moderator();
    using silent = await rawWebSocket(bearer.token);
    let told = '';
    silent.socket.on('data', (bytes: Buffer) => (told += bytes.toString('latin1')));
    await until('it is there', () => isThere(bearer));
    await gatherd.services.logins.logout(bearer.caller);
    await until('it is cut off', () => silent.socket.destroyed);
    expect(told).toContain('session.invalid');
  });

  test('and forgotten when its peer vanishes in the middle of a frame', async () => {
    const bearer = await moderator();
    {
      using vanishing = await rawWebSocket(bearer.token);
      // Half of a masked frame of 126 bytes and more.
      await vanishing.send(Buffer.from([0x81, 0xfe, 0x01, 0x00, 1, 2, 3, 4, 5, 6]));
      await until('it is there', () => isThere(bearer));
    }
    await until('it is gone', () => !isThere(bearer));
  });
});

describe('a reader that does not read', () => {
  test.each([
    ['a WebSocket', HANDSHAKE],
    ['Server-Sent Events', []],
  ])(
    'of %s is ended, keeps nobody else waiting, and learns why where it reads again in time',
    async (_what, lines) => {
      await using small = await InProcessGatherd.start({
        GATHERD_FEED_BUFFER: '256KiB',
        GATHERD_REQUEST_TIMEOUT: '1',
        GATHERD_HEADERS_TIMEOUT: '1',
        GATHERD_CHAT_RATE: '0',
      });
      const [slow, sender] = [await moderator(small), await moderator(small)];
      const { hostname, port } = new URL(small.url('front'));
      const lazy = connect({ host: hostname, port: Number(port) });
      lazy.on('error', () => undefined).write(headOf(`${hostname}:${port}`, slow.token, lines));
      await until('it is there', () => isThere(slow, small));
      using other = await open(sender, small);
      await other.event('hello');
      let sent = 0;
      await until('the slow one is gone', async () => {
        for (let more = 0; more < 20; more += 1) other.send('x'.repeat(100 * KiB));
        sent += 20;
        await other.records(sent);
        // The clock of the feed stands still until it is set on.
        small.clock.advance(200);
        return !isThere(slow, small);
      });
      const end = small.log.filter(({ msg }) => msg === 'A connection to the feed was ended.');
      expect(end).toEqual([expect.objectContaining({ level: 30, code: 'feed.too_slow', user: slow.name })]);
      // Longer than others have who are told why.
      await new Promise((resolve) => setTimeout(resolve, 3000));
      let told = '';
      lazy.on('data', (bytes: Buffer) => (told = (told + bytes.toString('latin1')).slice(-1000)));
      await until('it is told why', () => told.includes('feed.too_slow'));
      lazy.destroy();
      expect(other.messages).toHaveLength(sent);
      expect(other.closed).toBeUndefined();
    },
  );
});

function isThere({ caller }: Bearer, at = gatherd): boolean {
  return at.feed
    .presence({ ...caller, session: caller.session })
    .some(({ user }) => user === caller.session.userName);
}

/** A masked frame, or the first bytes of it. */
function fragment(first: number, length: number): Buffer {
  const head = Buffer.alloc(14);
  head.writeUInt8(first);
  head.writeUInt8(0xff, 1);
  head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, Buffer.alloc(length, 'x')]);
}

function rawSocketOf(socket: FeedSocket): Socket {
  return (socket.websocket as unknown as { _socket: Socket })._socket;
}

async function rawWebSocket(token: string): Promise<RawConnection> {
  const address = gatherd.url('front').replace('http://', '');
  const connection = await RawConnection.open(address);
  await connection.send(headOf(address, token, HANDSHAKE));
  return connection;
}

function headOf(host: string, token: string, lines: readonly string[]): string {
  const head = ['GET /v1/feed HTTP/1.1', `Host: ${host}`, `Authorization: Bearer ${token}`, ...lines];
  return `${head.join('\r\n')}\r\n\r\n`;
}
