import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { curveKeyPair, Dealer, Request, type SocketOptions } from 'zeromq';
import { RawConnection } from '../../tests/support/raw-connection.js';
import { until } from '../../tests/support/until.js';
import type { Gateway } from '../gateway.js';
import { openZmqGateway } from './zmq-gateway.js';
import { PATIENCE_MS } from '../../tests/support/patience.js';

let gateway: Gateway;
let asked: string[];
/** Answers to requests for `later`, when they are to come. */
let later: (() => void)[];
let sockets: { close: () => void }[];

// What is asked comes back.
async function answer(body: Buffer | undefined): Promise<Record<string, unknown>> {
  const echo = body?.toString('latin1') ?? 'no body';
  asked.push(echo);
  if (echo.startsWith('later')) await new Promise<void>((resolve) => later.push(resolve));
  return { echo };
}

function open(curveKey?: string): Promise<Gateway> {
  const at = { host: '127.0.0.1', port: 0 };
  return openZmqGateway(answer, { at, curveKey, graceMs: 2000, logger: pino({ level: 'silent' }) });
}

beforeEach(async () => {
  [asked, later, sockets] = [[], [], []];
  gateway = await open();
});

afterEach(async () => {
  for (const answerNow of later) answerNow();
  for (const socket of sockets) socket.close();
  await gateway[Symbol.asyncDispose]();
});

function request(options: SocketOptions<Request> = {}): Request {
  const socket = new Request({ linger: 0, receiveTimeout: PATIENCE_MS, ...options });
  sockets.push(socket);
  socket.connect(gateway.address);
  return socket;
}

function dealer(options: SocketOptions<Dealer> = {}): Dealer {
  const socket = new Dealer({ linger: 0, receiveTimeout: PATIENCE_MS, ...options });
  sockets.push(socket);
  socket.connect(gateway.address);
  return socket;
}

async function ask(socket: Request, text: string | Buffer | (string | Buffer)[]): Promise<unknown> {
  await socket.send(text);
  const frames = await socket.receive();
  expect(frames).toHaveLength(1);
  return JSON.parse(String(frames[0]));
}

test('a port that is free is picked, and said', () => {
  expect(gateway.address).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/);
});

test('a request is answered by one frame, one after the other', async () => {
  const client = request();
  for (const echo of ['one', 'two', '']) expect(await ask(client, echo)).toEqual({ echo });
});

test('a request of several frames, or none that is text, is answered as no request', async () => {
  const client = request();
  expect(await ask(client, ['{}', '{}'])).toEqual({ echo: 'no body' });
  expect(await ask(client, ['{}', '', ''])).toEqual({ echo: 'no body' });
  expect(await ask(client, 'afterwards')).toEqual({ echo: 'afterwards' });
});

test('the envelope of a router in between comes back before the answer', async () => {
  const client = dealer();
  await client.send(['hop', 'hop 2', '', 'text']);
  expect((await client.receive()).map(String)).toEqual(['hop', 'hop 2', '', '{"echo":"text"}']);
});

test('what lacks the delimiter or the body is dropped, as a REP socket does, and what comes then is answered', async () => {
  const client = dealer();
  for (const frames of [
    ['no delimiter'],
    [''],
    ['a', 'b', 'c'],
    [...Array.from({ length: 50 }, () => 'x'), '', 'y'],
  ])
    await client.send(frames);
  await client.send(['', 'good']);
  expect((await client.receive()).map(String)).toEqual(['', '{"echo":"good"}']);
  expect(asked).toEqual(['good']);
});

test('clients that die between request and reply stop nobody', async () => {
  for (let count = 0; count < 20; count += 1) {
    const client = request();
    await client.send(`later ${String(count)}`);
    await until('it has been asked', () => asked.includes(`later ${String(count)}`));
    client.close();
  }
  for (const answerNow of later) answerNow();
  expect(await ask(request(), 'still there')).toEqual({ echo: 'still there' });
});

test('a client that waits for a slow answer keeps nobody else waiting', async () => {
  const slow = request();
  await slow.send('later');
  const other = request();
  for (let count = 0; count < 10; count += 1) expect(await ask(other, 'now')).toEqual({ echo: 'now' });
  await until('the slow one has been asked', () => later.length === 1);
  later[0]?.();
  expect(String(await slow.receive())).toContain('later');
});

test('what is no ZeroMQ at all stops nobody', async () => {
  const content = ['GET / HTTP/1.1\r\n\r\n', Buffer.alloc(100_000, 0xff), Buffer.alloc(64), '\0'];
  for (const bytes of content) {
    using client = await RawConnection.open(gateway.address.replace('tcp://', ''));
    await client.send(bytes);
  }
  expect(await ask(request(), 'still there')).toEqual({ echo: 'still there' });
});

/** What a REQ socket says at first, RFC 23 of ZeroMQ: its greeting, and READY. */
const GREETING = Buffer.concat([
  Buffer.from('ff00000000000000017f0300', 'hex'),
  Buffer.from('NULL'),
  Buffer.alloc(48),
]);
const READY = Buffer.from('\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03REQ', 'latin1');

/** A connection that has said the greeting and been greeted, and what has come over it. */
async function greeted() {
  const client = await RawConnection.open(gateway.address.replace('tcp://', ''));
  let received = '';
  client.socket.on('data', (piece: Buffer) => (received += piece.toString('latin1')));
  await client.send(GREETING);
  // What came earlier would be taken for a part of the greeting.
  await until('it has been greeted', () => received.length >= GREETING.length);
  return { client, received: () => received };
}

test('any bytes behind a good greeting stop nobody', async () => {
  const part = fc.oneof(fc.constant(READY), fc.uint8Array({ maxLength: 40 }));
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 4 }), async (pieces) => {
      const { client } = await greeted();
      using _open = client;
      for (const piece of pieces) await client.send(piece);
    }),
    { numRuns: 50 },
  );
  expect(await ask(request(), 'still there')).toEqual({ echo: 'still there' });
});

test('a client that says in its own words what a REQ socket says is answered', async () => {
  const { client, received } = await greeted();
  using _open = client;
  await client.send(READY);
  await until('it is ready', () => received().includes('ROUTER'));
  await client.send('\x01\0\0\x02{}');
  await until('the answer is there', () => received().includes('{"echo":"{}"}'));
});

test('a frame of 100 MB cuts its sender off, and nobody else', async () => {
  const large = request();
  await large.send(Buffer.alloc(100 * 1024 * 1024));
  const other = request();
  for (let count = 0; count < 10; count += 1) expect(await ask(other, 'now')).toEqual({ echo: 'now' });
  expect(asked.every((echo) => echo === 'now')).toBe(true);
});

test('one that floods gets an answer to each request that it waits for, and others are answered in between', async () => {
  const flood = dealer({ sendHighWaterMark: 0, receiveHighWaterMark: 1 });
  for (let count = 0; count < 5000; count += 1) await flood.send(['', `flood ${String(count)}`]);
  const other = request();
  for (let count = 0; count < 20; count += 1) expect(await ask(other, 'now')).toEqual({ echo: 'now' });
});

test('of one that does not wait for its answers some requests wait, and the others are refused', async () => {
  const client = dealer();
  for (let count = 0; count < 6; count += 1) await client.send(['', `later ${String(count)}`]);
  const [, refusal] = await client.receive();
  expect(JSON.parse(String(refusal))).toMatchObject({ status: 'error' });
  for (let count = 0; count < 5; count += 1) {
    await until('its turn has come', () => later.length > count);
    later[count]?.();
    expect(String(await client.receive())).toContain(`later ${String(count)}`);
  }
});

test('what is under way is answered before the gateway is closed, and its port is free then', async () => {
  const client = request();
  await client.send('later');
  await until('it has been asked', () => later.length === 1);
  const closed = gateway[Symbol.asyncDispose]();
  later[0]?.();
  expect(String(await client.receive())).toContain('later');
  await closed;
  const port = Number(gateway.address.split(':').at(-1));
  const options = { graceMs: 0, logger: pino({ level: 'silent' }) };
  const at = { host: '127.0.0.1', port };
  // ZeroMQ lets go of it in a thread of its own.
  gateway = await until('the port is free', () =>
    openZmqGateway(answer, { at, ...options }).catch(() => undefined),
  );
  expect(await ask(request(), 'again')).toEqual({ echo: 'again' });
});

test('a request that is never answered does not keep the gateway from closing', async () => {
  const at = { host: '127.0.0.1', port: 0 };
  await gateway[Symbol.asyncDispose]();
  gateway = await openZmqGateway(answer, { at, graceMs: 20, logger: pino({ level: 'silent' }) });
  await request().send('later');
  await until('it has been asked', () => later.length === 1);
  await gateway[Symbol.asyncDispose]();
});

test('an address in use is an error that names it', async () => {
  const port = Number(gateway.address.split(':').at(-1));
  const at = { host: '127.0.0.1', port };
  await expect(openZmqGateway(answer, { at, graceMs: 0, logger: pino() })).rejects.toMatchObject({
    code: 'config.invalid',
    message: `GATHERD_ZMQ: 127.0.0.1:${String(port)} is in use by another program`,
  });
});

test('without a key it does not listen beyond loopback', async () => {
  const at = { host: '0.0.0.0', port: 0 };
  const opening = openZmqGateway(answer, { at, graceMs: 0, logger: pino() });
  await expect(opening).rejects.toMatchObject({ code: 'config.invalid' });
});

test('it listens on IPv6 too', async () => {
  const at = { host: '::1', port: 0 };
  await gateway[Symbol.asyncDispose]();
  gateway = await openZmqGateway(answer, { at, graceMs: 0, logger: pino() });
  expect(gateway.address).toMatch(/^tcp:\/\/\[::1\]:\d+$/);
  expect(await ask(request({ ipv6: true }), 'six')).toEqual({ echo: 'six' });
});

test('with a key who has the public one is answered, and nobody else is heard', async () => {
  await gateway[Symbol.asyncDispose]();
  const server = curveKeyPair();
  gateway = await open(server.secretKey);
  const { publicKey: curvePublicKey, secretKey: curveSecretKey } = curveKeyPair();
  const plain = request();
  await plain.send('plain');
  const wrong = request({ curveServerKey: curveKeyPair().publicKey, curvePublicKey, curveSecretKey });
  await wrong.send('wrong');
  const good = request({ curveServerKey: server.publicKey, curvePublicKey, curveSecretKey });
  expect(await ask(good, 'good')).toEqual({ echo: 'good' });
  expect(asked).toEqual(['good']);
});

test('after 200 peers that vanish nothing of them is left', async () => {
  const handles = () => process.getActiveResourcesInfo().length;
  const before = handles();
  for (let round = 0; round < 200; round += 50) {
    const clients = Array.from({ length: 50 }, () => new Request({ linger: 0 }));
    for (const client of clients) client.connect(gateway.address);
    await Promise.all(clients.map((client) => client.send('gone')));
    await until('they have been asked', () => asked.length >= round + 50);
    for (const client of clients) client.close();
  }
  await until('all of them are gone', () => handles() <= before);
  expect(await ask(request(), 'still there')).toEqual({ echo: 'still there' });
});
