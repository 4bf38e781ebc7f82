import { once } from 'node:events';
import type { RequestListener, Server, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import type { Upgrade } from './connections/upgrade-listener.js';
import { UnansweredRequests } from './connections/unanswered-requests.js';
import { closeGracefully, createHttpServer, listen, type HttpLimits } from './http-server.js';

interface Line {
  readonly code?: string;
  readonly requestId?: string;
  readonly status?: number;
}

const LIMITS: HttpLimits = {
  headersTimeout: 1000,
  requestTimeout: 1000,
  idleTimeout: 60_000,
  maxConnections: 100,
};
const HEAD = 'HTTP/1.1\r\nHost: localhost\r\n';
const MiB = 2 ** 20;
/** Longer than any test may take. */
const LONG_MS = 3_600_000;

let server: Server | undefined;
let log: Line[] = [];
let refusals: string[] = [];

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function open(
  listener: RequestListener,
  limits: Partial<HttpLimits> = {},
  unanswered = new UnansweredRequests(),
): Promise<Socket> {
  [log, refusals] = [[], []];
  const logger = pino({ base: null }, { write: (line: string) => log.push(JSON.parse(line) as Line) });
  const observers = {
    logger,
    unanswered,
    onRefusal: (code: string) => refusals.push(code),
  };
  const upgrade: Upgrade = ({ socket }) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
  server = createHttpServer({ listener, upgrade }, { ...LIMITS, ...limits }, observers);
  const accepted = once(server, 'connection');
  const socket = connect(await listen(server, 0, '127.0.0.1'), '127.0.0.1');
  socket.on('error', () => undefined);
  await Promise.all([accepted, once(socket, 'connect')]);
  return socket;
}

const answerAtOnce: RequestListener = (_request, response) => {
  response.end('fine');
};

test('an answer that nobody reads is given up, with its connection', async () => {
  const socket = await open((_request, response) => {
    response.end(Buffer.alloc(64 * MiB));
  });
  socket.pause();
  socket.write(`GET / ${HEAD}\r\n`);
  await expect.poll(connectionCount).toBe(0);
  socket.destroy();
});

test('an answer that is read slowly is sent to its end', async () => {
  const answer: RequestListener = (_request, response) => {
    response.setHeader('Connection', 'close').end(Buffer.alloc(64 * MiB));
  };
  const socket = await open(answer, { requestTimeout: 2500 });
  let size = 0;
  let readUntil = 0;
  socket.on('data', (chunk) => {
    size += chunk.length;
    if (size < readUntil) return;
    readUntil = size + 10 * MiB;
    socket.pause();
    // Each is far shorter than the time for a request, and all together are longer.
    setTimeout(() => socket.resume(), 500);
  });
  socket.write(`GET / ${HEAD}\r\n`);
  await once(socket, 'close');
  expect(size).toBeGreaterThan(64 * MiB);
});

test('a client that waits for its answer longer than any timeout gets it', async () => {
  const socket = await open((_request, response) => {
    setTimeout(() => response.setHeader('Connection', 'close').end('at last'), 2500);
  });
  socket.write(`GET / ${HEAD}\r\n`);
  expect(await text(socket)).toMatch(/at last$/);
});

test('a connection that is kept alive is closed when it has been idle', async () => {
  const socket = await open(answerAtOnce, { idleTimeout: 300 });
  socket.write(`GET / ${HEAD}\r\n`);
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 .*fine$/s);
});

test.each([
  ['', ''],
  [' after an answer that closes the connection', 'Connection: close\r\n'],
])('garbage behind a request does not take the place of its answer%s', async (_when, header) => {
  const socket = await open((request, response) => {
    request.resume();
    setTimeout(() => response.writeHead(201).end('stored'), 200);
  });
  socket.write(`POST / ${HEAD}${header}Content-Length: 2\r\n\r\n{}POST / ${HEAD}Content-Length: 2\r\n\r\n{}`);
  socket.write('GARBAGE\r\n\r\n');
  await sleep(50);
  socket.write('MORE GARBAGE\r\n\r\n');
  const statuses = [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]);
  expect(statuses).toEqual(header === '' ? ['201', '201', '400'] : ['201']);
});

test.each([
  ['what is no HTTP', 'GARBAGE\r\n\r\n', 400, 'request.malformed'],
  [
    'headers that are too large',
    `GET / ${HEAD}X: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'request.headers_too_large',
  ],
  ['nothing at all', '', 408, 'request.timed_out'],
  ['headers that do not come', 'GET / HTTP/1.1\r\n', 408, 'request.timed_out'],
  [
    'an unknown expectation',
    `GET / ${HEAD}Expect: more\r\nConnection: close\r\n\r\n`,
    417,
    'request.expectation_failed',
  ],
])(
  '%s is answered in JSON with a request id, logged once under it, and counted',
  async (_what, bytes, status, code) => {
    const socket = await open(answerAtOnce);
    socket.write(bytes);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${String(status)} `));
    expect(head).toMatch(/^Content-Type: application\/json; charset=utf-8\r$/m);
    expect(head).toMatch(/^X-Content-Type-Options: nosniff\r$/im);
    expect(JSON.parse(body)).toMatchObject({ status_code: status });
    const requestId = /^X-Request-Id: (\S+)\r$/m.exec(head)?.[1];
    expect(log).toMatchObject([{ requestId, code, status }]);
    expect(refusals).toEqual([code]);
  },
);

test('a connection that was refused is closed, also where the client keeps its end of it open', async () => {
  const socket = await open(answerAtOnce);
  socket.allowHalfOpen = true;
  socket.write('GARBAGE\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /);
  await expect.poll(connectionCount).toBe(0);
  socket.destroy();
});

test.each([
  ['is answered', '', answerAtOnce],
  ['is refused for what it expects', 'Expect: more\r\n', answerAtOnce],
  ['nobody reads the answer of', '', (_request, response) => response.end(Buffer.alloc(64 * MiB))],
] satisfies [string, string, RequestListener][])(
  'a request that %s while its body trickles on is ended, with its connection',
  async (_what, header, listener) => {
    const socket = await open(listener);
    socket.once('data', () => socket.pause());
    socket.write(`POST / ${HEAD}${header}Content-Length: 1000000\r\n\r\n`);
    const trickle = setInterval(() => socket.write('x'), 100);
    await expect.poll(connectionCount).toBe(0);
    clearInterval(trickle);
    socket.destroy();
  },
);

test('a body that has come soon after its answer does not end the connection', async () => {
  const socket = await open(answerAtOnce);
  const answers = text(socket);
  socket.write(`POST / ${HEAD}Content-Length: 1000000\r\n\r\n`);
  await sleep(100);
  socket.write('x'.repeat(1_000_000));
  await sleep(2500);
  socket.write(`POST / ${HEAD}Connection: close\r\nContent-Length: 0\r\n\r\n`);
  expect((await answers).match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
});

test('a connection ends as soon as all that was asked on it is answered, when the server is closed', async () => {
  const unanswered = new UnansweredRequests();
  const asked: ServerResponse[] = [];
  const socket = await open(
    (_request, response) => {
      asked.push(response);
    },
    { headersTimeout: LONG_MS, requestTimeout: LONG_MS, idleTimeout: LONG_MS },
    unanswered,
  );
  socket.write(`GET / ${HEAD}\r\nGET / ${HEAD}\r\n`);
  await expect.poll(() => asked.length).toBe(2);
  const closed = server === undefined ? undefined : closeGracefully(server, unanswered, LONG_MS);
  for (const response of asked) response.end('fine');
  await closed;
  expect((await text(socket)).match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
});

function connectionCount(): Promise<number> {
  return new Promise((resolve, reject) => {
    server?.getConnections((error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}
