import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { type BulkRequest, startBulkServer } from '../../tests/support/bulk-server.js';
import { problem, startRawServer, unusedAddress } from '../../tests/support/raw-server.js';
import { errorOf, senderOptions } from '../../tests/support/sender-options.js';
import { createMessagesApi, type MessagesApi } from './messages-api.js';
import { RequestSender, type RequestSenderOptions } from '../requests/request-sender.js';

const PRODUCER = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
const LINES = Buffer.from('{"message":"a"}\n{"message":"b"}\n');

function apiFor(server: string, more: Partial<RequestSenderOptions> = {}): MessagesApi {
  return createMessagesApi(new RequestSender(senderOptions(server, more)));
}

/** Breaks the connection of the first requests without an answer. */
const breakingFirst =
  (times: number) =>
  ({ count, response }: BulkRequest): boolean => {
    if (count <= times) response.socket?.resetAndDestroy();
    return count <= times;
  };

describe('lines with numbers', () => {
  test('are sent again when no answer came, and stored once', async () => {
    let isFirst = true;
    await using server = await startBulkServer({
      onStored: () => {
        const wasFirst = isFirst;
        isFirst = false;
        return !wasFirst;
      },
    });
    using api = apiFor(server.url);
    const counts = await api.sendLines('t', LINES, { id: PRODUCER, first: 1 });
    expect(counts).toEqual({ accepted: 0, duplicates: 2, last: null });
    expect(server.stored).toEqual([{ message: 'a' }, { message: 'b' }]);
    expect(await api.lastNumber('t', PRODUCER)).toBe(2);
  });

  test('that leave a gap are refused with the number that is expected', async () => {
    await using server = await startBulkServer({
      onRequest: ({ response }) => {
        const gap = { code: 'producer.gap', expected: 1, number: 3, accepted: 0, duplicates: 0, last: null };
        problem(response, { status: 409, detail: 'Number 1 is expected next', ...gap });
        return true;
      },
    });
    using api = apiFor(server.url);
    const error = await errorOf(api.sendLines('t', LINES, { id: PRODUCER, first: 3 }));
    expect(error).toMatchObject({ kind: 'refused', status: 409, canRetry: false });
    expect(error.problem).toMatchObject({ code: 'producer.gap', expected: 1, number: 3, accepted: 0 });
    expect(server.seen).toHaveLength(1);
  });
});

describe('lines without numbers', () => {
  test('are not sent again when no answer came', async () => {
    await using server = await startBulkServer({ onRequest: breakingFirst(1) });
    using api = apiFor(server.url);
    expect(await errorOf(api.sendLines('t', LINES))).toMatchObject({ kind: 'unknown_outcome' });
    expect(server.seen).toHaveLength(1);
  });

  test.each([
    { accepted: 0, requests: 2 },
    { accepted: 1, requests: 1 },
  ])(
    'are sent again where a busy server has stored none of them: $accepted',
    async ({ accepted, requests }) => {
      await using server = await startBulkServer({
        onRequest: ({ count, response }) => {
          const full = { code: 'dump.disk_full', accepted, duplicates: 0, last: null };
          if (count === 1) problem(response, { status: 503, detail: 'The disk is full', ...full });
          else {
            response.writeHead(200, { 'Content-Type': 'application/json' });
            response.end('{"accepted":2,"duplicates":0,"last":2}');
          }
          return true;
        },
      });
      using api = apiFor(server.url);
      const outcome = await api.sendLines('t', LINES).catch((error: unknown) => error);
      if (accepted === 0) expect(outcome).toEqual({ accepted: 2, duplicates: 0, last: 2 });
      else expect(outcome).toMatchObject({ kind: 'busy', problem: { accepted: 1 } });
      expect(server.seen).toHaveLength(requests);
    },
  );
});

describe('a stream', () => {
  test('acknowledges while it is written, and once more at its end', async () => {
    await using server = await startBulkServer();
    using api = apiFor(server.url);
    const told: number[] = [];
    let isTold: () => void = () => undefined;
    using stream = api.openStream('t', {
      producer: { id: PRODUCER, first: 1 },
      onAcknowledged: ({ accepted }) => {
        told.push(accepted);
        isTold();
      },
    });
    const first = new Promise<void>((resolve) => (isTold = resolve));
    await stream.write(LINES);
    await first;
    expect(told).toEqual([2]);
    await stream.write(LINES);
    stream.end();
    expect(await stream.finished).toEqual({ accepted: 4, duplicates: 0, last: 4 });
  });

  test('hears a refusal that comes before its end, and lets its writer go', async () => {
    await using server = await startBulkServer({
      onRequest: ({ response }) => {
        problem(response, { status: 401, detail: 'Token Expired. Please identify', code: 'token.invalid' });
        return true;
      },
    });
    using api = apiFor(server.url);
    using stream = api.openStream('t', {});
    const big = Buffer.alloc(100_000, LINES);
    for (let round = 0; round < 500; round += 1) await stream.write(big);
    expect(await errorOf(stream.finished)).toMatchObject({ kind: 'not_permitted', status: 401 });
  });

  test('is never sent again', async () => {
    await using server = await startBulkServer({ onRequest: breakingFirst(9) });
    using api = apiFor(server.url);
    using stream = api.openStream('t', { producer: { id: PRODUCER, first: 1 } });
    await stream.write(LINES);
    stream.end();
    expect((await errorOf(stream.finished)).kind).toBe('unknown_outcome');
    expect(server.seen).toHaveLength(1);
  });

  test('that breaks off in its answer is of unknown outcome', async () => {
    await using server = await startBulkServer({
      onRequest: ({ response }) => {
        response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
        response.write('{"accepted":1,"duplicates":0,"last":1}\n', () => response.socket?.resetAndDestroy());
        return true;
      },
    });
    using api = apiFor(server.url);
    using stream = api.openStream('t', {});
    await stream.write(LINES);
    expect((await errorOf(stream.finished)).kind).toBe('unknown_outcome');
  });

  test('to a port where nobody listens is unreachable', async () => {
    using api = apiFor(await unusedAddress());
    using stream = api.openStream('t', {});
    await stream.write(LINES);
    expect(await errorOf(stream.finished)).toMatchObject({ kind: 'unreachable', canRetry: true });
  });

  test('waits where the server does not read, and gives up in time', async () => {
    await using server = await startBulkServer({
      onRequest: ({ request }) => {
        request.pause();
        return true;
      },
    });
    using api = apiFor(server.url, { answerTimeoutMs: 300 });
    using stream = api.openStream('t', {});
    const big = Buffer.alloc(1_000_000, LINES);
    for (let round = 0; round < 30; round += 1) await stream.write(big);
    const error = await errorOf(stream.finished);
    expect(error).toMatchObject({ kind: 'unknown_outcome' });
    expect(error.message).toContain('in time');
  });

  test('that is disposed of breaks its connection off', async () => {
    const closed: Promise<unknown>[] = [];
    await using server = await startBulkServer({
      onRequest: ({ request, response }) => {
        request.resume();
        closed.push(once(response, 'close'));
        return true;
      },
    });
    using api = apiFor(server.url);
    const stream = api.openStream('t', {});
    await stream.write(LINES);
    await expect.poll(() => closed.length).toBe(1);
    stream[Symbol.dispose]();
    await closed[0];
    expect((await errorOf(stream.finished)).kind).toBe('unknown_outcome');
  });
});

describe('what a server does not answer as gatherd does', () => {
  test.each([
    [404, 'does not know /v1/producers/'],
    [200, 'not as gatherd does'],
  ])('is an error that says so: %i', async (status, text) => {
    await using server = await startRawServer((response) => {
      response.writeHead(status).end('<html>');
    });
    using api = apiFor(server.url);
    expect((await errorOf(api.lastNumber('t', PRODUCER))).message).toContain(text);
    expect(server.seen).toHaveLength(1);
  });
});

describe('items', () => {
  test('go in one request, which is never sent again where its outcome is unknown', async () => {
    await using server = await startBulkServer({ onRequest: breakingFirst(1) });
    using api = apiFor(server.url);
    const items = [{ message: 'a', topic: 'disk' }, { message: 'b' }];
    expect(await errorOf(api.sendItems('t', items))).toMatchObject({ kind: 'unknown_outcome' });
    expect(server.seen).toEqual(['POST /v1/messages']);
  });
});
