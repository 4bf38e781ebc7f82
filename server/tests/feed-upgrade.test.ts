import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newBearer, type Bearer } from './support/feed-bearers.js';
import { FeedSocket } from './support/feed-clients.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { GatherClient } from './support/gather-client.js';
import { InProcessGatherd } from './support/in-process-gatherd.js';
import { described } from './support/openapi-check.js';
import { RawConnection } from './support/raw-connection.js';
import { until } from './support/until.js';

let gatherd: InProcessGatherd;
let bearer: Bearer;
let address = '';

beforeAll(async () => {
  gatherd = await InProcessGatherd.start({ GATHERD_MAX_SUBSCRIPTIONS_PER_USER: '2' });
  bearer = await newBearer(gatherd, { role: 'moderator' });
  address = gatherd.url('front').replace('http://', '');
});

afterAll(async () => {
  await gatherd[Symbol.asyncDispose]();
});

/** A handshake of RFC 6455; a header that is undefined is left out. */
interface Handshake {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

function handshake({ method = 'GET', path = '/v1/feed', headers = {} }: Handshake = {}): string {
  const all: Handshake['headers'] = {
    Host: address,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    Authorization: `Bearer ${bearer.token}`,
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return [`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
}

async function answerTo(bytes: string) {
  using connection = await RawConnection.open(address);
  const reply = await connection.end(bytes);
  const [head = '', body = ''] = reply.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const [name = '', value = ''] = line.split(/: (.*)/s);
      return [name.toLowerCase(), value] as const;
    }),
  );
  return { status: Number(first.split(' ')[1]), headers, text: body };
}

describe('a request for a WebSocket is refused with an ordinary answer', () => {
  test.each<[string, Handshake, string, number]>([
    ['for another host', { headers: { Host: 'example.org' } }, 'request.unexpected_host', 421],
    ['for no host', { headers: { Host: undefined } }, 'request.malformed', 400],
    ['for another path', { path: '/v1/messages' }, 'request.not_found', 404],
    ['for a path behind it', { path: '/v1/feed/more' }, 'request.not_found', 404],
    ['with another method', { method: 'POST' }, 'request.method_not_allowed', 405],
    ['of another version', { headers: { 'Sec-WebSocket-Version': '8' } }, 'request.upgrade_required', 426],
    ['of no version', { headers: { 'Sec-WebSocket-Version': undefined } }, 'request.upgrade_required', 426],
    ['without a key', { headers: { 'Sec-WebSocket-Key': undefined } }, 'request.upgrade_required', 426],
    ['with a key that is none', { headers: { 'Sec-WebSocket-Key': 'x' } }, 'request.upgrade_required', 426],
    [
      'of a page of another site',
      { headers: { Origin: 'https://example.org' } },
      'request.foreign_origin',
      403,
    ],
    ['of a page of nowhere', { headers: { Origin: 'null' } }, 'request.foreign_origin', 403],
    [
      'of a page of another port',
      { headers: { Origin: 'http://127.0.0.1:1' } },
      'request.foreign_origin',
      403,
    ],
    ['with another parameter', { path: '/v1/feed?token=x' }, 'request.invalid_field', 400],
    ['from where it has not been', { headers: { 'Last-Event-ID': 'x' } }, 'request.invalid_header', 400],
    ['without a token', { headers: { Authorization: undefined } }, 'token.missing', 401],
    ['with an unknown token', { headers: { Authorization: 'Bearer gds_AAAA' } }, 'session.invalid', 401],
    [
      'with an unknown ticket',
      { headers: { 'Sec-WebSocket-Protocol': 'gatherd.feed.v1, gatherd.ticket.AAAA' } },
      'ticket.invalid',
      401,
    ],
    [
      'with another subprotocol',
      { headers: { 'Sec-WebSocket-Protocol': 'chat, gatherd.feed.v2' } },
      'request.invalid_header',
      400,
    ],
    [
      'with a ticket alone',
      { headers: { 'Sec-WebSocket-Protocol': 'gatherd.ticket.AAAA' } },
      'request.invalid_header',
      400,
    ],
    [
      'with subprotocols that are none',
      { headers: { 'Sec-WebSocket-Protocol': 'gatherd.feed.v1, gatherd.feed.v1' } },
      'request.malformed',
      400,
    ],
  ])('%s', async (_what, asked, code, status) => {
    const answer = await answerTo(handshake(asked));
    expect(answer).toMatchObject({ status, headers: { 'content-type': 'application/problem+json' } });
    expect(JSON.parse(answer.text)).toMatchObject({ status, code });
    expect(answer.headers['connection']).toContain('close');
    expect(gatherd.log.at(-1)).toMatchObject({ code, requestId: answer.headers['x-request-id'] });
    if (status === 426)
      expect(answer.headers).toMatchObject({ upgrade: 'websocket', 'sec-websocket-version': '13' });
    if (asked.path === undefined && asked.method === undefined && asked.headers?.['Host'] === undefined)
      described('GET', '/v1/feed', answer);
    expect(gatherd.feed.count).toBe(0);
  });

  test('where a user has as many connections as it may have', async () => {
    using one = await FeedSocket.open(gatherd.url('front'), bearer);
    using other = await FeedSocket.open(gatherd.url('front'), bearer);
    await Promise.all([one.event('hello'), other.event('hello')]);
    const answer = await answerTo(handshake());
    expect(JSON.parse(answer.text)).toMatchObject({ status: 429, code: 'feed.too_many_of_user' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    one.websocket.close();
    await until('there is one less', () => gatherd.feed.count === 1);
    using again = await FeedSocket.open(gatherd.url('front'), bearer);
    await again.event('hello');
  });

  test('and the answer comes to a client that goes on sending', async () => {
    const answer = await answerTo(`${handshake({ path: '/nowhere' })}${'x'.repeat(300_000)}`);
    expect(answer.status).toBe(404);
  });
});

test.each([
  ['of the host itself', () => `http://${address}`],
  ['behind a proxy that speaks TLS', () => `https://${address}`],
])('a page %s may connect', async (_what, origin) => {
  using socket = await FeedSocket.open(gatherd.url('front'), { ...bearer, headers: { Origin: origin() } });
  await socket.event('hello');
});

test('a port that goes without saying is none of another origin', async () => {
  const headers = { Host: '127.0.0.1', Origin: 'http://127.0.0.1:80' };
  using socket = await FeedSocket.open(gatherd.url('front'), { ...bearer, headers });
  await socket.event('hello');
});

test('a client that asks for no subprotocol gets none', async () => {
  using socket = await FeedSocket.open(gatherd.url('front'), bearer, []);
  await socket.event('hello');
  expect(socket.websocket.protocol).toBe('');
});

describe('against the server itself', () => {
  let server: GatherdProcess;

  beforeAll(async () => {
    server = await GatherdProcess.start({
      env: { GATHERD_REQUEST_TIMEOUT: '2', GATHERD_HEADERS_TIMEOUT: '1', GATHERD_IDLE_TIMEOUT: '1' },
    });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  test('who offers HTTP/2 too is answered as if it had not, request by request', async () => {
    using connection = await RawConnection.open(server.url.replace('http://', ''));
    const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
    const body = JSON.stringify({ message_type: 'IDENTIFY', username: 'annie' });
    let told = '';
    connection.socket.on('data', (bytes: Buffer) => (told += bytes.toString('latin1')));
    const answers = () => told.match(/HTTP\/1\.1 \d+/g)?.length ?? 0;
    for (let count = 1; count <= 15; count += 1) {
      const head = `POST / HTTP/1.1\r\nHost: localhost\r\n${upgrade}Content-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n`;
      await connection.send(head + body.slice(0, 10));
      await connection.send(body.slice(10));
      await until('an answer', () => answers() === count);
    }
    const reply = await connection.end(
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(answers()).toBe(16);
    expect(reply).toContain('"status":"ok"');
    expect(server.output).not.toContain('MaxListeners');
  });

  test('a WebSocket outlives every timeout of requests, and waits for the answers before it', async () => {
    using client = new GatherClient(server);
    const token = await client.login('dale');
    using socket = await FeedSocket.open(server.url, { token });
    await socket.event('hello');
    const host = server.url.replace('http://', '');
    using eager = await RawConnection.open(host);
    const headers = { Host: host, Authorization: `Bearer ${token}` };
    await eager.send(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n${handshake({ headers })}`);
    let told = '';
    eager.socket.on('data', (bytes: Buffer) => (told += bytes.toString('latin1')));
    await until('both answers', () => told.includes('"type":"hello"'));
    expect(told.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 101']);
    await new Promise((resolve) => setTimeout(resolve, 3500));
    expect(socket.closed).toBeUndefined();
    await client.message(token, 'x');
    expect(await socket.ask('hello', { topic: 'chat' })).toMatchObject({ type: 'ack' });
    expect(await socket.records(1)).toEqual(['hello']);
  });

  test('a server that stops has closed all within the time it has', async () => {
    using client = new GatherClient(server);
    const token = await client.login('annie');
    using socket = await FeedSocket.open(server.url, { token });
    const host = server.url.replace('http://', '');
    using silent = await RawConnection.open(host);
    await silent.send(handshake({ headers: { Host: host, Authorization: `Bearer ${token}` } }));
    using stream = await RawConnection.open(host);
    await stream.send(`GET /v1/feed HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    let told = '';
    stream.socket.on('data', (bytes: Buffer) => (told += bytes.toString('utf8')));
    await until('the stream has begun', () => told.includes('event: hello'));
    await socket.event('hello');
    const began = performance.now();
    expect(await server.stop()).toBe(0);
    // As the README says.
    expect(performance.now() - began).toBeLessThan(10_000);
    expect((await socket.end()).code).toBe(1001);
    expect(told).toContain('event: end\ndata: {"code":"feed.closing"');
  });
});
