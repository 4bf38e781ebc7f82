import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GatherClient, loginTo } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { IS_LONG, residentMiB } from './support/machine.js';

const REQUESTS = IS_LONG ? 10_000 : 2000;
const AT_ONCE = 10;
const GROWTH_MIB = 200;
const KiB = 1024;

/** A request that is wrong in some way, or by chance right, which must not store anything either. */
interface Malformed {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Sizes about the limits: a name's, a password's, a message's and a body's. */
const SIZES = [0, 1, 31, 32, 33, 127, 128, 129, 256 * KiB, 256 * KiB + 1, KiB * KiB, KiB * KiB + 1];

const longText = fc
  .tuple(
    fc.oneof({ weight: 8, arbitrary: fc.nat(200) }, { weight: 1, arbitrary: fc.constantFrom(...SIZES) }),
    fc.constantFrom('x', '"', '\\', '\u0000', 'ß', '\ud800', '\u{1f600}', '\ufdfa'),
  )
  .map(([size, character]) => character.repeat(size));
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), longText);
const deepValue = fc
  .tuple(fc.integer({ min: 1, max: 20_000 }), fc.constantFrom('[', '{"a":'))
  .map(([depth, open]) => `${open.repeat(depth)}1${(open === '[' ? ']' : '}').repeat(depth)}`);
const type = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('IDENTIFY', 'MESSAGE') },
  { weight: 1, arbitrary: fc.constantFrom('AUTHENTICATE', 'identify', '', '__proto__', 'constructor') },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const field = fc.oneof(anyText, fc.jsonValue(), fc.constant(undefined), fc.array(anyText, { maxLength: 3 }));
const rightKeys = fc
  .record(
    { message_type: type, username: field, password: field, token: field, message: field },
    { requiredKeys: [] },
  )
  .map((body) => JSON.stringify(body));
const oddKeys = fc
  .tuple(
    type,
    fc.dictionary(fc.constantFrom('__proto__', 'constructor', 'toString', 'username'), fc.jsonValue()),
  )
  .map(([message_type, rest]) => JSON.stringify({ message_type, ...rest }));
const tooMany = fc
  .constantFrom(999, 1000, 1001, 50_000)
  .map((count) => JSON.stringify({ message_type: 'MESSAGE', token: 'x', message: Array(count).fill('') }));
/** Stands for a good token in a body. */
const TOKEN = '@token@';
const wrongMessage = fc
  .oneof(
    fc.jsonValue().filter((value) => typeof value !== 'string' && !isListOfTexts(value)),
    fc.array(fc.constant('fine'), { maxLength: 5 }).map((all) => [...all, null]),
    fc.constant([]),
    fc.constant('x'.repeat(256 * KiB + 1)),
    fc.constant(['fine', 'ß'.repeat(128 * KiB + 1)]),
    fc.constant(Array<string>(1001).fill('fine')),
  )
  .map((message) => JSON.stringify({ message_type: 'MESSAGE', token: TOKEN, message }));
const jsonBody = fc.oneof(
  { weight: 3, arbitrary: wrongMessage },
  { weight: 12, arbitrary: rightKeys },
  { weight: 4, arbitrary: oddKeys },
  { weight: 3, arbitrary: fc.json() },
  { weight: 2, arbitrary: deepValue },
  { weight: 2, arbitrary: deepValue.map((value) => `{"message_type":"MESSAGE","token":${value}}`) },
  { weight: 1, arbitrary: tooMany },
);
const cutBody = fc.tuple(jsonBody, fc.nat(60)).map(([body, length]) => body.slice(0, length));
const brokenUtf8 = fc
  .tuple(jsonBody, fc.uint8Array({ minLength: 1, maxLength: 8 }))
  .map(([body, bytes]) =>
    Buffer.concat([Buffer.from(body.slice(0, 40)), bytes, Buffer.from(body.slice(40))]),
  );
const anyBody = fc.oneof(
  { weight: 8, arbitrary: jsonBody },
  { weight: 2, arbitrary: cutBody },
  { weight: 2, arbitrary: brokenUtf8 },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
);
const path = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('/', '/identify', '/message') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '/authenticate',
      '/?',
      '//',
      '/%',
      '/%00',
      '/message/',
      '/../message',
      '/gather.mjs/..',
    ),
  },
  { weight: 1, arbitrary: fc.webPath().map((rest) => `/${rest}`) },
);
const method = fc.oneof(
  { weight: 8, arbitrary: fc.constant('POST') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'PROPFIND'),
  },
);
const headerText = fc.string({ maxLength: 40 }).map((text) => text.replace(/[^\t\x20-\x7e]/g, ''));
const headers = fc.oneof(
  { weight: 10, arbitrary: fc.constant(JSON_TYPE) },
  { weight: 1, arbitrary: headerText.map((value) => ({ 'Content-Type': value })) },
  { weight: 1, arbitrary: headerText.map((value) => ({ ...JSON_TYPE, 'Content-Encoding': value })) },
  { weight: 1, arbitrary: headerText.map((value) => ({ ...JSON_TYPE, 'X-Forwarded-For': value })) },
  { weight: 1, arbitrary: headerText.map((value) => ({ ...JSON_TYPE, Host: value })) },
  { weight: 1, arbitrary: headerText.map((value) => ({ ...JSON_TYPE, Expect: value })) },
  { weight: 1, arbitrary: fc.constant({ ...JSON_TYPE, 'Content-Type': 'application/json; charset=utf-16' }) },
);
const malformed: fc.Arbitrary<Malformed> = fc.record({ method, path, headers, body: anyBody });

test(`${String(REQUESTS)} malformed requests get no 5xx, store nothing and leave the server as it was`, async () => {
  await using server = await GatherdProcess.start({ env: { GATHERD_LOG_LEVEL: 'warn' } });
  using client = new GatherClient(server, { connections: AT_ONCE });
  const dump = join(server.dataDir, 'dump.ndjson');
  const token = await loginTo(server, 'dale');
  await client.message(token, 'before');
  const before = await readFile(dump);
  const memoryBefore = residentMiB(server.pid);

  await fc.assert(
    fc.asyncProperty(fc.array(malformed, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (requests) => {
      const statuses = await Promise.all(requests.map((request) => statusOf(client, request, token)));
      expect(statuses.filter((status) => status === undefined || status >= 500)).toEqual([]);
    }),
    { numRuns: REQUESTS / AT_ONCE },
  );

  expect((await client.get('/healthz')).status).toBe(200);
  expect(await readFile(dump)).toEqual(before);
  expect(server.output).not.toContain('A request failed unexpectedly.');
  assertMemoryStayed(server, memoryBefore);
  expect((await client.message(token, 'after')).status).toBe(201);
}, 300_000);

/** The status; undefined where the server closed the connection without an answer. */
async function statusOf(
  client: GatherClient,
  { path, method, headers, body }: Malformed,
  token: string,
): Promise<number | undefined> {
  const sent = typeof body === 'string' ? body.replace(TOKEN, token) : body;
  const reply = await client.send(path, sent, { method, headers }).catch(() => undefined);
  return reply?.status;
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string');
}

function assertMemoryStayed(server: GatherdProcess, before: number | undefined): void {
  const after = residentMiB(server.pid);
  if (before === undefined || after === undefined) return;
  expect(after - before).toBeLessThan(GROWTH_MIB);
}

const line = fc.oneof(
  fc.constantFrom(
    'POST / HTTP/1.1',
    'POST /message HTTP/1.0',
    'POST / HTTP/9.9',
    'GET http://example.com/ HTTP/1.1',
    'CONNECT example.com:443 HTTP/1.1',
    'PRI * HTTP/2.0',
    'Host: 127.0.0.1',
    'Host: a\r\nHost: b',
    'Content-Length: 5',
    'Content-Length: -1',
    'Content-Length: 99999999999999999999',
    'Content-Length: 5\r\nContent-Length: 6',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nContent-Length: 3',
    'Transfer-Encoding: gzip',
    'Upgrade: websocket\r\nConnection: Upgrade',
    'Expect: 100-continue',
    'Content-Type: application/json',
    'ffffffffffffffff',
    '-5\r\n{}',
    `X: ${'y'.repeat(20_000)}`,
    '',
    '{}',
  ),
  fc.string({ unit: 'binary', maxLength: 50 }),
);
const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.array(line, { maxLength: 12 }).map((lines) => Buffer.from(lines.join('\r\n'))),
  fc
    .array(line, { maxLength: 8 })
    .map((lines) => Buffer.from(`POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)),
);

test('garbage on a connection is answered with a 4xx or by closing, and the server lives on', async () => {
  await using server = await GatherdProcess.start({ env: { GATHERD_LOG_LEVEL: 'warn' } });
  using client = new GatherClient(server);
  await fc.assert(
    fc.asyncProperty(fc.array(garbage, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (all) => {
      const answers = await Promise.all(all.map((bytes) => answerTo(server.port, bytes)));
      expect(answers.filter((answer) => answer.includes('HTTP/1.1 5'))).toEqual([]);
    }),
    { numRuns: REQUESTS / AT_ONCE / 4 },
  );
  expect((await client.get('/healthz')).status).toBe(200);
  expect((await readFile(join(server.dataDir, 'dump.ndjson'))).length).toBe(0);
  expect(server.output).not.toContain('A request failed unexpectedly.');
}, 300_000);

/** Sends bytes and the end of the stream, and answers all that comes back. */
async function answerTo(port: number, bytes: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const answer = buffer(socket).catch(() => Buffer.alloc(0));
  socket.end(bytes);
  return (await answer).toString('latin1');
}
