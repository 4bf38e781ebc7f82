import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { PATIENCE_MS } from '../../server/tests/support/patience.js';
import { IDEMPOTENCY_HEADER, IDEMPOTENCY_KEY } from '../../protocol/idempotency.js';
import { BrowserRequests } from '../api/browser/browser-requests.js';

const SILENCE_MS = 2500;
const PIECES = 14;
const PIECE_EVERY_MS = 200;

const opened: Disposable[] = [];
afterEach(() => {
  for (const each of opened.splice(0)) each[Symbol.dispose]();
});

/** Requests to a server that answers so. */
async function requestsTo(
  listener: RequestListener,
  answerTimeoutMs = PATIENCE_MS,
): Promise<BrowserRequests> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const address = `http://127.0.0.1:${String(port)}`;
  const requests = new BrowserRequests({ server: address, answerTimeoutMs, now: Date.now });
  opened.push(requests, {
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  });
  return requests;
}

const READ = { method: 'get', path: '/v1/messages', headers: {}, isRepeatable: true } as const;

test('an answer may take long as long as it comes', async () => {
  const requests = await requestsTo((_request, response) => {
    let left = PIECES;
    const timer = setInterval(() => {
      response.write('x');
      left -= 1;
      if (left > 0) return;
      clearInterval(timer);
      response.end();
    }, PIECE_EVERY_MS);
  }, SILENCE_MS);
  const begun = performance.now();
  expect((await requests.request(READ)).text).toBe('x'.repeat(PIECES));
  expect(performance.now() - begun).toBeGreaterThan(SILENCE_MS);
});

test.each([
  ['at once', ''],
  ['in its middle', 'x'],
])('one that is silent %s counts as none', async (_when, begin) => {
  const requests = await requestsTo((_request, response) => {
    if (begin !== '') response.write(begin);
  }, SILENCE_MS);
  await expect(requests.request(READ)).rejects.toMatchObject({
    kind: 'unknown_outcome',
    message: `No answer from ${requests.server} in time`,
  });
});

test('each POST has a key of its own, and nothing else has one', async () => {
  const keys: unknown[] = [];
  const requests = await requestsTo(({ headers }, response) => {
    keys.push(headers[IDEMPOTENCY_HEADER.toLowerCase()]);
    response.end('{}');
  });
  await requests.request(READ);
  for (const _time of [1, 2]) await requests.request({ ...READ, method: 'post', isRepeatable: false });
  const [none, first, second] = keys;
  expect(none).toBeUndefined();
  for (const key of [first, second]) expect(key).toMatch(IDEMPOTENCY_KEY);
  expect(second).not.toBe(first);
});
