import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { ReceivingBudget } from '../connections/receiving-budget.js';
import { parseJsonObject, readBody, REFUSED } from './request-body.js';

const LIMIT = 1000;
/** Room for one unfinished body, and what its chunk takes beside its bytes, but not for two. */
const RECEIVING = LIMIT + 600;

describe('a body', () => {
  let server: Server;
  let outcome: Promise<Buffer>;
  let received: IncomingMessage;
  let arrived: (request: IncomingMessage) => void;
  const receiving = new ReceivingBudget(RECEIVING);

  beforeAll(async () => {
    server = createServer((request, response) => {
      outcome = readBody(request, LIMIT, receiving);
      outcome.then(
        () => response.end(),
        () => response.end(),
      );
      arrived(request);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  // Begins a request, and waits until the server reads it.
  async function begin(
    headers: Readonly<Record<string, string | number>>,
    first: string,
  ): Promise<ClientRequest> {
    const reading = new Promise<IncomingMessage>((resolve) => {
      arrived = resolve;
    });
    const { port } = server.address() as AddressInfo;
    const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers });
    request.on('error', () => undefined);
    request.write(first);
    received = await reading;
    return request;
  }

  async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof AppError ? error.code : undefined;
  }

  test.each([1, LIMIT - 1, LIMIT])('of %i bytes is read, announced or in chunks', async (size) => {
    const body = 'x'.repeat(size);
    (await begin({ 'content-length': size }, body)).end();
    expect((await outcome).toString()).toBe(body);
    const chunked = await begin({}, body.slice(0, 1));
    chunked.end(body.slice(1));
    expect((await outcome).toString()).toBe(body);
  });

  test('of one byte more is refused, announced or in chunks', async () => {
    (await begin({ 'content-length': LIMIT + 1 }, 'x'.repeat(LIMIT + 1))).end();
    expect(await codeOf(outcome)).toBe('request.body_too_large');
    const chunked = await begin({}, 'x'.repeat(LIMIT));
    chunked.end('x');
    expect(await codeOf(outcome)).toBe('request.body_too_large');
  });

  test('of a client that goes on and on is refused before it ends', async () => {
    const endless = await begin({}, 'x'.repeat(LIMIT + 1));
    expect(await codeOf(outcome)).toBe('request.body_too_large');
    endless.destroy();
  });

  test('of a client that goes away is none', async () => {
    const request = await begin({ 'content-length': 100 }, 'x');
    request.destroy();
    expect(await codeOf(outcome)).toBe('request.malformed');
  });

  test('that will not come any more is refused with what the request says', async () => {
    const request = await begin({ 'content-length': 100 }, 'x');
    received.emit(REFUSED, new AppError('request.timed_out'));
    expect(await codeOf(outcome)).toBe('request.timed_out');
    expect(receiving.held).toBe(0);
    request.destroy();
  });

  test('counts while it is unfinished, and then no more, however it ends', async () => {
    const whole = 'x'.repeat(LIMIT);
    const ends: ((request: ClientRequest) => void)[] = [
      (request) => request.end('x'),
      (request) => request.destroy(),
      (request) => request.end('x'.repeat(LIMIT)),
    ];
    for (const end of ends) {
      const first = await begin({}, whole.slice(1));
      const firstOutcome = outcome;
      await expect.poll(() => receiving.held).toBeGreaterThanOrEqual(LIMIT - 1);

      const second = await begin({}, whole.slice(1));
      second.end();
      expect(await codeOf(outcome)).toBe('request.busy');
      const atOnce = await begin({ 'content-length': LIMIT }, whole);
      atOnce.end();
      expect((await outcome).length).toBe(LIMIT);

      end(first);
      await firstOutcome.catch(() => undefined);
      expect(receiving.held).toBe(0);
    }
  });

  test('in chunks of one byte counts for more than its bytes', async () => {
    const request = await begin({}, 'x');
    const refusal = codeOf(outcome);
    const timer = setInterval(() => request.write('x'), 5);
    expect(await refusal).toBe('request.busy');
    clearInterval(timer);
    request.destroy();
  });
});

describe('a JSON object', () => {
  function codeOf(body: Buffer | string, depth = 8): string | undefined {
    try {
      parseJsonObject(Buffer.from(body), depth);
      return undefined;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return error.code;
    }
  }

  test('is what was sent', () => {
    const anyObject = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(anyObject, (object) => {
        const sent = JSON.stringify(object);
        expect(JSON.stringify(parseJsonObject(Buffer.from(sent), 32))).toBe(JSON.stringify(JSON.parse(sent)));
      }),
    );
  });

  test.each([
    ['nothing', '', 'request.invalid_json'],
    ['half a JSON', '{"a":', 'request.invalid_json'],
    ['a comma too many', '{"a":1,}', 'request.invalid_json'],
    ['a byte order mark', '\ufeff{}', 'request.invalid_json'],
    ['an array', '[1]', 'request.not_an_object'],
    ['null', 'null', 'request.not_an_object'],
    ['a number', '1', 'request.not_an_object'],
    ['a text', '"x"', 'request.not_an_object'],
  ])('is not %s', (_what, body, code) => {
    expect(codeOf(body)).toBe(code);
  });

  test.each([[[0xff]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0xf4, 0x90, 0x80, 0x80]], [[0xe2, 0x82]]])(
    'holds no bytes that are not UTF-8 (%j)',
    (bytes) => {
      const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
      expect(codeOf(body)).toBe('request.invalid_json');
    },
  );

  test('is nested as deep as the limit and no deeper, whether by objects or by arrays', () => {
    for (const depth of [1, 2, 5, 32]) {
      const arrays = `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`.replace(':}', ':1}');
      const objects = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
      for (const body of [arrays, objects]) {
        expect(codeOf(body, depth)).toBeUndefined();
        expect(codeOf(body, depth - 1)).toBe('request.too_deep');
      }
    }
    expect(codeOf(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 32)).toBe('request.too_deep');
  });

  test('of very many small values costs a few times what parsing it does', () => {
    const body = Buffer.from(`{"a":[${'[],'.repeat(300_000)}[]]}`);
    const whole = quickest(() => parseJsonObject(body, 32));
    expect(whole / quickest(() => JSON.parse(body.toString()) as unknown)).toBeLessThan(7);
  });

  test('cannot change what objects are', () => {
    const parsed = parseJsonObject(Buffer.from('{"__proto__":{"isAdmin":true},"constructor":1}'), 8);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect('isAdmin' in {}).toBe(false);
  });
});

/** Milliseconds, of the quickest of a few runs: what else the machine does only ever adds to them. */
function quickest(work: () => unknown): number {
  const runs = Array.from({ length: 15 }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return Math.min(...runs);
}
