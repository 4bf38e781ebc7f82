import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RawConnection } from '../../tests/support/raw-connection.js';
import { until } from '../../tests/support/until.js';
import { ConnectionLimits } from '../connection-limits.js';
import type { Gateway } from '../gateway.js';
import { openCredentialsGateway } from './credentials-gateway.js';
import type { CredentialsRequest } from './credentials-request.js';

const LIMITS = { idleMs: 5000, lifeMs: 10_000, trailingMs: 200, graceMs: 2000 };

let gateway: Gateway;
let connections: ConnectionLimits;
let dropped = 0;
/** What is answered while it is set. */
let pending: Promise<unknown> | undefined;

let asked = 0;

const answer = async (request: CredentialsRequest, endpoint: string) => {
  asked += 1;
  await pending;
  return request === undefined ? 'no request' : `${JSON.stringify(request)} from ${endpoint}`;
};
const LOGIN = `${JSON.stringify({ command: 'LOGIN', user: 'dale', password: 'pie' })} from 127.0.0.1`;

async function open(limits: Partial<typeof LIMITS> = {}, most = 300): Promise<void> {
  connections = new ConnectionLimits(most, most);
  const all = { ...LIMITS, ...limits, connections };
  gateway = await openCredentialsGateway({ host: '127.0.0.1', port: 0 }, answer, all, () => (dropped += 1));
}

beforeEach(async () => {
  dropped = 0;
  asked = 0;
  pending = undefined;
  await open();
});

afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
});

const connect = () => RawConnection.open(gateway.address);

async function reopen(limits: Partial<typeof LIMITS>, most?: number): Promise<void> {
  await gateway[Symbol.asyncDispose]();
  await open(limits, most);
}

test('a request is answered without a line end, and the server closes', async () => {
  using client = await connect();
  await client.send('LOGIN\ndale\npie\n');
  expect(await client.reply).toBe(LOGIN);
});

test('a client that sends all at once without a last line end, and waits, is answered', async () => {
  using client = await connect();
  await client.send('LOGIN\ndale\npie');
  expect(await client.reply).toBe(LOGIN);
});

test('a client that ends its side without a last line end is answered', async () => {
  using client = await connect();
  expect(await client.end('LOGIN\ndale\npie')).toBe(LOGIN);
});

test('a request may come byte by byte', async () => {
  using client = await connect();
  for (const byte of Buffer.from('LOGIN\r\ndale\r\npie\r\n')) await client.send(Uint8Array.of(byte));
  expect(await client.reply).toBe(LOGIN);
});

test('what is sent behind the request is ignored, and the answer arrives all the same', async () => {
  using client = await connect();
  await client.send(`LOGIN\ndale\npie\n${'x'.repeat(1_000_000)}`);
  expect(await client.reply).toBe(LOGIN);
});

test('two requests in one packet are one request and what is ignored', async () => {
  using client = await connect();
  expect(await client.end('LOGIN\ndale\npie\nDELETE\ndale\n')).toBe(LOGIN);
});

test('a client that says nothing, or not enough, is answered when its time is over', async () => {
  await reopen({ idleMs: 50 });
  for (const text of ['', 'LOG', 'LOGIN\ndale']) {
    using client = await connect();
    await client.send(text);
    expect(await client.reply).toBe('no request');
  }
});

test('a client that sends a byte from time to time has no more than its time', async () => {
  await reopen({ lifeMs: 100 });
  using client = await connect();
  const timer = setInterval(() => void client.send('\0').catch(() => undefined), 10);
  await client.send('LOGIN\n');
  await client.reply;
  clearInterval(timer);
});

test('a client that does not close when it is answered is closed', async () => {
  await reopen({ trailingMs: 20 });
  using client = await connect();
  await client.send('LOGIN\ndale\npie\n');
  await once(client.socket, 'end');
  await until('the connection is gone', () => connections.open === 0);
});

test('one connection too many is closed, and the others go on', async () => {
  await reopen({}, 2);
  using first = await connect();
  using second = await connect();
  using third = await connect();
  expect(await third.reply.catch(() => '')).toBe('');
  expect(dropped).toBe(1);
  for (const client of [first, second]) expect(await client.end('LOGIN\ndale\npie\n')).toBe(LOGIN);
});

test('what is under way is answered before the gateway is closed, and nobody new gets in', async () => {
  let finish = (): void => undefined;
  pending = new Promise<void>((resolve) => (finish = resolve));
  using client = await connect();
  using silent = await connect();
  await client.send('LOGIN\ndale\npie\n');
  await silent.send('LOG');
  await until('both have been heard', () => connections.open === 2 && asked === 1);
  const closed = gateway[Symbol.asyncDispose]();
  await expect(connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  finish();
  expect(await client.end()).toBe(LOGIN);
  expect(await silent.end()).toBe('no request');
  await closed;
  await open();
});

test('who does not take its answer is cut off when the gateway is closed', async () => {
  await reopen({ graceMs: 20, trailingMs: 60_000 });
  using client = await connect();
  await client.send('LOGIN\ndale\npie\n');
  await once(client.socket, 'end');
  await gateway[Symbol.asyncDispose]();
  await open();
});

test('an address in use is an error that names it', async () => {
  const [, port] = gateway.address.split(':');
  const at = { host: '127.0.0.1', port: Number(port) };
  const second = openCredentialsGateway(at, answer, { ...LIMITS, connections }, () => undefined);
  await expect(second).rejects.toMatchObject({
    code: 'config.invalid',
    message: `GATHERD_CREDENTIALS: ${gateway.address} is in use by another program`,
  });
});

test('it does not listen beyond loopback', () => {
  const at = { host: '0.0.0.0', port: 0 };
  expect(() => openCredentialsGateway(at, answer, { ...LIMITS, connections }, () => undefined)).toThrow(
    'is not loopback',
  );
});

test('after 200 connections that vanish nothing of them is left', async () => {
  const handles = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
  const before = handles();
  const beginnings = ['', 'LOG', 'LOGIN\n', 'LOGIN\ndale\npie', 'LOGIN\ndale\npie\n'];
  for (let round = 0; round < 200; round += 50) {
    const clients = await Promise.all(Array.from({ length: 50 }, connect));
    await Promise.all(clients.map((client, index) => client.send(beginnings[index % 5] ?? '')));
    for (const [index, { socket }] of clients.entries())
      if (index % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
  }
  await until('all connections are gone', () => connections.open === 0 && handles() <= before);
  using client = await connect();
  expect(await client.end('LOGIN\ndale\npie\n')).toBe(LOGIN);
});

test('any bytes in any cut are answered, and the connection is closed', async () => {
  const words = ['LOGIN', 'ADD', 'dale', '\n', '\r\n', 'é'].map((word) => Buffer.from(word));
  const piece = fc.oneof(
    fc.constantFrom(...words),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
      using client = await connect();
      for (const bytes of pieces) await client.send(bytes);
      expect(await client.end()).not.toBe('');
    }),
    { numRuns: 50 },
  );
});
