import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Secure } from '../../tls/secure.js';
import { RecordsClient } from '../../tests/support/records-client.js';
import { until } from '../../tests/support/until.js';
import { ConnectionLimits } from '../connection-limits.js';
import { createGatewayRefusals } from '../gateway-refusals.js';
import type { Gateway } from '../gateway.js';
import type { Line } from '../line-reader.js';
import type { AnswerRecords } from './records-answers.js';
import { openRecordsGateway } from './records-gateway.js';
import type { RecordsVisit } from './records-visit.js';

const LIMITS = { idleMs: 5000, trailingMs: 200, graceMs: 2000 };

let gateway: Gateway;
let connections: ConnectionLimits;
let dropped = 0;
/** What has been asked: the line, or what it is instead. */
let asked: string[];
/** What is answered to `later`, when it is to be. */
let later: ((reply: string | undefined) => void)[];
/** What was logged on and has ended. */
let ended: string[];
let log: string[];
/** Who said `enter` last. */
let visit: RecordsVisit | undefined;

const textOf = (line: Line) => (typeof line === 'string' ? line : (line.description ?? ''));

// What is asked comes back, between angles.
const answer: AnswerRecords = async (line, who) => {
  const text = textOf(line);
  asked.push(text);
  if (text === 'unknown') return undefined;
  if (text === 'later') return new Promise((resolve) => later.push(resolve));
  if (text === 'large') return 'x'.repeat(1_000_000);
  if (text.startsWith('enter')) {
    visit = who;
    await who.enter(entrant(text));
  }
  return `<${text}>`;
};

const entrant = (token: string) => ({
  token,
  leave: () => {
    ended.push(token);
    return token.endsWith('broken') ? Promise.reject(new Error('broken')) : Promise.resolve();
  },
});

async function open(limits: Partial<typeof LIMITS> = {}, most = 300): Promise<void> {
  connections = new ConnectionLimits(most, most);
  const logger = pino({ base: null }, { write: (line: string) => log.push(line) });
  // TLS is the same to it as what is not: both are streams.
  const secure: Secure = (raw, onReady) => {
    onReady(raw);
  };
  // Nobody has one here.
  const certificates = {} as never;
  const options = { ...LIMITS, ...limits, connections, secure };
  gateway = await openRecordsGateway(
    { host: '127.0.0.1', port: 0 },
    { answer, logger, certificates, noteRefusal: createGatewayRefusals(logger) },
    options,
    () => (dropped += 1),
  );
}

beforeEach(async () => {
  [asked, later, ended, log, dropped, visit] = [[], [], [], [], 0, undefined];
  await open();
});

afterEach(async () => {
  for (const answerNow of later) answerNow('late');
  await gateway[Symbol.asyncDispose]();
});

const connect = () => RecordsClient.open(gateway.address);

async function reopen(limits: Partial<typeof LIMITS>, most?: number): Promise<void> {
  await gateway[Symbol.asyncDispose]();
  await open(limits, most);
}

test('a request is answered without a line end, with one and without', async () => {
  using client = await connect();
  for (const end of ['', '\n', '\r\n', '']) expect(await client.ask(`request${end}`)).toBe('<request>');
});

test('several requests of one packet are answered in order, and empty lines are none', async () => {
  using client = await connect();
  await client.send('\n\r\none\ntwo\r\n\nthree');
  expect(await client.hearBytes('<one><two><three>'.length)).toBe('<one><two><three>');
  expect(asked).toEqual(['one', 'two', 'three']);
});

test('a request may come byte by byte, cut within characters too', async () => {
  using client = await connect();
  for (const byte of Buffer.from('Zoë 山田 🥧')) {
    await client.send(Uint8Array.of(byte));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await client.hear()).toBe('<Zoë 山田 🥧>');
});

test('a pause ends a request, and what comes then is another one', async () => {
  using client = await connect();
  expect(await client.ask('one')).toBe('<one>');
  expect(await client.ask('two\nthr')).toBe('<two>');
  expect(await client.hear()).toBe('<thr>');
  expect(await client.ask('ee')).toBe('<ee>');
});

test('a client that ends its side is answered, and closed', async () => {
  using client = await connect();
  expect(await client.end('one\ntwo')).toBe('<one><two>');
  using silent = await connect();
  expect(await silent.end()).toBe('');
});

test('what is too long is skipped up to its line end or a pause', async () => {
  using client = await connect();
  const longest = 'x'.repeat(4096);
  expect(await client.ask(`${longest}\n`)).toBe(`<${longest}>`);
  await client.send(`${longest}x${'y'.repeat(1_000_000)}\nnext\n`);
  expect(await client.hearBytes('<over-long><next>'.length)).toBe('<over-long><next>');
  expect(await client.ask(`${longest}xyz`)).toBe('<over-long>');
  expect(await client.ask('next')).toBe('<next>');
});

test('what is no UTF-8 is known as that', async () => {
  using client = await connect();
  expect(await client.ask(Buffer.from('caf\xe9', 'latin1'))).toBe('<no UTF-8>');
});

test('requests take turns, and what is sent meanwhile waits outside', async () => {
  using client = await connect();
  await client.send('later\nsecond\n');
  await until('it is asked', () => later.length === 1);
  let sent = 0;
  const flood = Buffer.from(`${'x'.repeat(4000)}\n`.repeat(250));
  for (let count = 0; count < 32; count += 1) client.socket.write(flood, () => (sent += 1));
  await sleep(100);
  expect(asked).toEqual(['later']);
  expect(sent).toBeLessThan(32);
  later.shift()?.('<later>');
  expect(await client.hearBytes(20)).toMatch(/^<later><second><xx/);
});

test('where it is not known what came of a request, the connection is closed, and nothing more is done', async () => {
  using client = await connect();
  await client.send('one\nunknown\nthree\n');
  expect(await client.closed()).toBe('<one>');
  expect(asked).toEqual(['one', 'unknown']);
});

test('who does not read is not answered further, and is closed when it idles', async () => {
  await reopen({ idleMs: 300 });
  using client = await connect();
  client.socket.pause();
  await client.send('large\n'.repeat(100));
  await until('the connection is gone', () => connections.open === 0);
  expect(asked.length).toBeLessThan(100);
});

test('a connection without a request is closed, without a word', async () => {
  await reopen({ idleMs: 100 });
  using client = await connect();
  expect(await client.ask('one')).toBe('<one>');
  expect(await client.closed()).toBe('');
});

test('who idles while something is under way is answered before', async () => {
  await reopen({ idleMs: 50 });
  using client = await connect();
  await client.send('later\n');
  await until('it is asked', () => later.length === 1);
  await sleep(100);
  later.shift()?.('<later>');
  expect(await client.closed()).toBe('<later>');
});

test('what is under way, and what has come, is answered before the gateway is closed', async () => {
  using client = await connect();
  using silent = await connect();
  using begun = await connect();
  await begun.send('unend');
  await client.send('later\ntwo\nthree');
  await until('it is asked, and all are there', () => later.length === 1 && connections.open === 3);
  const closed = gateway[Symbol.asyncDispose]();
  later.shift()?.('<later>');
  expect(await client.end()).toBe('<later><two><three>');
  expect(await begun.end()).toBe('<unend>');
  expect(await silent.end()).toBe('');
  await closed;
  await open();
});

test('a session ends with its connection, however that ends', async () => {
  using ending = await connect();
  await ending.ask('enter 1');
  await ending.end();
  using breaking = await connect();
  await breaking.ask('enter 2');
  breaking.socket.resetAndDestroy();
  await until('both sessions have ended', () => ended.length === 2);
  using staying = await connect();
  await staying.ask('enter 3');
  await gateway[Symbol.asyncDispose]();
  expect(ended).toEqual(['enter 1', 'enter 2', 'enter 3']);
  await open();
});

test('who logs on again is the first no longer, and who is gone is nobody', async () => {
  using client = await connect();
  await client.ask('enter 1');
  await client.ask('enter 2');
  expect(ended).toEqual(['enter 1']);
  client.socket.destroy();
  await until('it has ended', () => ended.length === 2);
  await visit?.enter(entrant('enter 3'));
  expect(ended).toEqual(['enter 1', 'enter 2', 'enter 3']);
});

test('an end that cannot be kept is in the log, and nothing else of it', async () => {
  using client = await connect();
  await client.ask('enter broken');
  expect(await client.ask('enter again')).toBe('<enter again>');
  expect(log.join('')).toContain('The end of a session could not be kept.');
});

test('one connection too many is closed, and the others go on', async () => {
  await reopen({}, 2);
  using first = await connect();
  using second = await connect();
  using third = await connect();
  expect(await third.closed()).toBe('');
  expect(dropped).toBe(1);
  for (const client of [first, second]) expect(await client.ask('one')).toBe('<one>');
});

test('after 200 connections that vanish nothing of them is left', async () => {
  const handles = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
  const before = handles();
  const beginnings = ['', 'one', 'one\n', 'enter\n', 'one\ntwo'];
  for (let round = 0; round < 200; round += 50) {
    const clients = await Promise.all(Array.from({ length: 50 }, connect));
    await Promise.all(clients.map((client, index) => client.send(beginnings[index % 5] ?? '')));
    for (const [index, { socket }] of clients.entries())
      if (index % 2 === 0) socket.resetAndDestroy();
      else socket.destroy();
  }
  await until('all connections are gone', () => connections.open === 0 && handles() <= before);
  using client = await connect();
  expect(await client.ask('one')).toBe('<one>');
});

test('any bytes in any cut are answered, each line once, and the connection goes on', async () => {
  const words = ['one', '\n', '\r\n', 'é', '\0'].map((word) => Buffer.from(word));
  const piece = fc.oneof(
    fc.constantFrom(...words),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
      asked = [];
      using client = await connect();
      for (const bytes of pieces) await client.send(bytes);
      const heard = await client.end('\nlast');
      expect(heard).toBe(asked.map((line) => `<${line}>`).join(''));
      expect(asked.at(-1)).toBe('last');
      const lines = Buffer.concat(pieces)
        .toString('latin1')
        .split('\n')
        .filter((line) => !/^\r?$/.test(line));
      expect(asked.length - 1).toBe(lines.length);
    }),
    { numRuns: 50 },
  );
});
