import { STATUS_CODES } from 'node:http';
import { mkdir, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import Database from 'libsql';
import { lock as takeLock } from 'proper-lockfile';
import request, { type Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonValue } from '../../protocol/json-value.js';
import { ERROR_TABLE, type ErrorCode } from '../errors/error-table.js';
import { DATA_HEADERS, securityHeaders } from '../http/security-headers.js';
import { DOORS, InProcessGatherd, type DoorName } from './support/in-process-gatherd.js';

// Contract 1, row by row: the same for both doors, and for POST / as for the path of each message.

const HOME = '198.51.100.1';
const ELSEWHERE = '198.51.100.2';

const REQUEST_ID = /^[0-9a-f]{8}-[0-9a-z]+$/;

const PATHS = { IDENTIFY: '/identify', AUTHENTICATE: '/authenticate', MESSAGE: '/message' } as const;
type MessageType = keyof typeof PATHS;

/** Codes that no request can provoke in this process, and where they are tested instead. */
const TESTED_ELSEWHERE: Partial<Record<ErrorCode, string>> = {
  'request.timed_out': 'with the connections: Node refuses it in front of both doors',
  'request.expectation_failed': 'with the connections: Node refuses it in front of both doors',
  'request.headers_too_large': 'with the connections: Node refuses it in front of both doors',
  'request.invalid_header': 'with the bulk messages: contract 1 has no headers of its own',
  'request.invalid_encoding': 'with the bulk messages: contract 1 takes no encoded bodies',
  'token.missing': 'with the bulk messages: contract 1 has the token in the body',
  'permission.missing': 'with the queries: contract 1 reads nothing',
  'certificate.refused': 'with mutual TLS over HTTP',
  'certificate.of_another': 'with mutual TLS over HTTP',
  'certificate.password_needed': 'with mutual TLS over HTTP',
  'message.malformed': 'with the bulk messages: contract 1 takes no lines',
  'producer.gap': 'with the producers',
  'producer.too_many': 'with the producers',
  'feed.too_many': 'with the feed over HTTP',
  'feed.too_many_of_user': 'with the feed over HTTP',
  'feed.too_slow': 'beside the feed, and with the doors to it',
  'feed.idle': 'with the chat gateway',
  'feed.unreadable': 'beside the feed: the dump has to fail under a reader',
  'feed.closing': 'with the doors to the feed',
  'account.hashing_busy': 'beside the password hasher: here it would take 500 hashes',
  'account.too_many': 'with the refusals of accounts',
  'account.changed_too_often': 'with the refusals of accounts',
  'account.list_too_long': 'with the lists of users',
  'account.too_many_pending': 'beside the service of accounts: here it would take 100,000 users',
  'dump.low_space': 'on a real file system with little room',
  'dump.disk_full': 'beside the dump writer, and on a real full disk',
  'dump.lock_lost': 'beside the dump writer: the lock has to go during a sync',
  'database.disk_full': 'beside the database: here it would take a full disk',
  'data_directory.in_use': 'beside the data directory: it stops a start',
  'data_directory.unusable': 'beside the data directory: it stops a start',
  'key.unusable': 'beside the key files: it stops a start',
  'config.invalid': 'beside the settings: it stops a start',
  'account.invite_needed': 'with the accounts over HTTP',
  'account.invite_invalid': 'with the accounts over HTTP',
  'account.name_taken': 'with the accounts over HTTP',
  'account.email_taken': 'with the accounts over HTTP',
  'account.unknown': 'with the accounts over HTTP',
  'account.not_active': 'with the accounts over HTTP',
  'account.wrong_credentials': 'with the accounts over HTTP',
  'account.current_password_wrong': 'with the accounts over HTTP',
  'account.password_change_needed': 'with the accounts over HTTP',
  'account.last_administrator': 'with the accounts over HTTP',
  'password.too_short': 'with the accounts over HTTP',
  'password.too_common': 'with the accounts over HTTP',
  'password.unchanged': 'with the accounts over HTTP',
  'session.invalid': 'with the accounts over HTTP',
  'session.unknown': 'with the accounts over HTTP',
  'session.needed': 'with the accounts over HTTP',
  'token.unknown': 'with the accounts over HTTP',
  'token.name_taken': 'with the accounts over HTTP',
  'token.too_many': 'with the accounts over HTTP',
  'invite.unknown': 'with the accounts over HTTP',
  'account.hashing_failed': 'beside the password hasher: it takes a thread that fails',
  'import.unusable': 'with the imports: only a command says it',
  'backup.unusable': 'with the backups: only a command says it',
  'request.foreign_origin': 'with the WebSocket of the feed',
  'request.key_reused': 'with the keys of requests that are sent again',
  'request.upgrade_required': 'with the WebSocket of the feed',
  'ticket.invalid': 'with the WebSocket of the feed',
  'employee.unknown': 'with the employees over HTTP',
  'employee.exists': 'with the employees over HTTP',
  'employee.changed_meanwhile': 'with the employees over HTTP',
  'employee.version_needed': 'with the employees over HTTP',
  'chat.rate_limited': 'with the feed over HTTP',
};

const provoked = new Set<string>();
let names = 0;

function newName(): string {
  names += 1;
  return `User${String(names)}`;
}

interface Sender {
  readonly gatherd: InProcessGatherd;
  readonly door: DoorName;
  /** Whether messages go to the path of their type, or to `/`. */
  readonly hasOwnPath: boolean;
}

function post(sender: Sender, type: MessageType, fields: object = {}, endpoint = HOME) {
  return postRaw(sender, type, JSON.stringify({ message_type: type, ...fields }), endpoint);
}

function postRaw({ gatherd, door, hasOwnPath }: Sender, type: MessageType, body: string, endpoint = HOME) {
  return request(gatherd.url(door))
    .post(hasOwnPath ? PATHS[type] : '/')
    .set('Content-Type', 'application/json')
    .set('X-Forwarded-For', endpoint)
    .send(body);
}

function expectAnswer(response: Response, status: number, message: string, token?: string): void {
  const body: Record<string, unknown> = {
    status_code: status,
    status_message: message,
    status_description: STATUS_CODES[status],
  };
  if (token !== undefined) body['token'] = token;
  expect(JSON.parse(response.text)).toEqual(body);
  expectHead(response, status);
}

function expectHead(response: Response, status: number): void {
  expect(response.status).toBe(status);
  expect(response.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'content-length': String(Buffer.byteLength(response.text)),
    ...lowerCased(DATA_HEADERS),
  });
  expect(response.headers['x-request-id']).toMatch(REQUEST_ID);
  expect(response.headers).not.toHaveProperty('x-powered-by');
  expect(response.headers).not.toHaveProperty('access-control-allow-origin');
  const isRetryable = status === 429 || status === 503;
  if (isRetryable) expect(Number(response.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  else expect(response.headers).not.toHaveProperty('retry-after');
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function tokenIn(response: Response): string {
  return (JSON.parse(response.text) as { token: string }).token;
}

async function login(sender: Sender, username: string, endpoint = HOME, password = 'pass'): Promise<string> {
  await post(sender, 'IDENTIFY', { username }, endpoint);
  const response = await post(sender, 'AUTHENTICATE', { username, password }, endpoint);
  expect([201, 202]).toContain(response.status);
  return tokenIn(response);
}

function textOf(message: JsonValue): string {
  return typeof message === 'string' ? message : JSON.stringify(message);
}

async function messagesOf(gatherd: InProcessGatherd, user: string): Promise<string[]> {
  const records = await gatherd.records();
  return records.filter((record) => record.user === user).map(({ message }) => textOf(message));
}

function note(gatherd: InProcessGatherd): void {
  for (const { code } of gatherd.log) if (code !== undefined) provoked.add(code);
}

const WAYS = DOORS.flatMap((door) => [false, true].map((hasOwnPath) => ({ door, hasOwnPath })));

describe.each(WAYS)('contract 1 (door: $door, own paths: $hasOwnPath)', ({ door, hasOwnPath }) => {
  let gatherd: InProcessGatherd;
  let sender: Sender;

  beforeAll(async () => {
    gatherd = await InProcessGatherd.start({ GATHERD_MAX_MESSAGES: '5', GATHERD_MAX_MESSAGE_BYTES: '64' });
    sender = { gatherd, door, hasOwnPath };
  });

  afterAll(async () => {
    note(gatherd);
    expect(gatherd.log.filter(({ level }) => level >= 50)).toEqual([]);
    await gatherd[Symbol.asyncDispose]();
  });

  test('IDENTIFY of a new user, then of a known one in any spelling', async () => {
    const username = newName();
    expectAnswer(await post(sender, 'IDENTIFY', { username }), 201, 'New User Created');
    expectAnswer(await post(sender, 'IDENTIFY', { username }), 202, 'Existing User Identified');
    const other = await post(sender, 'IDENTIFY', { username: username.toUpperCase() }, ELSEWHERE);
    expectAnswer(other, 202, 'Existing User Identified');
  });

  test('AUTHENTICATE sets the first password, then verifies it, and echoes the name as first written', async () => {
    const username = newName();
    await post(sender, 'IDENTIFY', { username });
    const first = await post(sender, 'AUTHENTICATE', { username: username.toLowerCase(), password: 'pass' });
    const token = tokenIn(first);
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expectAnswer(first, 201, `New User password authenticated. Token generated, ${username}!`, token);
    const second = await post(sender, 'AUTHENTICATE', { username, password: 'pass' });
    const message = `Existing User password authenticated. Token generated, ${username}!`;
    expectAnswer(second, 202, message, tokenIn(second));
    expect(tokenIn(second)).not.toBe(token);
  });

  test('a token says who, which session, and until when, and nothing else', async () => {
    const token = await login(sender, newName());
    const [head = '', claims = ''] = token
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString());
    expect(JSON.parse(head)).toEqual({ alg: 'HS256', typ: 'JWT' });
    const parsed = JSON.parse(claims) as { iat: number; exp: number };
    expect(Object.keys(parsed).sort()).toEqual(['exp', 'iat', 'sid', 'sub']);
    // Both are whole seconds, and the token lives its time from the millisecond on.
    expect([600, 601]).toContain(parsed.exp - parsed.iat);
  });

  test('AUTHENTICATE with a wrong password', async () => {
    const username = newName();
    await login(sender, username);
    const response = await post(sender, 'AUTHENTICATE', { username, password: 'Pass' });
    expectAnswer(response, 403, `Authentication Failed!. Please try again, ${username}!`, '');
    expect((await post(sender, 'AUTHENTICATE', { username, password: 'pass' })).status).toBe(202);
  });

  test('AUTHENTICATE of an unknown user', async () => {
    const response = await post(sender, 'AUTHENTICATE', { username: newName(), password: 'pass' });
    expectAnswer(response, 401, 'User not found. Please identify', '');
  });

  test('AUTHENTICATE where nobody has identified', async () => {
    const username = newName();
    await login(sender, username);
    const response = await post(sender, 'AUTHENTICATE', { username, password: 'pass' }, ELSEWHERE);
    expectAnswer(response, 403, 'Please identify!', '');
  });

  test('the first password comes only from the endpoint that created the user', async () => {
    const username = newName();
    await post(sender, 'IDENTIFY', { username });
    await post(sender, 'IDENTIFY', { username }, ELSEWHERE);
    const stranger = await post(sender, 'AUTHENTICATE', { username, password: 'mine' }, ELSEWHERE);
    expectAnswer(stranger, 403, `Authentication Failed!. Please try again, ${username}!`, '');
    expect((await post(sender, 'AUTHENTICATE', { username, password: 'pass' })).status).toBe(201);
  });

  test('MESSAGE is stored before it is answered, alone and in an array', async () => {
    const username = newName();
    const token = await login(sender, username);
    const one = await post(sender, 'MESSAGE', { token, message: 'Hail Dale!' });
    expectAnswer(one, 201, `Message Received from ${username}`);
    expect(await messagesOf(gatherd, username)).toEqual(['Hail Dale!']);
    const several = await post(sender, 'MESSAGE', { token, message: ['a', '', 'logout', '\n', '\ud800'] });
    expectAnswer(several, 201, `Message Received from ${username}`);
    expect(await messagesOf(gatherd, username)).toEqual(['Hail Dale!', 'a', '', 'logout', '\n', '\ud800']);
    const [record] = (await gatherd.records()).filter(({ user }) => user === username);
    expect(record).toMatchObject({ endpoint: HOME, at: '2026-11-21T02:44:57.123Z' });
  });

  test.each(['', 'logout'])(
    'the lone message %j ends the session and is dumped as logout',
    async (message) => {
      const username = newName();
      const token = await login(sender, username);
      const response = await post(sender, 'MESSAGE', { token, message });
      expectAnswer(response, 202, `Empty or logout Message Received from ${username}`);
      expect(await messagesOf(gatherd, username)).toEqual(['logout']);
      expectAnswer(await post(sender, 'MESSAGE', { token, message: 'x' }), 403, 'Please identify!');
      const again = await post(sender, 'AUTHENTICATE', { username, password: 'pass' });
      expectAnswer(again, 403, 'Please identify!', '');
      expect(await messagesOf(gatherd, username)).toEqual(['logout']);
    },
  );

  test('MESSAGE of a session that has ended closes an open handshake', async () => {
    const username = newName();
    const [ended, live] = [await login(sender, username), await login(sender, username)];
    await post(sender, 'MESSAGE', { token: ended, message: 'logout' });
    expectAnswer(await post(sender, 'MESSAGE', { token: ended, message: 'x' }), 403, 'Please identify!');
    const closed = await post(sender, 'AUTHENTICATE', { username, password: 'pass' });
    expectAnswer(closed, 403, 'Please identify!', '');
    expect((await post(sender, 'MESSAGE', { token: live, message: 'x' })).status).toBe(201);
  });

  test('MESSAGE from another endpoint than its token, which goes on being good at its own', async () => {
    const username = newName();
    const token = await login(sender, username);
    const response = await post(sender, 'MESSAGE', { token, message: 'x' }, ELSEWHERE);
    expectAnswer(response, 403, 'Please identify!');
    expect((await post(sender, 'MESSAGE', { token, message: 'x' })).status).toBe(201);
  });

  test.each([
    ['empty', ''],
    ['no token at all', 'pass'],
    ['signed by somebody else', forged('HS256')],
    ['not signed', forged('none')],
  ])('MESSAGE with a token that is %s', async (_what, token) => {
    expectAnswer(
      await post(sender, 'MESSAGE', { token, message: 'x' }),
      401,
      'Token Expired. Please identify',
    );
  });

  test('MESSAGE with a token that was changed, or has expired', async () => {
    const token = await login(sender, newName());
    const changed = `${token.slice(0, -2)}${token.endsWith('AA') ? 'BB' : 'AA'}`;
    const refused = await post(sender, 'MESSAGE', { token: changed, message: 'x' });
    expectAnswer(refused, 401, 'Token Expired. Please identify');
    gatherd.clock.advance(600_000);
    expect((await post(sender, 'MESSAGE', { token, message: 'x' })).status).toBe(201);
    gatherd.clock.advance(1000);
    const expired = await post(sender, 'MESSAGE', { token, message: 'x' });
    expectAnswer(expired, 401, 'Token Expired. Please identify');
  });

  test.each<[string, unknown]>([
    ['absent', undefined],
    ['null', null],
    ['unknown', 'GREET'],
    ['in lower case', 'message'],
    ['an array', ['MESSAGE']],
  ])('message_type that is %s', async (_what, type) => {
    for (const own of ['IDENTIFY', 'AUTHENTICATE', 'MESSAGE'] as const) {
      const body = JSON.stringify({
        message_type: type,
        username: 'x',
        password: 'x',
        token: 'x',
        message: 'x',
      });
      const token = hasOwnPath && own === 'AUTHENTICATE' ? '' : undefined;
      expectAnswer(await postRaw(sender, own, body), 400, "Invalid or missing 'message_type'", token);
    }
  });

  test.runIf(hasOwnPath)('message_type of another path', async () => {
    const body = JSON.stringify({ message_type: 'MESSAGE', token: 'x', message: 'x', username: 'x' });
    expectAnswer(await postRaw(sender, 'IDENTIFY', body), 400, "Invalid or missing 'message_type'");
  });

  test.each<[MessageType, object, string]>([
    ['IDENTIFY', {}, 'username'],
    ['AUTHENTICATE', { password: 'x' }, 'username'],
    ['AUTHENTICATE', { username: 'x' }, 'password'],
    ['MESSAGE', { message: 'x' }, 'token'],
    ['MESSAGE', { token: 'x' }, 'message'],
  ])('%s with %j lacks its %s', async (type, fields, field) => {
    const token = type === 'AUTHENTICATE' ? '' : undefined;
    expectAnswer(await post(sender, type, fields), 400, `Missing '${field}'`, token);
  });

  test.each<[MessageType, object, RegExp]>([
    ['IDENTIFY', { username: null }, /^Invalid 'username': .+/],
    ['IDENTIFY', { username: 5 }, /^Invalid 'username': .+/],
    ['IDENTIFY', { username: '' }, /^Invalid 'username': must be 1 to 32 /],
    ['IDENTIFY', { username: 'x'.repeat(33) }, /^Invalid 'username': must be 1 to 32 /],
    ['IDENTIFY', { username: 'a b' }, /^Invalid 'username': must be 1 to 32 letters, digits or marks/],
    ['AUTHENTICATE', { username: 'x', password: 5 }, /^Invalid 'password': .+/],
    ['AUTHENTICATE', { username: 'x', password: '' }, /^Invalid 'password': must be 1 to 128 characters$/],
    ['AUTHENTICATE', { username: 'x', password: 'x'.repeat(129) }, /^Invalid 'password': must be 1 to 128 /],
    ['MESSAGE', { token: 5, message: 'x' }, /^Invalid 'token': .+/],
    ['MESSAGE', { token: 'x', message: 5 }, /^Invalid 'message': must be a string, or an array/],
    ['MESSAGE', { token: 'x', message: [] }, /^Invalid 'message': must be .* at least one string$/],
    ['MESSAGE', { token: 'x', message: ['x', 5] }, /^Invalid 'message': must be a string, or an array/],
  ])('%s with %j is told which field and which limit', async (type, fields, message) => {
    const response = await post(sender, type, fields);
    const { status_message: said } = JSON.parse(response.text) as { status_message: string };
    expect(said).toMatch(message);
    expectAnswer(response, 400, said, type === 'AUTHENTICATE' ? '' : undefined);
  });

  test('MESSAGE over a limit is refused as a whole', async () => {
    const username = newName();
    const token = await login(sender, username);
    const long = await post(sender, 'MESSAGE', { token, message: ['short', 'é'.repeat(33)] });
    expectAnswer(long, 400, "Invalid 'message': a message has at most 64 bytes");
    const many = await post(sender, 'MESSAGE', { token, message: Array.from({ length: 6 }, () => 'x') });
    expectAnswer(many, 400, "Invalid 'message': at most 5 at once");
    expect(await messagesOf(gatherd, username)).toEqual([]);
    expect((await post(sender, 'MESSAGE', { token, message: 'é'.repeat(32) })).status).toBe(201);
  });

  test('fields that a message does not have decide nothing', async () => {
    const username = newName();
    const token = await login(sender, username);
    const claims = { userId: 'x', username: 'root', role: 'admin', endpoint: ELSEWHERE };
    expect((await post(sender, 'MESSAGE', { ...claims, token, message: 'x' })).status).toBe(201);
    expect(await messagesOf(gatherd, username)).toEqual(['x']);
  });

  test.each([
    ['not JSON', '{"message_type":', 'The body is not valid JSON in UTF-8'],
    ['empty', '', 'The body is not valid JSON in UTF-8'],
    ['an array', '[]', 'The body is not a JSON object'],
    ['a text', '"IDENTIFY"', 'The body is not a JSON object'],
    ['null', 'null', 'The body is not a JSON object'],
    ['too deep', `{"a":${'['.repeat(40)}${']'.repeat(40)}}`, 'The JSON is nested deeper than 32 levels'],
  ])('a body that is %s', async (_what, body, message) => {
    expectAnswer(await postRaw(sender, 'MESSAGE', body), 400, message);
    const token = hasOwnPath ? '' : undefined;
    expectAnswer(await postRaw(sender, 'AUTHENTICATE', body), 400, message, token);
  });

  test('a body over the limit, announced or not', async () => {
    const limit = 'The body is over the limit of 1048576 bytes';
    expectAnswer(await postRaw(sender, 'MESSAGE', ' '.repeat(2 ** 20 + 1)), 413, limit);
    const chunked = await raw(gatherd.url(door), [
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      `100001\r\n${' '.repeat(2 ** 20 + 1)}\r\n0\r\n\r\n`,
    ]);
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
    expect(chunked).toMatch(/\r\nConnection: close\r\n/);
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json; charset=utf-16',
    'text/plain; application/json',
  ])('a Content-Type of %s', async (type) => {
    const response = await postRaw(sender, 'IDENTIFY', '{}').set('Content-Type', type);
    expectAnswer(response, 415, 'Only application/json in UTF-8 is accepted here');
  });

  test('no Content-Type, and a body that is packed', async () => {
    const bare = await raw(gatherd.url(door), [
      'POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}',
    ]);
    expect(bare).toMatch(/^HTTP\/1\.1 415 /);
    const packed = await postRaw(sender, 'IDENTIFY', '{}').set('Content-Encoding', 'gzip');
    expectAnswer(packed, 415, 'Only a body without a Content-Encoding is accepted here');
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'a Content-Type of %s is good',
    async (type) => {
      const body = JSON.stringify({ message_type: 'IDENTIFY', username: newName() });
      expect((await postRaw(sender, 'IDENTIFY', body).set('Content-Type', type)).status).toBe(201);
    },
  );

  test('a Host that is not served', async () => {
    const response = await post(sender, 'IDENTIFY', { username: newName() }).set('Host', 'evil.example:6174');
    expectAnswer(response, 421, "The host 'evil.example' is not served here; see --allowed-hosts");
  });

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const)('the method %s', async (method) => {
    const path = hasOwnPath ? '/message' : '/';
    const url = gatherd.url(door);
    const agent = request(url);
    const send = {
      GET: () => agent.get(path),
      PUT: () => agent.put(path),
      DELETE: () => agent.delete(path),
      PATCH: () => agent.patch(path),
      OPTIONS: () => agent.options(path),
    };
    const response = await send[method]();
    expectAnswer(response, 405, 'Only POST is allowed here');
    expect(response.headers['allow']).toBe('POST');
  });

  test('a request without a Host', async () => {
    const answer = await raw(gatherd.url(door), [
      'POST / HTTP/1.0\r\nContent-Type: application/json\r\n\r\n',
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*X-Request-Id: [\s\S]*"The request is malformed"/);
  });

  test('the method HEAD has no body', async () => {
    const response = await request(gatherd.url(door)).head('/');
    expect(response.status).toBe(405);
    expect(response.headers['allow']).toBe('POST');
  });

  test('a query changes nothing', async () => {
    const path = hasOwnPath ? '/identify?x=1' : '/?x=/identify';
    const response = await request(gatherd.url(door))
      .post(path)
      .set('Content-Type', 'application/json')
      .send(JSON.stringify({ message_type: 'IDENTIFY', username: newName() }));
    expectAnswer(response, 201, 'New User Created');
  });

  test.runIf(hasOwnPath).each(['/identify/', '/Identify', '/identify/?x=1', 'http://localhost/identify'])(
    'the path %s is one that the original served too',
    async (path) => {
      const body = JSON.stringify({ message_type: 'IDENTIFY', username: newName() });
      const head = [
        `POST ${path} HTTP/1.1`,
        'Host: localhost',
        'Connection: close',
        'Content-Type: application/json',
        `Content-Length: ${String(body.length)}`,
      ];
      const answer = await raw(gatherd.url(door), [`${head.join('\r\n')}\r\n\r\n${body}`]);
      expect(answer).toMatch(/^HTTP\/1\.1 201 [\s\S]*"New User Created"/);
    },
  );

  test('a refusal is logged once, under the id that the answer has', async () => {
    const response = await post(sender, 'MESSAGE', { token: 'x', message: 'nobody logs this' });
    const lines = gatherd.log.filter(({ requestId }) => requestId === response.headers['x-request-id']);
    expect(lines).toMatchObject([{ level: 30, code: 'token.invalid', msg: 'A request was refused.' }]);
    expect(JSON.stringify(gatherd.log)).not.toContain('nobody logs this');
  });
});

describe.each(DOORS)('what is not contract 1 (door: %s)', (door) => {
  let gatherd: InProcessGatherd;

  beforeAll(async () => {
    gatherd = await InProcessGatherd.start();
  });

  afterAll(async () => {
    note(gatherd);
    await gatherd[Symbol.asyncDispose]();
  });

  test('healthz and readyz answer', async () => {
    const agent = request(gatherd.url(door));
    const health = await agent.get('/healthz');
    expect([health.status, health.body]).toEqual([200, { status: 'ok' }]);
    const ready = await agent.get('/readyz');
    expect([ready.status, ready.body]).toEqual([
      200,
      { status: 'ready', checks: { dump: true, database: true } },
    ]);
    for (const { headers } of [health, ready]) {
      expect(headers).toMatchObject(lowerCased(securityHeaders()));
      expect(headers['x-request-id']).toMatch(REQUEST_ID);
    }
    expect(health.headers['x-request-id']).not.toBe(ready.headers['x-request-id']);
  });

  test.each(['/healthz', '/readyz', '/gather.mjs'])(
    'POST %s is not allowed, and told what is',
    async (path) => {
      const response = await request(gatherd.url(door)).post(path);
      expect([response.status, response.headers['allow']]).toEqual([405, 'GET']);
      expect(JSON.parse(response.text)).toMatchObject({ code: 'request.method_not_allowed' });
    },
  );

  test.each([
    ['/nothing', 404, 'request.not_found'],
    ['/identify/more', 404, 'request.not_found'],
    ['/gather.mjs', 404, 'request.not_found'],
    ['/%ff', 404, 'request.not_found'],
  ])('GET %s is a problem that says so', async (path, status, code) => {
    const response = await request(gatherd.url(door)).get(path);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(JSON.parse(response.text)).toEqual({
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      detail: ERROR_TABLE[code as ErrorCode].text,
      code,
    });
    expect(response.headers['x-request-id']).toBeDefined();
    expect(response.headers).toMatchObject(lowerCased(securityHeaders()));
  });

  test('a client that goes away in the middle of its body is noted, and harms nobody', async () => {
    const { hostname, port } = new URL(gatherd.url(door));
    const socket = createConnection(Number(port), hostname);
    socket.end(
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{}',
    );
    await expect.poll(() => gatherd.log.map(({ code }) => code)).toContain('request.malformed');
    expect((await request(gatherd.url(door)).get('/healthz')).status).toBe(200);
  });

  test('a Host that is not served is refused everywhere', async () => {
    const response = await request(gatherd.url(door)).get('/healthz').set('Host', 'evil.example');
    expect(response.status).toBe(421);
  });
});

describe.each(DOORS)('limits and failures (door: %s)', (door) => {
  async function start(env: Readonly<Record<string, string>> = {}): Promise<Sender & AsyncDisposable> {
    const gatherd = await InProcessGatherd.start(env);
    return {
      gatherd,
      door,
      hasOwnPath: true,
      [Symbol.asyncDispose]: async () => {
        note(gatherd);
        await gatherd[Symbol.asyncDispose]();
      },
    };
  }

  test('too many handshakes from one address, though not from another', async () => {
    await using sender = await start({ GATHERD_HANDSHAKE_RATE: '2' });
    for (let count = 0; count < 2; count += 1) await post(sender, 'IDENTIFY', { username: newName() });
    const message = 'More than 2 requests a minute from this address';
    expectAnswer(await post(sender, 'IDENTIFY', { username: newName() }), 429, message);
    const login = await post(sender, 'AUTHENTICATE', { username: newName(), password: 'x' });
    expectAnswer(login, 429, message, '');
    expect((await post(sender, 'IDENTIFY', { username: newName() }, ELSEWHERE)).status).toBe(201);
  });

  test('too many logins of one user', async () => {
    await using sender = await start({ GATHERD_LOGIN_RATE: '1' });
    const username = newName();
    await login(sender, username);
    // The first right password makes its endpoint count on its own: one login each.
    await post(sender, 'AUTHENTICATE', { username, password: 'pass' });
    const response = await post(sender, 'AUTHENTICATE', { username, password: 'pass' });
    expectAnswer(response, 429, 'More than 1 logins a minute for this user', '');
  });

  test('too many wrong passwords', async () => {
    await using sender = await start({ GATHERD_WRONG_PASSWORDS: '1' });
    const username = newName();
    await login(sender, username);
    await post(sender, 'AUTHENTICATE', { username, password: 'wrong' });
    const response = await post(sender, 'AUTHENTICATE', { username, password: 'pass' });
    expectAnswer(response, 429, 'Too many wrong passwords. Please wait 1 s', '');
    expect(response.headers['retry-after']).toBe('1');
  });

  test('closed enrollment', async () => {
    await using sender = await start({ GATHERD_ENROLLMENT: 'closed' });
    const response = await post(sender, 'IDENTIFY', { username: newName() });
    expectAnswer(response, 403, 'User not found. New users are made by the operator only');
  });

  test('too many sessions, and too many endpoints, of one user', async () => {
    await using sender = await start({
      GATHERD_MAX_SESSIONS_PER_USER: '1',
      GATHERD_MAX_ENDPOINTS_PER_USER: '1',
    });
    const username = newName();
    await login(sender, username);
    const second = await post(sender, 'AUTHENTICATE', { username, password: 'pass' });
    expectAnswer(second, 429, 'The limit of 1 live sessions for this user is reached', '');
    const elsewhere = await post(sender, 'IDENTIFY', { username }, ELSEWHERE);
    expectAnswer(elsewhere, 429, 'The limit of 1 authenticated endpoints for this user is reached');
    for (const { headers } of [second, elsewhere]) expect(headers['retry-after']).toBe('60');
  });

  test('a token bound to nothing but itself', async () => {
    await using sender = await start({ GATHERD_TOKEN_BINDING: 'token' });
    const token = await login(sender, newName());
    expect((await post(sender, 'MESSAGE', { token, message: 'x' }, ELSEWHERE)).status).toBe(201);
  });

  test('a dump that cannot be written, and recovers by itself', async () => {
    await using sender = await start();
    const username = newName();
    const token = await login(sender, username);
    const path = sender.gatherd.file('dump.ndjson');
    await rm(path);
    await mkdir(path);
    const response = await post(sender, 'MESSAGE', { token, message: 'refused' });
    expectAnswer(response, 503, 'The dump could not be written: nothing was stored');
    const logout = await post(sender, 'MESSAGE', { token, message: 'logout' });
    expectAnswer(logout, 503, 'The dump could not be written: nothing was stored');
    const ready = await request(sender.gatherd.url(door)).get('/readyz');
    expect([ready.status, ready.body]).toEqual([
      503,
      { status: 'not ready', checks: { dump: false, database: true } },
    ]);
    await rm(path, { recursive: true });
    expect((await post(sender, 'MESSAGE', { token, message: 'stored' })).status).toBe(201);
    expect(await messagesOf(sender.gatherd, username)).toEqual(['stored']);
    expect((await request(sender.gatherd.url(door)).get('/readyz')).status).toBe(200);
  });

  test('a dump whose lock another program holds, and a queue that fills behind it', async () => {
    await using sender = await start({
      GATHERD_DUMP_LOCK_TIMEOUT: '1000',
      GATHERD_MAX_QUEUE_BYTES: '64KiB',
      GATHERD_MAX_BODY_BYTES: '64KiB',
      GATHERD_MAX_MESSAGE_BYTES: '64KiB',
    });
    const token = await login(sender, newName());
    const unlock = await takeLock(sender.gatherd.file('dump.ndjson'), { realpath: false });
    const message = 'x'.repeat(40_000);
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, () => post(sender, 'MESSAGE', { token, message }).then((answer) => answer)),
    );
    await unlock();
    const locked = 'Another program holds the lock of the dump: nothing was stored';
    const full = 'The queue of 65536 bytes is full: nothing was stored';
    const said = outcomes.map(({ text }) => (JSON.parse(text) as { status_message: string }).status_message);
    for (const [index, answer] of outcomes.entries()) expectAnswer(answer, 503, said[index] ?? '');
    expect(new Set(said)).toEqual(new Set([locked, full]));
  });

  test('unfinished bodies that take all the room there is', async () => {
    await using sender = await start({
      GATHERD_MAX_RECEIVING_BYTES: '64KiB',
      GATHERD_MAX_BODY_BYTES: '64KiB',
      GATHERD_MAX_MESSAGE_BYTES: '64KiB',
    });
    const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    const { hostname, port } = new URL(sender.gatherd.url(door));
    const unfinished = createConnection(Number(port), hostname);
    unfinished.write(`${head}Content-Length: 60001\r\n\r\n${' '.repeat(60_000)}`);
    const another = `${head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\nea60\r\n${' '.repeat(60_000)}\r\n0\r\n\r\n`;
    const answer = () => raw(sender.gatherd.url(door), [another]);
    await expect
      .poll(answer)
      .toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: 1\r\n[\s\S]*"Too much is being received/);
    unfinished.destroy();
    await expect.poll(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*not valid JSON/);
  });

  test('a server that is stopping', async () => {
    await using sender = await start();
    const token = await login(sender, newName());
    await sender.gatherd.stop();
    const response = await post(sender, 'MESSAGE', { token, message: 'x' });
    expectAnswer(response, 503, 'The server is stopping: nothing was stored');
  });

  test('a database that refuses', async () => {
    await using sender = await start();
    changeDatabase(
      sender.gatherd,
      `CREATE TRIGGER refuse BEFORE INSERT ON "User" BEGIN SELECT RAISE(ABORT, 'no'); END`,
    );
    const response = await post(sender, 'IDENTIFY', { username: newName() });
    expectAnswer(response, 503, 'The database does not answer: nothing was changed');
  });

  test('the unexpected: a fixed text with an id, and the cause in the log only', async () => {
    await using sender = await start();
    const username = newName();
    await login(sender, username);
    changeDatabase(sender.gatherd, `UPDATE "User" SET "passwordHash" = 'nonsense'`);
    const response = await post(sender, 'AUTHENTICATE', { username, password: 'pass' });
    const id = String(response.headers['x-request-id']);
    expectAnswer(response, 500, `Something went wrong here; the log has it under ${id}`, '');
    const lines = sender.gatherd.log.filter(({ requestId }) => requestId === id);
    expect(lines).toMatchObject([{ level: 50, msg: 'A request failed unexpectedly.' }]);
  });
});

test('every error has been provoked here, or is known to be tested elsewhere', () => {
  const expected = Object.keys(ERROR_TABLE).filter((code) => !(code in TESTED_ELSEWHERE));
  expect([...provoked].sort()).toEqual(expected.sort());
});

function changeDatabase(gatherd: InProcessGatherd, statement: string): void {
  const database = new Database(gatherd.file('gatherd.db'));
  database.exec(statement);
  database.close();
}

// A request as bytes on the wire; answers all that comes back until the server closes.
async function raw(url: string, parts: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = createConnection(Number(port), hostname);
  for (const part of parts) socket.write(part);
  return readText(socket);
}

function forged(algorithm: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: 'x', sid: 'x', iat: 1_700_000_000, exp: 4_000_000_000 };
  return `${part({ alg: algorithm, typ: 'JWT' })}.${part(claims)}.${algorithm === 'none' ? '' : 'AAAA'}`;
}
