import { PassThrough, Readable } from 'node:stream';
import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import { afterEach, describe, expect, test } from 'vitest';
import { createMessagesApi, type MessagesApi } from '../../api/messages/messages-api.js';
import { RequestSender, type RequestSenderOptions } from '../../api/requests/request-sender.js';
import { type BulkServer, type BulkServerOptions, startBulkServer } from '../../tests/support/bulk-server.js';
import { problem, unusedAddress } from '../../tests/support/raw-server.js';
import { RETRY, senderOptions } from '../../tests/support/sender-options.js';
import { LinePipe, type PipeOptions } from './line-pipe.js';

const PRODUCER = { id: '6ba7b810-9dad-41d1-80b4-00c04fd430c8', isNew: true };

let resources = new AsyncDisposableStack();

afterEach(async () => {
  await resources.disposeAsync();
  resources = new AsyncDisposableStack();
});

async function serverWith(options: BulkServerOptions = {}): Promise<BulkServer> {
  return resources.use(await startBulkServer(options));
}

function apiFor(server: string, more: Partial<RequestSenderOptions> = {}): MessagesApi {
  return resources.use(createMessagesApi(new RequestSender(senderOptions(server, more))));
}

function pipeTo(server: string, input: Readable, more: Partial<PipeOptions> = {}): LinePipe {
  return new LinePipe({
    input,
    api: apiFor(server),
    withToken: (action) => action('t'),
    producer: PRODUCER,
    retry: RETRY,
    stop: new AbortController().signal,
    onProgress: () => undefined,
    now: Date.now,
    random: Math.random,
    ...more,
  });
}

function messagesOf({ stored }: BulkServer): unknown[] {
  return stored.map(({ message }) => message);
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));
const inputOf = (lines: readonly string[], size = 1_000) => {
  const bytes = Buffer.from(lines.join('\n'));
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
  return Readable.from(chunks);
};

describe('a pipe', () => {
  test('sends each line in order over one request and ends with its input', async () => {
    const server = await serverWith();
    const pipe = pipeTo(server.url, Readable.from([Buffer.from('a\n\nlog'), Buffer.from('out\r\nlast\r')]));
    expect(await pipe.run()).toBe('ended');
    expect(messagesOf(server)).toEqual(['a', '', 'logout', 'last\r']);
    expect(pipe.stored).toBe(4);
    expect(server.seen).toEqual(['POST /v1/messages']);
  });

  test('of an empty input asks for nothing', async () => {
    const pipe = pipeTo(await unusedAddress(), Readable.from([]));
    expect(await pipe.run()).toBe('ended');
  });

  test('continues a numbered stream, and notices where something else does, too', async () => {
    const server = await serverWith();
    await pipeTo(server.url, inputOf(['a', 'b'])).run();
    await pipeTo(server.url, inputOf(['c']), { producer: { ...PRODUCER, isNew: false } }).run();
    expect(messagesOf(server)).toEqual(['a', 'b', 'c']);
    const other = pipeTo(server.url, inputOf(['lost']));
    await expect(other.run()).rejects.toThrow('Something else sends with the numbers');
    expect(other.stored).toBe(0);
  });

  test('gives each message its topic, and takes JSON values as they are', async () => {
    const server = await serverWith();
    const input = inputOf(['{"a":[1]}', '', ' ', '"text"', ' null ']);
    await pipeTo(server.url, input, { topic: 'app', isNdjson: true }).run();
    expect(server.stored).toEqual([
      { topic: 'app', message: { a: [1] } },
      { topic: 'app', message: 'text' },
      { topic: 'app', message: null },
    ]);
  });

  test('sends what has come although its input stays open, in a request that ends soon', async () => {
    const server = await serverWith();
    const input = new PassThrough();
    const run = pipeTo(server.url, input).run();
    input.write('live\nhalf');
    await expect.poll(() => messagesOf(server)).toEqual(['live']);
    // Idle long enough for the request to end: the next line takes another one.
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    input.end();
    expect(await run).toBe('ended');
    expect(messagesOf(server)).toEqual(['live', 'half']);
    expect(server.seen).toEqual(['POST /v1/messages', 'POST /v1/messages']);
  });

  test('reads no more than its window holds while nothing is acknowledged', async () => {
    let chunksRead = 0;
    const input = new Readable({
      highWaterMark: 1,
      read() {
        chunksRead += 1;
        this.push(chunksRead > 200 ? null : Buffer.alloc(1_000, 'x\n'));
      },
    });
    const held: (() => void)[] = [];
    const server = await serverWith({
      onRequest: ({ count, request, response }) => {
        if (count > 1) return false;
        request.resume();
        held.push(() => response.socket?.resetAndDestroy());
        return true;
      },
    });
    const run = pipeTo(server.url, input, { windowBytes: 50_000 }).run();
    await expect.poll(() => held.length).toBe(1);
    await expect.poll(() => chunksRead).toBeGreaterThanOrEqual(4);
    expect(chunksRead).toBeLessThanOrEqual(10);
    held[0]?.();
    await run;
    expect(server.stored).toHaveLength(100_000);
  });
});

describe('a pipe whose connection breaks', () => {
  test.each([1, 7, 50])('goes on behind what is stored, each line once: every %i answers', async (every) => {
    const lines = numbers(20_000);
    let told = 0;
    let breaks = 0;
    const server = await serverWith({
      onStored: () => {
        told += 1;
        if (told % every !== 0 || breaks === 20) return true;
        breaks += 1;
        return false;
      },
    });
    const pipe = pipeTo(server.url, inputOf(lines));
    expect(await pipe.run()).toBe('ended');
    expect(messagesOf(server)).toEqual(lines);
    expect(pipe.stored).toBe(20_000);
    expect(breaks).toBeGreaterThan(0);
  });

  test('gives up after its time, and knows what is in doubt', async () => {
    const server = await serverWith({
      onRequest: ({ response }) => {
        response.socket?.resetAndDestroy();
        return true;
      },
    });
    const input = Readable.from([Buffer.from('line\n'.repeat(10))]);
    const pipe = pipeTo(server.url, input, { retry: { ...RETRY, budgetMs: 200 } });
    await expect(pipe.run()).rejects.toMatchObject({ kind: 'unknown_outcome' });
    expect(pipe.stored).toBe(0);
    expect(pipe.inDoubt).toEqual({ firstLine: 1, lastLine: 10 });
  });

  test('knows that nothing has left where nobody listens', async () => {
    const retry = { ...RETRY, budgetMs: 100 };
    const address = await unusedAddress();
    const pipe = pipeTo(address, inputOf(numbers(10)), { retry, api: apiFor(address, { retry }) });
    await expect(pipe.run()).rejects.toMatchObject({ kind: 'unreachable' });
    expect(pipe.inDoubt).toBeUndefined();
  });

  test('ends a request of which it hears nothing, and goes on with the next', async () => {
    const lines = numbers(3_000);
    const server = await serverWith({
      // As a proxy that passes a request on when it has all of it.
      onRequest: ({ request }) => {
        request.pause();
        return false;
      },
    });
    expect(await pipeTo(server.url, inputOf(lines)).run()).toBe('ended');
    expect(messagesOf(server)).toEqual(lines);
  });

  test('takes a server that reads nothing for one that is gone', async () => {
    const server = await serverWith({
      onRequest: ({ count, request }) => {
        if (count === 1) request.pause();
        return count === 1;
      },
    });
    const api = apiFor(server.url, { answerTimeoutMs: 200 });
    expect(await pipeTo(server.url, inputOf(numbers(100)), { api }).run()).toBe('ended');
    expect(messagesOf(server)).toEqual(numbers(100));
  });
});

describe('a pipe that cannot go on', () => {
  test('sends all lines before a wrong one, and none from it on', async () => {
    const server = await serverWith();
    const pipe = pipeTo(server.url, Readable.from([Buffer.from('a\nb\n\xff\nc\n', 'latin1')]));
    await expect(pipe.run()).rejects.toThrow('Line 3 is not valid UTF-8');
    expect(messagesOf(server)).toEqual(['a', 'b']);
    expect(pipe.stored).toBe(2);
    expect(pipe.inDoubt).toBeUndefined();
  });

  test('names the line that the server refuses, with all before it stored', async () => {
    const lines = numbers(5_000);
    const server = await serverWith({ accept: (message) => message !== '4321' });
    const pipe = pipeTo(server.url, inputOf(lines));
    await expect(pipe.run()).rejects.toMatchObject({ fields: { line: 4_321 }, kind: 'refused' });
    expect(messagesOf(server)).toEqual(lines.slice(0, 4_320));
    expect(pipe.stored).toBe(4_320);
    expect(pipe.inDoubt).toBeUndefined();
  });

  test('counts blank lines when it names a line of JSON', async () => {
    const server = await serverWith({ accept: (message) => message !== 4 });
    const pipe = pipeTo(server.url, inputOf(['1', '', '2', '', '4']), { isNdjson: true });
    await expect(pipe.run()).rejects.toMatchObject({ fields: { line: 5 } });
    const wrong = pipeTo(server.url, inputOf(['1', '', '2', 'x,"topic":"y"']), {
      isNdjson: true,
      producer: { ...PRODUCER, isNew: false },
    });
    await expect(wrong.run()).rejects.toThrow('Line 4 is not a JSON value');
  });

  test('says of a server that does not know its path that it is too old', async () => {
    const server = await serverWith({
      onRequest: ({ response }) => {
        problem(response, {
          status: 404,
          detail: 'There is nothing at this path',
          code: 'request.not_found',
        });
        return true;
      },
    });
    const pipe = pipeTo(server.url, inputOf(numbers(3)));
    await expect(pipe.run()).rejects.toThrow(/does not know \/v1\/messages .HTTP 404.: it is older/);
    expect(pipe.inDoubt).toBeUndefined();
  });

  test('fails with what its input fails with', async () => {
    const input = new PassThrough();
    const server = await serverWith();
    const run = pipeTo(server.url, input).run();
    input.destroy(new Error('disk gone'));
    await expect(run).rejects.toThrow('disk gone');
  });
});

describe('a pipe that is stopped', () => {
  test('ends while it waits for input', async () => {
    const stop = new AbortController();
    const server = await serverWith();
    const run = pipeTo(server.url, new PassThrough(), { stop: stop.signal }).run();
    stop.abort();
    expect(await run).toBe('stopped');
  });

  test('waits for the answer to what has left, and sends no more', async () => {
    const stop = new AbortController();
    const server = await serverWith({
      onStored: () => {
        stop.abort();
        return true;
      },
    });
    const pipe = pipeTo(server.url, inputOf(numbers(5_000)), { stop: stop.signal });
    expect(await pipe.run()).toBe('stopped');
    expect(pipe.stored).toBe(server.stored.length);
    expect(pipe.stored).toBeLessThan(5_000);
    expect(pipe.inDoubt).toBeUndefined();
  });

  test('while the connection is lost asks what is stored, and sends no more', async () => {
    const stop = new AbortController();
    const server = await serverWith({
      onStored: () => {
        stop.abort();
        return false;
      },
    });
    const pipe = pipeTo(server.url, inputOf(numbers(5_000)), { stop: stop.signal });
    expect(await pipe.run()).toBe('stopped');
    expect(pipe.stored).toBe(server.stored.length);
    expect(server.seen.at(-1)).toContain('GET /v1/producers/');
  });
});
