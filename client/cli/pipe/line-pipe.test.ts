import { EventEmitter, once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { GatherError } from '../../api/gather-error.js';
import type { Batch } from './batch.js';
import { LinePipe, type PipeOptions } from './line-pipe.js';

interface Fixture {
  readonly pipe: LinePipe;
  readonly sent: Batch[];
}

function pipeOf(input: Readable, more: Partial<PipeOptions> = {}): Fixture {
  const sent: Batch[] = [];
  const pipe = new LinePipe({
    input,
    send: (batch) => {
      sent.push(batch);
      return Promise.resolve();
    },
    stop: new AbortController().signal,
    onProgress: () => undefined,
    now: Date.now,
    ...more,
  });
  return { pipe, sent };
}

function messagesOf(sent: readonly Batch[]): string[] {
  return sent.flatMap(({ messages }) => messages);
}

describe('a pipe', () => {
  test('sends each line in order and ends with its input', async () => {
    const { pipe, sent } = pipeOf(Readable.from([Buffer.from('a\n\nlog'), Buffer.from('out\nlast')]));
    expect(await pipe.run()).toBe('ended');
    expect(messagesOf(sent)).toEqual(['a', '', 'logout', 'last']);
    expect(pipe.stored).toBe(4);
  });

  test('of an empty input sends nothing', async () => {
    const { pipe, sent } = pipeOf(Readable.from([]));
    expect(await pipe.run()).toBe('ended');
    expect(sent).toEqual([]);
  });

  test('sends what has come although its input stays open', async () => {
    const input = new PassThrough();
    const events = new EventEmitter();
    const seen = once(events, 'batch');
    const { pipe } = pipeOf(input, {
      send: (batch) => {
        events.emit('batch', batch);
        return Promise.resolve();
      },
    });
    const run = pipe.run();
    input.write('live\nhalf');
    expect(await seen).toMatchObject([{ messages: ['live'] }]);
    input.end();
    expect(await run).toBe('ended');
  });

  test('sends a trickle that never pauses long, too', async () => {
    const input = new PassThrough();
    const trickle = setInterval(() => input.write('drop\n'), 5);
    const events = new EventEmitter();
    const seen = once(events, 'batch');
    const { pipe } = pipeOf(input, {
      flushAfterMs: 50,
      send: () => {
        events.emit('batch');
        return Promise.resolve();
      },
    });
    const run = pipe.run();
    await seen;
    clearInterval(trickle);
    input.end();
    await run;
  });

  test('reads nothing while a batch is under way', async () => {
    let chunksRead = 0;
    const input = new Readable({
      highWaterMark: 1,
      read() {
        chunksRead += 1;
        this.push(chunksRead > 40 ? null : Buffer.alloc(1_000, '\n'));
      },
    });
    const readWhileSending: number[] = [];
    const { pipe } = pipeOf(input, {
      send: async () => {
        const before = chunksRead;
        for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
        readWhileSending.push(chunksRead - before);
      },
    });
    await pipe.run();
    expect(pipe.stored).toBe(40_000);
    // One chunk may have been asked for before; the stream keeps it.
    expect(Math.max(...readWhileSending)).toBeLessThanOrEqual(1);
  });

  test('never has two batches under way', async () => {
    let underWay = 0;
    const { pipe } = pipeOf(Readable.from([Buffer.alloc(5_500, '\n')]), {
      send: async () => {
        underWay += 1;
        expect(underWay).toBe(1);
        await new Promise(setImmediate);
        underWay -= 1;
      },
    });
    await pipe.run();
    expect(pipe.stored).toBe(5_500);
  });
});

describe('a pipe that cannot go on', () => {
  test('sends all lines before a wrong one, and none from it on', async () => {
    const { pipe, sent } = pipeOf(Readable.from([Buffer.from('a\nb\n\xff\nc\n', 'latin1')]));
    await expect(pipe.run()).rejects.toThrow('Line 3 is not valid UTF-8');
    expect(messagesOf(sent)).toEqual(['a', 'b']);
    expect(pipe.stored).toBe(2);
  });

  test('knows which lines were under way when sending failed', async () => {
    let count = 0;
    const { pipe } = pipeOf(Readable.from([Buffer.alloc(2_500, '\n')]), {
      send: () => {
        count += 1;
        return count === 2 ? Promise.reject(new Error('broken')) : Promise.resolve();
      },
    });
    await expect(pipe.run()).rejects.toThrow('broken');
    expect(pipe.stored).toBe(1_000);
    expect(pipe.failedBatch).toMatchObject({ firstLine: 1_001, lastLine: 2_000 });
    expect(count).toBe(2);
  });

  test('fails with what its input fails with', async () => {
    const input = new PassThrough();
    const { pipe } = pipeOf(input);
    const run = pipe.run();
    input.destroy(new Error('disk gone'));
    await expect(run).rejects.toThrow('disk gone');
  });
});

describe('a pipe to a server whose limits are lower', () => {
  const refuse = (status: number, message: string) => {
    throw new GatherError('refused', message, { status });
  };

  /** A server with limits of its own, that remembers what it took and how often it refused. */
  function smallServer({ messages = 1_000, messageBytes = 1_000_000, bodyBytes = 1_000_000 }) {
    const taken: string[][] = [];
    let refusals = 0;
    const send = async ({ messages: texts }: Batch) => {
      await new Promise(setImmediate);
      refusals += 1;
      if (JSON.stringify(texts).length > bodyBytes) refuse(413, 'The body is over the limit');
      if (texts.length > messages) refuse(400, `Invalid 'message': at most ${String(messages)} at once`);
      if (texts.some(({ length }) => length > messageBytes))
        refuse(400, "Invalid 'message': a message has too many bytes");
      refusals -= 1;
      taken.push([...texts]);
    };
    return { taken, refusals: () => refusals, send };
  }

  const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));
  const inputOf = (lines: readonly string[]) => Readable.from([Buffer.from(lines.join('\n'))]);

  test.each([{ messages: 100 }, { messages: 1 }, { bodyBytes: 700 }, { bodyBytes: 1_000, messages: 37 }])(
    'sends everything in order, and soon knows them: %j',
    async (limits) => {
      const lines = numbers(5_000);
      const server = smallServer(limits);
      const { pipe } = pipeOf(inputOf(lines), { send: server.send });
      expect(await pipe.run()).toBe('ended');
      expect(server.taken.flat()).toEqual(lines);
      expect(pipe.stored).toBe(5_000);
      // Halves of halves: as many refusals as a thousand can be halved, for each of the two limits.
      expect(server.refusals()).toBeLessThanOrEqual(20);
    },
  );

  test.each([
    { messageBytes: 50, reason: "Invalid 'message'" },
    { bodyBytes: 60, reason: 'The body is over the limit' },
  ])('stops at a line that is too long by itself, with all before it sent: $reason', async (limits) => {
    const lines = numbers(1_500).with(1_233, 'x'.repeat(100));
    const server = smallServer(limits);
    const { pipe } = pipeOf(inputOf(lines), { send: server.send });
    await expect(pipe.run()).rejects.toThrow(`Line 1234 is too long for this server: ${limits.reason}`);
    expect(server.taken.flat()).toEqual(lines.slice(0, 1_233));
    expect(pipe.stored).toBe(1_233);
  });

  test('knows which part of a batch was under way when sending failed', async () => {
    const server = smallServer({ messages: 300 });
    const { pipe } = pipeOf(inputOf(numbers(1_000)), {
      send: async (batch) => {
        if (server.taken.length === 1) throw new Error('broken');
        await server.send(batch);
      },
    });
    await expect(pipe.run()).rejects.toThrow('broken');
    expect(pipe.stored).toBe(250);
    expect(pipe.failedBatch).toMatchObject({ firstLine: 251, lastLine: 500 });
  });

  test('sends no other part once it is stopped', async () => {
    const stop = new AbortController();
    const server = smallServer({ messages: 300 });
    const { pipe } = pipeOf(inputOf(numbers(1_000)), {
      stop: stop.signal,
      send: async (batch) => {
        await server.send(batch);
        stop.abort();
      },
    });
    expect(await pipe.run()).toBe('stopped');
    expect(pipe.stored).toBe(250);
  });

  test('takes other refusals for what they are', async () => {
    let count = 0;
    const { pipe } = pipeOf(inputOf(numbers(10)), {
      send: async () => {
        await new Promise(setImmediate);
        count += 1;
        refuse(400, "Invalid 'token': must be a string");
      },
    });
    await expect(pipe.run()).rejects.toThrow("Invalid 'token'");
    expect(count).toBe(1);
  });
});

describe('a pipe that is stopped', () => {
  test('ends while it waits for input', async () => {
    const stop = new AbortController();
    const { pipe } = pipeOf(new PassThrough(), { stop: stop.signal });
    const run = pipe.run();
    stop.abort();
    expect(await run).toBe('stopped');
  });

  test('lets the batch under way finish, and sends no other', async () => {
    const stop = new AbortController();
    const { pipe } = pipeOf(Readable.from([Buffer.alloc(5_000, '\n')]), {
      stop: stop.signal,
      send: () => {
        stop.abort();
        return Promise.resolve();
      },
    });
    expect(await pipe.run()).toBe('stopped');
    expect(pipe.stored).toBe(1_000);
  });
});
