import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test, type TestContext } from 'vitest';
import { readDump } from './support/dump-records.js';
import { GatherClient, loginTo } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { ServedGatherd } from './support/gatherd-program.js';
import { canRun, IS_LONG } from './support/machine.js';
import { until } from './support/until.js';

const SLOW = IS_LONG ? 1000 : 500;
const TRICKLE_EVERY_MS = 300;

test('hundreds of slow connections keep nobody waiting, and are closed when their time is up', async (context) => {
  skipUnlessOpenFiles(context, 2 * SLOW + 200);
  await using server = await GatherdProcess.start({
    env: { GATHERD_HEADERS_TIMEOUT: '5', GATHERD_REQUEST_TIMEOUT: '6', GATHERD_LOG_LEVEL: 'warn' },
  });
  using client = new GatherClient(server);
  const token = await loginTo(server, 'dale');
  using slow = new SlowConnections(server.port);
  await slow.open(SLOW);

  expect(slow.openCount).toBe(SLOW);
  expect((await client.message(token, 'I am in a hurry')).status).toBe(201);
  expect(slow.openCount).toBe(SLOW);

  await until('slow connections closed by the server', () => slow.openCount === 0, 30_000);
  expect((await client.message(token, 'all gone')).status).toBe(201);
});

test('connections over the limit are dropped, and there is room again when others leave', async () => {
  await using server = await GatherdProcess.start({ env: { GATHERD_MAX_CONNECTIONS: '50' } });
  {
    using idle = new SlowConnections(server.port);
    await idle.open(50);
    await until(
      'the server has them all',
      async () => (await isDropped(server.port)) && idle.openCount === 50,
    );
    await until('a word of it in the log', () => server.output.includes('Connections were dropped'));
  }
  await until('room again', async () => !(await isDropped(server.port)));
  using client = new GatherClient(server);
  expect((await client.message(await client.login('dale'), 'at last')).status).toBe(201);
});

test('when no more files may be opened, who is connected goes on, and there is room again when others leave', async (context) => {
  if (!canRun('prlimit', '--version')) context.skip('prlimit is not here');
  await using server = await GatherdProcess.start();
  using client = new GatherClient(server);
  const token = await client.login('dale');
  execFileSync('prlimit', ['--pid', String(server.pid), '--nofile=100']);
  {
    using idle = new SlowConnections(server.port);
    await idle.open(200);
    for (let number = 1; number <= 20; number += 1)
      expect((await client.message(token, `message ${String(number)}`)).status).toBe(201);
  }
  await until('room again', async () => !(await isDropped(server.port)));
  expect((await client.message(token, 'at last')).status).toBe(201);
  expect(await server.stop()).toBe(0);
});

test('requests that are sent without waiting for answers are answered and stored in their order', async () => {
  await using server = await ServedGatherd.start();
  const token = await loginTo(server, 'dale');
  const sizes = [1, 200_000, 3, 60_000, 0, 5, 100_000];
  const socket = connect(server.port, '127.0.0.1');
  const answers = text(socket);
  const messages = sizes.map((size, index) => `${String(index)} ${'m'.repeat(size)}`);
  const bodies = [...messages, 'logout', 'too late'].map((message) =>
    JSON.stringify({ message_type: 'MESSAGE', token, message }),
  );
  const heads = bodies.map(
    (body, index) =>
      `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n` +
      `${index === bodies.length - 1 ? 'Connection: close\r\n' : ''}\r\n`,
  );
  socket.write(heads.map((head, index) => head + (bodies[index] ?? '')).join(''));
  const statuses = [...(await answers).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  expect(statuses).toEqual([...messages.map(() => '201'), '202', '403']);
  await server.stop();
  const records = await readDump(join(server.dataDir, 'dump.ndjson'), []);
  expect(records.map(({ message }) => message)).toEqual([...messages, 'logout']);
});

test('garbage behind a message does not make the answer say that it was refused, and is counted by itself', async () => {
  await using server = await ServedGatherd.start();
  const token = await loginTo(server, 'dale');
  const body = JSON.stringify({ message_type: 'MESSAGE', token, message: 'Hail Dale!' });
  const socket = connect(server.port, '127.0.0.1');
  const answers = text(socket);
  socket.write(`${headOf(body.length)}${body}GARBAGE\r\n\r\n`);
  expect(statusesIn(await answers)).toEqual(['201', '400']);
  using client = new GatherClient(server);
  const { text: metrics } = await client.get('/metrics');
  expect(metrics).toContain('gatherd_refusals_total{code="request.malformed"} 1\n');
  await server.stop();
  const records = await readDump(join(server.dataDir, 'dump.ndjson'), []);
  expect(records.map(({ message }) => message)).toEqual(['Hail Dale!']);
});

test('a body that does not come in time, or is no chunk, is refused by the door, and logged once', async () => {
  await using server = await GatherdProcess.start({
    env: { GATHERD_HEADERS_TIMEOUT: '1', GATHERD_REQUEST_TIMEOUT: '1' },
  });
  const refusals = () => server.output.split('\n').filter((line) => line.includes('"code":'));
  const logged: object[] = [];
  for (const [rest, status, code] of [
    ['Content-Length: 100\r\n\r\n{', '408', 'request.timed_out'],
    ['Transfer-Encoding: chunked\r\n\r\nnonsense\r\n', '400', 'request.malformed'],
  ] as const) {
    const socket = connect(server.port, '127.0.0.1');
    const answer = text(socket);
    socket.write(
      `POST /authenticate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${rest}`,
    );
    expect(statusesIn(await answer)).toEqual([status]);
    expect(await answer).toContain('"token":""');
    logged.push({ code, requestId: /X-Request-Id: (\S+)/.exec(await answer)?.[1] });
    await until('a word of it in the log', () => refusals().length >= logged.length);
  }
  expect(await server.stop()).toBe(0);
  expect(refusals().map((line) => JSON.parse(line) as object)).toMatchObject(logged);
});

test('who has an answer and goes on sending the body that it is for is not heard for ever', async () => {
  await using server = await ServedGatherd.start();
  const heads = [
    ['GET /healthz', ''],
    ['GET /metrics', ''],
    ['GET /nothing', ''],
    ['POST /nothing', ''],
    ['DELETE /message', ''],
    ['PUT /healthz', ''],
    ['POST /', 'Content-Type: text/plain'],
    ['POST /', 'Content-Type: application/json'],
    ['POST /v1/messages', 'Content-Type: text/plain'],
    ['GET /v1/messages', ''],
    ['POST /healthz', 'Expect: more'],
  ] as const;
  const sockets = heads.map(([request, header]) => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`${request} HTTP/1.1\r\nHost: localhost\r\n${header}${header === '' ? '' : '\r\n'}`);
    socket.write('Content-Length: 1000000000\r\n\r\n');
    return socket.on('error', () => undefined);
  });
  const trickle = setInterval(() => {
    for (const socket of sockets) socket.write('x');
  }, TRICKLE_EVERY_MS);
  const answers = await Promise.all(sockets.map(async (socket) => text(socket).catch(() => 'reset')));
  clearInterval(trickle);
  expect(answers.map((answer) => statusesIn(answer))).toEqual(
    ['200', '200', '404', '404', '405', '405', '415', '413', '401', '401', '417'].map((status) => [status]),
  );
});

test('unfinished bodies are held up to a limit, all together', async () => {
  await using server = await ServedGatherd.start({ env: { GATHERD_MAX_RECEIVING_BYTES: '4MiB' } });
  using client = new GatherClient(server);
  const token = await client.login('dale');
  const part = 'x'.repeat(1_000_000);
  const sockets = Array.from({ length: 20 }, () => connect(server.port, '127.0.0.1'));
  const refusals: (string | undefined)[] = [];
  for (const socket of sockets) {
    socket.on('error', () => undefined);
    socket.on('data', (answer) => refusals.push(...statusesIn(answer.toString())));
    socket.write(`${headOf(part.length + 1)}${part}`);
  }
  await until('most of them refused', () => refusals.length >= 16);
  expect(new Set(refusals)).toEqual(new Set(['503']));
  expect((await client.message(token, 'I fit into one packet')).status).toBe(201);
  for (const socket of sockets) socket.destroy();
  await until('room again', async () => (await client.message(token, 'x'.repeat(200_000))).status === 201);
});

function headOf(length: number): string {
  return `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${String(length)}\r\n\r\n`;
}

function statusesIn(answers: string): (string | undefined)[] {
  return [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
}

function skipUnlessOpenFiles(context: TestContext, needed: number): void {
  const limit = execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  if (limit !== 'unlimited' && Number(limit) < needed) context.skip(`only ${limit} files may be open here`);
}

/** Whether a new connection is closed instead of answered. */
async function isDropped(port: number): Promise<boolean> {
  using client = new GatherClient({ port });
  return await client.get('/healthz').then(
    () => false,
    () => true,
  );
}

/** Connections that send a byte of a request now and then: half of them of its headers, half of its body. */
class SlowConnections implements Disposable {
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  readonly #timer: NodeJS.Timeout;

  constructor(port: number) {
    this.#port = port;
    this.#timer = setInterval(() => {
      for (const socket of this.#sockets) socket.write('x');
    }, TRICKLE_EVERY_MS);
  }

  get openCount(): number {
    return this.#sockets.size;
  }

  async open(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_none, index) => this.#connect(index % 2 === 0)));
  }

  async #connect(isBodySlow: boolean): Promise<void> {
    const socket = connect(this.#port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    socket.resume();
    await once(socket, 'connect');
    this.#sockets.add(socket);
    socket.write('POST /message HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n');
    socket.write(isBodySlow ? 'Content-Length: 100\r\n\r\n{"message' : 'X-Slow: ');
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
  }
}
