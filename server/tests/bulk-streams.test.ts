import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, type TestContext } from 'vitest';
import { BULK, bulkHeaders, BulkUpload, sendBulk, type BulkOptions } from './support/bulk-client.js';
import { fieldsOf, GatherClient, loginTo } from './support/gather-client.js';
import { GatherdProcess } from './support/gatherd-process.js';
import { ServedGatherd } from './support/gatherd-program.js';
import { InProcessGatherd, MAIN_DOORS } from './support/in-process-gatherd.js';
import { IS_LONG, peakMiB } from './support/machine.js';
import { takeDumpLock, untilIdle } from './support/outsider.js';
import { until } from './support/until.js';

const MiB = 2 ** 20;
const LINE = '{"message":"one"}\n';
const ACK = { accepted: 1, duplicates: 0, last: 1 };

const disposed: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of disposed.splice(0)) await each[Symbol.asyncDispose]();
});

describe.each(MAIN_DOORS)('streams of lines (door: %s)', (door) => {
  async function start(env: Readonly<Record<string, string>> = {}) {
    const gatherd = await InProcessGatherd.start(env);
    disposed.push(gatherd);
    const server = { port: Number(new URL(gatherd.url(door)).port) };
    return { gatherd, server, token: await loginTo(server, 'dale') };
  }

  test('acknowledgements come while the request is being sent, count everything so far, and end with done', async () => {
    const { gatherd, server, token } = await start();
    using upload = new BulkUpload(server, token);
    await upload.write(LINE);
    expect(await upload.nextLine()).toEqual(ACK);
    expect((await upload.answer).headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    // What is acknowledged is in the dump already.
    expect(await gatherd.records()).toHaveLength(1);
    await upload.write(`${LINE}{"message":`);
    expect(await upload.nextLine()).toEqual({ accepted: 2, duplicates: 0, last: 2 });
    upload.end('3}');
    const lines = await upload.rest();
    expect(lines.at(-1)).toEqual({ accepted: 3, duplicates: 0, last: 3, done: true });
    expect(lines.filter(({ done }) => done === true)).toHaveLength(1);
  });

  test('a stream without a message is done too, and one of duplicates has no last', async () => {
    const { server, token } = await start();
    const producer = { id: '5bd5f59e-9f4f-4a0c-8a3e-3c0cba0e6e54', first: 1 };
    for (const [body, expected] of [
      ['\n', { accepted: 0, duplicates: 0, last: null }],
      [LINE, ACK],
      [LINE, { accepted: 0, duplicates: 1, last: null }],
    ] as const) {
      using upload = new BulkUpload(server, token, { producer });
      upload.end(body);
      expect((await upload.rest()).at(-1)).toEqual({ ...expected, done: true });
    }
  });

  test.each<
    [string, (at: { gatherd: InProcessGatherd; client: GatherClient; token: string }) => unknown, object]
  >([
    [
      'logs out',
      ({ client, token }) => client.message(token, 'logout'),
      { status: 403, code: 'session.not_identified' },
    ],
    [
      'expires',
      ({ gatherd }) => {
        gatherd.clock.advance(601_000);
      },
      { status: 401, code: 'token.invalid' },
    ],
  ])('a session that %s in the middle of a stream ends it with its error', async (_what, end, problem) => {
    const { gatherd, server, token } = await start();
    using client = new GatherClient(server);
    using upload = new BulkUpload(server, token);
    await upload.write(LINE);
    expect(await upload.nextLine()).toEqual(ACK);
    await end({ gatherd, client, token });
    await upload.write(LINE);
    expect((await upload.rest()).at(-1)).toMatchObject({ ...ACK, ...problem });
    const messages = (await gatherd.records()).map(({ message }) => message);
    expect(messages.filter((message) => message !== 'logout')).toEqual(['one']);
  });

  test('a malformed line ends a stream with a problem for its last line, behind the acknowledgement of what was good', async () => {
    const { gatherd, server, token } = await start();
    using upload = new BulkUpload(server, token);
    await upload.write(LINE);
    expect(await upload.nextLine()).toEqual(ACK);
    await upload.write(`${LINE}\nnonsense\n${LINE}`);
    const problem = { accepted: 2, duplicates: 0, last: 2, status: 400, code: 'message.malformed', line: 4 };
    expect((await upload.rest()).at(-1)).toMatchObject(problem);
    expect(await gatherd.records()).toHaveLength(2);
  });

  test.each(['application/json', 'application/x-ndjson'])(
    'a body whose end is damaged is refused with exactly what is stored of it, and nothing behind that (%s)',
    async (accept) => {
      const { gatherd, server, token } = await start();
      const packed = gzipSync(
        Array.from({ length: 3000 }, (_, at) => `{"message":${String(at)}}\n`).join(''),
      );
      packed.writeUInt8(packed.readUInt8(packed.length - 6) ^ 0xff, packed.length - 6);
      using upload = new BulkUpload(server, token, {
        headers: { Accept: accept, 'Content-Encoding': 'gzip' },
      });
      upload.end(packed);
      const lines = await upload.rest();
      const { length } = await gatherd.records();
      expect(length).toBeGreaterThan(0);
      expect(lines.filter(({ code }) => code !== undefined)).toEqual([lines.at(-1)]);
      expect(lines.at(-1)).toMatchObject({
        code: 'request.invalid_encoding',
        accepted: length,
        last: length,
      });
    },
  );

  test('a session that ends while much of a stream is on its way ends it with exactly what is stored', async () => {
    const { gatherd, server, token } = await start();
    using client = new GatherClient(server);
    using upload = new BulkUpload(server, token, { headers: { Accept: 'application/json' } });
    const sending = sendAll(upload, LINE.repeat(1000));
    await until('some of it', async () => (await gatherd.records()).length > 5000);
    await client.message(token, 'logout');
    const answer = (await upload.rest()).at(-1);
    await sending;
    const stored = (await gatherd.records()).filter(({ message }) => message === 'one');
    expect(answer).toMatchObject({ code: 'session.not_identified', accepted: stored.length });
    expect(answer?.last).toBe(stored.at(-1)?.seq);
  });

  test('an error before anything was acknowledged has its status and is a problem', async () => {
    const { server, token } = await start();
    using upload = new BulkUpload(server, token);
    await upload.write('nonsense\n');
    const answer = await upload.answer;
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([400, 'application/problem+json']);
    expect(await upload.rest()).toMatchObject([
      { code: 'message.malformed', line: 1, accepted: 0, last: null },
    ]);
  });

  test('what a client has sent before it vanishes is stored up to a line, and others are not affected', async () => {
    const { gatherd, server, token } = await start();
    {
      using upload = new BulkUpload(server, token);
      await upload.write(`${LINE}${LINE}{"message":"ha`);
      await upload.nextLine();
    }
    await until('a note of it', () => gatherd.log.some(({ code }) => code === 'request.malformed'));
    await sendBulk(server, token, LINE);
    const messages = (await gatherd.records()).map(({ message }) => message);
    expect(messages).toEqual(['one', 'one', 'one']);
    expect(gatherd.log.filter(({ level }) => level >= 50)).toEqual([]);
  });

  test.each<[string, (token: string) => Record<string, string>, string, string]>([
    ['a missing token', () => ({ 'Content-Type': 'application/x-ndjson' }), LINE, 'token.missing'],
    [
      'another type',
      (token) => bulkHeaders(token, { type: 'image/png' }),
      LINE,
      'request.unsupported_media_type',
    ],
    ['a malformed line', (token) => bulkHeaders(token), 'nonsense\n', 'message.malformed'],
    [
      'a body of JSON over the limit',
      (token) => bulkHeaders(token, { type: 'application/json' }),
      ' '.repeat(64 * 1024),
      'request.body_too_large',
    ],
  ])(
    'the refusal of %s arrives though the client is still sending, and then the connection closes',
    async (_what, headersFor, part, code) => {
      const { server, token } = await start({ GATHERD_MAX_BODY_BYTES: '512KiB' });
      const socket = createConnection(server.port, '127.0.0.1');
      const answer = readText(socket);
      const headers = Object.entries({
        Host: 'localhost',
        ...headersFor(token),
        'Transfer-Encoding': 'chunked',
      });
      socket.write(
        `POST ${BULK} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
      );
      const sending = sendEndlessly(socket, `${part.length.toString(16)}\r\n${part}\r\n`);
      expect(await answer).toContain(`"code":"${code}"`);
      await sending;
    },
  );

  test('a client that never reads its acknowledgements keeps nobody waiting, and all of it is stored', async () => {
    const { gatherd, server, token } = await start();
    const socket = createConnection(server.port, '127.0.0.1').pause();
    const headers = Object.entries({
      Host: 'localhost',
      ...bulkHeaders(token),
      Accept: 'application/x-ndjson',
    });
    const head = `POST ${BULK} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`;
    const count = 100_000;
    socket.write(`${head}Content-Length: ${String(LINE.length * count)}\r\n\r\n`);
    socket.write(LINE.repeat(count));
    using client = new GatherClient(server);
    await client.message(token, 'another');
    await until('all of it', async () => (await gatherd.records()).length === count + 1, 30_000);
    socket.destroy();
  });

  test('while another program has the lock a stream waits, whatever others are told', async () => {
    const { gatherd, server, token } = await start({ GATHERD_MAX_QUEUE_BYTES: '1MiB' });
    const dump = gatherd.file('dump.ndjson');
    await untilIdle(dump);
    await using outsider = await takeDumpLock(dump);
    using upload = new BulkUpload(server, token);
    const body = `{"message":"${'m'.repeat(1000)}"}\n`.repeat(4000);
    const written = upload.write(body);
    await sleep(300);
    expect(await gatherd.records()).toHaveLength(0);
    await outsider.release();
    await written;
    upload.end();
    expect((await upload.rest()).at(-1)).toEqual({ accepted: 4000, duplicates: 0, last: 4000, done: true });
  });
});

test('a stream may take any time while it moves; where nothing comes it is refused with what is stored', async () => {
  await using server = await ServedGatherd.start({
    env: { GATHERD_REQUEST_TIMEOUT: '2', GATHERD_HEADERS_TIMEOUT: '2' },
  });
  const token = await loginTo(server, 'dale');
  using steady = new BulkUpload(server, token);
  using stalled = new BulkUpload(server, token);
  await stalled.write(`${LINE}{"mess`);
  for (let part = 1; part <= 10; part += 1) {
    await steady.write(LINE);
    await sleep(500);
  }
  steady.end();
  expect((await steady.rest()).at(-1)).toMatchObject({ accepted: 10, done: true });
  expect((await stalled.rest()).at(-1)).toMatchObject({
    status: 408,
    code: 'request.timed_out',
    accepted: 1,
  });
  expect(await server.stop()).toBe(0);
});

test('the time that the server waits for the lock is not taken for the time of its clients', async () => {
  await using server = await ServedGatherd.start({
    env: {
      GATHERD_REQUEST_TIMEOUT: '1',
      GATHERD_HEADERS_TIMEOUT: '1',
      GATHERD_DUMP_LOCK_TIMEOUT: '60000',
      GATHERD_MAX_QUEUE_BYTES: '1MiB',
    },
  });
  const token = await loginTo(server, 'dale');
  const dump = join(server.dataDir, 'dump.ndjson');
  await untilIdle(dump);
  await using outsider = await takeDumpLock(dump);
  // One sends as fast as it may; the other waits for the acknowledgement of what it has sent.
  using fast = new BulkUpload(server, token, { headers: { Accept: 'application/json' } });
  using careful = new BulkUpload(server, token);
  const written = fast.write(`{"message":"${'m'.repeat(1000)}"}\n`.repeat(20_000));
  await careful.write(LINE);
  await sleep(4000);
  await outsider.release();
  expect(await careful.nextLine()).toMatchObject({ accepted: 1 });
  careful.end();
  await written;
  fast.end();
  expect((await careful.rest()).at(-1)).toMatchObject({ accepted: 1, done: true });
  expect(await fast.rest()).toMatchObject([{ accepted: 20_000, duplicates: 0 }]);
  expect(await server.stop()).toBe(0);
});

test('what is packed a thousandfold is refused or stored in flat memory', async (context) => {
  await using server = await GatherdProcess.start({ env: { GATHERD_LOG_LEVEL: 'error' } });
  skipWithoutPeak(context, server);
  const token = await loginTo(server, 'dale');
  const packed = { headers: { 'Content-Encoding': 'gzip' } };
  await sendBulk(server, token, LINE.repeat(10_000));
  const before = peakMiB(server.pid) ?? 0;
  const [oneLine, blankLines, shortLines] = [
    await sendBulk(server, token, bomb('m', IS_LONG ? 1024 : 256), packed),
    await sendBulk(server, token, bomb('\n', IS_LONG ? 1024 : 96), packed),
    await sendBulk(server, token, bomb('{"message":1}\n', IS_LONG ? 256 : 14), packed),
  ];
  expect(fieldsOf(oneLine)).toMatchObject({ status: 400, code: 'message.malformed', line: 1, accepted: 0 });
  expect(fieldsOf(blankLines)).toEqual({ accepted: 0, duplicates: 0, last: null });
  expect(fieldsOf(shortLines)).toMatchObject({ duplicates: 0, accepted: IS_LONG ? 19_173_888 : 1_048_572 });
  const empty: BulkOptions = { type: 'text/plain' };
  const accepted = IS_LONG ? MiB : MiB / 4;
  expect(fieldsOf(await sendBulk(server, token, Buffer.alloc(accepted, '\n'), empty))).toMatchObject({
    accepted,
  });
  // Less than what was unpacked of any of them but the last.
  expect((peakMiB(server.pid) ?? 0) - before).toBeLessThan(IS_LONG ? 120 : 90);
  expect(await server.stop()).toBe(0);
});

function skipWithoutPeak(context: TestContext, server: GatherdProcess): void {
  if (peakMiB(server.pid) === undefined) context.skip('the memory of a process is not told here');
}

/** A text repeated up to so many MiB, as gzip of many members. */
function bomb(text: string, mebibytes: number): Buffer {
  const member = gzipSync(text.repeat(Math.floor(MiB / text.length)));
  return Buffer.concat(Array.from({ length: mebibytes }, () => member));
}

/** Sends the same again and again, until nothing can be sent any more. */
async function sendAll(upload: BulkUpload, part: string): Promise<void> {
  while (upload.failure === undefined && !upload.request.destroyed) {
    await upload.write(part);
    await setImmediate();
  }
}

async function sendEndlessly(socket: Socket, part: string): Promise<void> {
  socket.on('error', () => undefined);
  while (!socket.destroyed && socket.writable) {
    socket.write(part);
    await sleep(1);
  }
}
