import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { answer, problem, startRawServer, unusedAddress } from '../tests/support/raw-server.js';
import { errorOf, senderOptions } from '../tests/support/sender-options.js';
import { createGatherApi, type GatherApi } from './gather-api.js';
import type { RequestSenderOptions, RetryNotice } from './requests/request-sender.js';

function apiFor(server: string, more: Partial<RequestSenderOptions> = {}): GatherApi {
  return createGatherApi(senderOptions(server, more));
}

describe('requests', () => {
  test('are those of contract 1, to its three paths', async () => {
    await using server = await startRawServer((response) => {
      answer(response, 201, 'done', { token: 't' });
    });
    using api = apiFor(server.url);
    await api.identify('dale');
    await api.authenticate('dale', 'pass');
    await api.sendMessages('t', ['', 'logout']);
    await api.sendLine('t', 'hello');
    await api.logout('t');
    expect(server.seen).toEqual([
      { path: '/identify', body: { message_type: 'IDENTIFY', username: 'dale' } },
      { path: '/authenticate', body: { message_type: 'AUTHENTICATE', username: 'dale', password: 'pass' } },
      { path: '/message', body: { message_type: 'MESSAGE', token: 't', message: ['', 'logout'] } },
      { path: '/message', body: { message_type: 'MESSAGE', token: 't', message: 'hello' } },
      { path: '/message', body: { message_type: 'MESSAGE', token: 't', message: 'logout' } },
    ]);
  });

  test('go below the path of a server that has one', async () => {
    await using server = await startRawServer((response) => {
      answer(response, 202, 'done');
    });
    using api = apiFor(`${server.url}/gather`);
    await api.identify('dale');
    expect(server.seen[0]?.path).toBe('/gather/identify');
  });
});

describe('an answer', () => {
  test('is judged by the status in its body, as the original answered 200 always', async () => {
    await using server = await startRawServer((response) => {
      answer(response, 403, 'Please identify!', { httpStatus: 200 });
    });
    using api = apiFor(server.url);
    const error = await errorOf(api.sendMessages('t', ['a']));
    expect(error).toMatchObject({ kind: 'not_permitted', status: 403, message: 'Please identify!' });
    expect(server.seen).toHaveLength(1);
  });

  test('that lets a user in without a token is an error', async () => {
    await using server = await startRawServer((response) => {
      answer(response, 201, 'welcome', { token: '' });
    });
    using api = apiFor(server.url);
    expect((await errorOf(api.authenticate('dale', 'pass'))).message).toContain('without a token');
  });

  test.each([
    [400, 'refused'],
    [401, 'not_permitted'],
    [413, 'refused'],
    [500, 'unknown_outcome'],
  ])('of %i is %s and not tried again', async (status, kind) => {
    await using server = await startRawServer((response) => {
      answer(response, status, 'no');
    });
    using api = apiFor(server.url);
    expect(await errorOf(api.sendMessages('t', ['a']))).toMatchObject({ kind, status, message: 'no' });
    expect(server.seen).toHaveLength(1);
  });

  test.each([
    [200, '<html>Welcome to the hotel</html>', 'unknown_outcome'],
    [200, '{"status_code":"201"}', 'unknown_outcome'],
    [502, 'Bad Gateway', 'unknown_outcome'],
    [503, '<html>Service Unavailable</html>', 'unknown_outcome'],
    [503, '{"status":503,"detail":"no healthy upstream","code":"dump.disk_full"}', 'unknown_outcome'],
    [429, 'Too Many Requests', 'unknown_outcome'],
    [404, '', 'refused'],
  ])('of %i that is not in the form of gatherd is %s', async (status, text, kind) => {
    await using server = await startRawServer((response) => {
      response.writeHead(status).end(text);
    });
    using api = apiFor(server.url);
    const error = await errorOf(api.sendMessages('t', ['a']));
    expect(error).toMatchObject({ kind, status });
    expect(error.message).toContain('is it the right address?');
    expect(server.seen).toHaveLength(1);
  });

  test('that redirects is refused, and names the other address', async () => {
    await using server = await startRawServer((response) => {
      response.writeHead(307, { Location: 'https://elsewhere.example/' }).end();
    });
    using api = apiFor(server.url);
    const error = await errorOf(api.authenticate('dale', 'pass'));
    expect(error.kind).toBe('refused');
    expect(error.message).toContain('https://elsewhere.example/');
  });

  test('that has no end in sight is given up', async () => {
    await using server = await startRawServer((response) => {
      response.writeHead(200).end('x'.repeat(1_000_000));
    });
    using api = apiFor(server.url);
    expect((await errorOf(api.identify('dale'))).kind).toBe('unknown_outcome');
  });
});

describe('a request that was certainly not taken', () => {
  test.each([429, 503])('because of a %i is sent again after what Retry-After asks for', async (status) => {
    const times: number[] = [];
    await using server = await startRawServer((response, _seen, count) => {
      times.push(Date.now());
      if (count === 1) answer(response, status, 'later', { headers: { 'Retry-After': '1' } });
      else answer(response, 201, 'stored');
    });
    const notices: RetryNotice[] = [];
    using api = apiFor(server.url, { onRetry: (notice) => notices.push(notice) });
    expect((await api.sendMessages('t', ['a'])).status_message).toBe('stored');
    expect(Number(times[1]) - Number(times[0])).toBeGreaterThanOrEqual(990);
    expect(notices.map(({ error }) => error.kind)).toEqual(['busy']);
  });

  test('as the body says, under an HTTP status of 200, is sent again too', async () => {
    await using server = await startRawServer((response, _seen, count) => {
      if (count < 3) answer(response, 503, 'later', { httpStatus: 200 });
      else answer(response, 201, 'stored');
    });
    using api = apiFor(server.url);
    expect((await api.sendMessages('t', ['a'])).status_code).toBe(201);
    expect(server.seen).toHaveLength(3);
  });

  test('as problem details of gatherd say, is sent again too', async () => {
    await using server = await startRawServer((response, _seen, count) => {
      if (count > 1) answer(response, 201, 'stored');
      else problem(response, { status: 503, detail: 'The server is stopping', code: 'dump.closed' });
    });
    const notices: RetryNotice[] = [];
    using api = apiFor(server.url, { onRetry: (notice) => notices.push(notice) });
    expect((await api.sendMessages('t', ['a'])).status_code).toBe(201);
    expect(notices.map(({ error }) => error.message)).toEqual(['The server is stopping']);
  });

  test('by the word of a stranger is not sent again: problem details have no code of gatherd', async () => {
    await using server = await startRawServer((response) => {
      problem(response, { status: 503, detail: 'no healthy upstream' });
    });
    using api = apiFor(server.url);
    const error = await errorOf(api.sendMessages('t', ['a']));
    expect(error).toMatchObject({ kind: 'unknown_outcome', canRetry: false, status: 503 });
    expect(error.message).toContain('may or may not have been carried out');
    expect(server.seen).toHaveLength(1);
  });

  test('is not sent again where the wait would end outside the budget', async () => {
    await using server = await startRawServer((response) => {
      answer(response, 503, 'The disk is full', { headers: { 'Retry-After': '60' } });
    });
    using api = apiFor(server.url);
    const error = await errorOf(api.sendMessages('t', ['a']));
    expect(error).toMatchObject({ kind: 'busy', retryAfterSeconds: 60, message: 'The disk is full' });
    expect(server.seen).toHaveLength(1);
  });

  test('because nothing listens is tried until the budget is used, and then unreachable', async () => {
    const notices: RetryNotice[] = [];
    using api = apiFor(await unusedAddress(), {
      retry: { budgetMs: 600, firstDelayMs: 20, maxDelayMs: 40 },
      onRetry: (notice) => notices.push(notice),
    });
    const error = await errorOf(api.sendMessages('t', ['a']));
    expect(error).toMatchObject({ kind: 'unreachable' });
    expect(error.message).toContain('connection refused');
    expect(notices.length).toBeGreaterThanOrEqual(2);
  });

  test('waits no longer once it is stopped', async () => {
    const stop = new AbortController();
    using api = apiFor(await unusedAddress(), {
      retry: { budgetMs: 600_000, firstDelayMs: 300_000, maxDelayMs: 300_000 },
      stop: stop.signal,
      onRetry: () => {
        stop.abort();
      },
    });
    expect((await errorOf(api.identify('dale'))).kind).toBe('unreachable');
  });
});

describe('a request whose bytes have left', () => {
  test('is not sent again when the connection is reset without an answer', async () => {
    await using server = await startRawServer((response) => {
      response.socket?.resetAndDestroy();
    });
    using api = apiFor(server.url);
    const error = await errorOf(api.sendMessages('t', ['a']));
    expect(error).toMatchObject({ kind: 'unknown_outcome', canRetry: false });
    expect(server.seen).toHaveLength(1);
  });

  test('is not sent again when the connection is closed without an answer', async () => {
    await using server = await startRawServer((response) => {
      response.socket?.end();
    });
    using api = apiFor(server.url);
    expect((await errorOf(api.sendMessages('t', ['a']))).kind).toBe('unknown_outcome');
    expect(server.seen).toHaveLength(1);
  });

  test('is not sent again when the answer breaks off, be it a 503', async () => {
    await using server = await startRawServer((response) => {
      response.writeHead(503, { 'Content-Length': '100' });
      response.write('{"status_code":503', () => response.socket?.destroy());
    });
    using api = apiFor(server.url);
    expect((await errorOf(api.sendMessages('t', ['a']))).kind).toBe('unknown_outcome');
    expect(server.seen).toHaveLength(1);
  });

  test('is not sent again when no answer comes in time', async () => {
    await using server = await startRawServer(() => undefined);
    using api = apiFor(server.url, { answerTimeoutMs: 100 });
    const error = await errorOf(api.sendMessages('t', ['a']));
    expect(error.kind).toBe('unknown_outcome');
    expect(error.message).toContain('in time');
    expect(server.seen).toHaveLength(1);
  });

  test('on a connection that was kept from an earlier one, is not sent again either', async () => {
    await using server = await startRawServer((response, _seen, count) => {
      if (count === 1) answer(response, 201, 'stored');
      else response.socket?.resetAndDestroy();
    });
    using api = apiFor(server.url);
    await api.sendMessages('t', ['a']);
    expect((await errorOf(api.sendMessages('t', ['b']))).kind).toBe('unknown_outcome');
    expect(server.seen).toHaveLength(2);
  });
});

describe('a TLS handshake', () => {
  test('that fails means unreachable, at once', async () => {
    await using server = await startRawServer((response) => {
      answer(response, 201, 'plain');
    });
    using api = apiFor(server.url.replace('http:', 'https:'));
    expect(await errorOf(api.identify('dale'))).toMatchObject({ kind: 'unreachable', canRetry: false });
  });

  test('that never ends means unreachable: nothing of the request has left', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    using api = apiFor(`https://127.0.0.1:${String(port)}`, {
      connectTimeoutMs: 50,
      retry: { budgetMs: 0, firstDelayMs: 1, maxDelayMs: 1 },
    });
    expect(await errorOf(api.identify('dale'))).toMatchObject({ kind: 'unreachable', canRetry: true });
    server.close();
  });
});

test('readiness is asked once, and a server that does not know the question is ready', async () => {
  await using server = await startRawServer((response, _seen, count) => {
    response.writeHead(count === 1 ? 503 : 404).end('{}');
  });
  using api = apiFor(server.url);
  expect(await api.readiness()).toEqual({ isReady: false, status: 503 });
  expect(await api.readiness()).toEqual({ isReady: true, status: 404 });
});

test.each([
  ['a certificate is refused', 403, 'not_permitted', 'The client certificate is refused: none was sent'],
  ['something else is there', 302, 'refused', undefined],
])('readiness is not taken from a refusal: %s', async (_, status, kind, detail) => {
  const problem = { type: 'about:blank', status, detail, code: 'certificate.refused' };
  const head = { 'Content-Type': detail === undefined ? 'text/html' : 'application/problem+json' };
  await using server = await startRawServer((response) => {
    response.writeHead(status, head).end(JSON.stringify(problem));
  });
  using api = apiFor(server.url);
  const error = await errorOf(api.readiness());
  expect(error).toMatchObject({ kind, status });
  if (detail !== undefined) expect(error.message).toBe(`${detail}. Give --cert and --key`);
});
