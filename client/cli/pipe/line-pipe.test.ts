import { EventEmitter, once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Batch } from './batch-builder.js';
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
