import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FeedEvent } from '../../../protocol/feed.js';
import {
  connectionOf,
  type FeedScript,
  hello,
  recordEvent,
  startFeedServer,
} from '../../tests/support/feed-server.js';
import { InProcessGather } from '../../tests/support/run-gather.js';

let gather: InProcessGather;

beforeEach(async () => {
  gather = await InProcessGather.create({
    GATHER_USER: 'dale',
    GATHER_TOKEN: 't',
    GATHER_RETRY_FOR: '20',
  });
});

afterEach(async () => {
  await gather[Symbol.asyncDispose]();
});

const record = (seq: number): FeedEvent => recordEvent(seq, `m${String(seq)}`);
const seqsIn = (stdout: string): number[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { seq: number }).seq);

/** Tells each connection some events, and breaks it with a code, if one is given. */
function telling(
  ...connections: readonly (readonly [events: readonly FeedEvent[], close?: number])[]
): FeedScript {
  return {
    onPeer: (peer, count) => {
      const [events, close] = connections[count - 1] ?? [[]];
      peer.tell(...events);
      if (close === 1006) peer.socket.terminate();
      else if (close !== undefined) peer.socket.close(close, 'feed.closing: The server is stopping');
    },
  };
}

describe('tail', () => {
  test('asks for what its options say, with the token in a header', async () => {
    await using server = await startFeedServer(telling([[hello(0), record(1)]]));
    const filter = ['--sender', 'bob', '-t', 'app', '--contains', 'a b', '--since', '7', '--presence'];
    const { exitCode } = await gather.run(['tail', '--count', '1', ...filter, '--server', server.url]);
    expect(exitCode).toBe(0);
    const [peer] = server.peers;
    expect(Object.fromEntries(peer?.query ?? [])).toEqual({
      user: 'bob',
      topic: 'app',
      contains: 'a b',
      after: '7',
      presence: 'true',
    });
    expect(peer?.headers.authorization).toBe('Bearer t');
    expect(peer?.headers['user-agent']).toMatch(/^gather\//);
  });

  test('goes on behind what it has seen, and shows nothing twice', async () => {
    await using server = await startFeedServer(
      telling(
        [[hello(4), record(5), record(6)], 1006],
        [[hello(6), record(6), record(7), { type: 'position', seq: 11 }], 1001],
        [[hello(11), record(10), record(12)], 4408],
        [[hello(12), record(13)]],
      ),
    );
    const run = await gather.run(['tail', '--json', '--count', '5', '--server', server.url]);
    expect(run.exitCode).toBe(0);
    expect(seqsIn(run.stdout)).toEqual([5, 6, 7, 12, 13]);
    expect(server.peers.map(({ query }) => query.get('after'))).toEqual([null, '6', '11', '12']);
  });

  test('says what was lost, and what it cannot show, on standard error', async () => {
    await using server = await startFeedServer(
      telling([[hello(4), { type: 'gap', after: 4, before: 9 }, record(9)], 1006], [[hello(2), record(3)]]),
    );
    const { stdout, stderr } = await gather.run(['tail', '--count', '2', '--server', server.url]);
    expect(stdout).toMatch(/^9 .*\n3 .*\n$/);
    expect(stderr.trimEnd().split('\n')).toEqual([
      'gather: What was between the records 4 and 9 is not to be had any more',
      expect.stringMatching(/^gather: The connection to the feed of http:.* broke\. Trying again$/),
      'gather: Connected again',
      'gather: The server has fewer records than were seen here, up to 2: it goes on behind that',
    ]);
  });

  test('shows what is not recorded without a number, and joins and leaves', async () => {
    const { record: stored } = recordEvent(1, 'passing\u001b[2J', { topic: 'chat' }) as Extract<
      FeedEvent,
      { type: 'record' }
    >;
    const { seq: _, ...passing } = stored;
    const bob = connectionOf('b', 'bob');
    const events: FeedEvent[] = [
      hello(0),
      { type: 'join', connection: bob },
      { type: 'leave', connection: bob },
      { type: 'unrecorded', record: passing },
    ];
    await using server = await startFeedServer(telling([events], [events]));
    const args = ['tail', '--presence', '--count', '1', '--server', server.url];
    expect((await gather.run(args)).stdout.split('\n')).toEqual([
      '* bob joins, from 127.0.0.1 by websocket',
      '* bob leaves, from 127.0.0.1 by websocket',
      '- 2026-11-21T02:44:57.123Z bob [chat] passing\\u001b[2J',
      '',
    ]);
    const json = (await gather.run([...args, '--json'])).stdout.trimEnd().split('\n');
    expect(json.map((line) => JSON.parse(line) as unknown)).toEqual([
      { type: 'join', connection: bob },
      { type: 'leave', connection: bob },
      { ...passing, recorded: false },
    ]);
  });

  test('writes nothing in JSON that a terminal would obey', async () => {
    const text = '\u009b2J\u202e\u2028';
    const bob = { ...connectionOf('b', 'bob'), endpoint: text };
    const events = [hello(0), { type: 'join', connection: bob } as const, recordEvent(1, text)];
    await using server = await startFeedServer(telling([events]));
    const args = ['tail', '--presence', '--json', '--count', '1', '--server', server.url];
    const { stdout } = await gather.run(args);
    expect(stdout).not.toMatch(/(?!\n)\p{Cc}|[\u2028-\u202e]/u);
    const [join, record] = stdout.split('\n');
    expect(JSON.parse(join ?? '')).toEqual({ type: 'join', connection: bob });
    expect(JSON.parse(record ?? '')).toMatchObject({ message: text });
  });

  test('paints names where it is asked to, each always in its colour', async () => {
    const events = [hello(0), record(1), record(2)];
    await using server = await startFeedServer(telling([events], [events], [events], [events]));
    const shown = async (args: readonly string[], env = {}): Promise<string> =>
      (await gather.run(['tail', '--count', '2', '--server', server.url, ...args], { env })).stdout;
    const colours = (text: string): string[] =>
      [...text.replaceAll('\u001b', '^').matchAll(/\^\[(\d+)mbob\^\[39m/g)].map(([, c = '']) => c);
    const [first, second] = colours(await shown(['--color', 'always'], { NO_COLOR: '1' }));
    expect(first).toMatch(/^[39]\d$/);
    expect(second).toBe(first);
    expect(colours(await shown([], { FORCE_COLOR: '1' }))).toEqual([first, second]);
    expect(await shown([])).not.toContain('\u001b');
    expect(await shown(['--no-color'], { FORCE_COLOR: '1' })).not.toContain('\u001b');
  });

  test.each([
    [['--since', 'yesterday']],
    [['--since', '1', '-n', '1']],
    [['-n', 'many']],
    [['--count', '0']],
    [['--color', 'blue']],
    [['--topic', 'a b']],
  ])('refuses %j', async (args) => {
    expect((await gather.run(['tail', ...args])).exitCode).toBe(2);
  });

  test.each([
    [403, 'permission.missing', 77, 'not_permitted'],
    [401, 'token.invalid', 77, 'not_permitted'],
    [400, 'request.invalid_field', 1, 'refused'],
    [404, 'request.not_found', 1, 'refused'],
  ])('ends where it is refused with %i %s', async (status, code, exitCode, kind) => {
    await using server = await startFeedServer({
      onPeer: () => undefined,
      refuse: () => ({ status, code, detail: 'No' }),
    });
    expect(await gather.json(['tail', '--server', server.url])).toMatchObject({ exitCode, error: { kind } });
  });

  test.each([
    [4403, 'permission.missing: The permission feed:read is needed', 77, 'not_permitted'],
    [1008, 'request.malformed: No', 77, 'not_permitted'],
  ])('ends where its connection is ended with %i', async (closing, reason, exitCode, kind) => {
    await using server = await startFeedServer({
      onPeer: ({ tell, socket }) => {
        tell(hello(0));
        socket.close(closing, reason);
      },
    });
    const outcome = await gather.json(['tail', '--server', server.url]);
    expect(outcome).toMatchObject({ exitCode, error: { kind, message: reason.replace(/^\S+ /, '') } });
  });

  test('waits where the server has no room, and gives up when the time for that is over', async () => {
    await using server = await startFeedServer({
      ...telling([[hello(0), record(1)]]),
      refuse: (count) => (count < 3 ? { status: 503, code: 'feed.too_many', detail: 'Full' } : undefined),
    });
    const args = ['tail', '--count', '1', '--server', server.url];
    expect(await gather.run([...args])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^1 /) as unknown,
    });
    await using full = await startFeedServer({
      onPeer: () => undefined,
      refuse: () => ({ status: 503, code: 'feed.too_many', detail: 'Full' }),
    });
    const outcome = await gather.json(['tail', '--retry-for', '0.3', '--server', full.url]);
    expect(outcome).toMatchObject({ exitCode: 1, error: { kind: 'busy', message: 'Full' } });
  });

  test('ends with 69 where there is no server for as long as it was told to try', async () => {
    const outcome = await gather.json(['tail', '--retry-for', '0.3', '--server', '127.0.0.1:1']);
    expect(outcome).toMatchObject({ exitCode: 69, error: { kind: 'unreachable' } });
  });
});

describe('the chat without a terminal', () => {
  const args = (url: string) => ['chat', '--json', '--server', url];

  test('sends each line once it is acknowledged, and ends behind the last answer', async () => {
    await using server = await startFeedServer({
      ...telling([[hello(0)]]),
      onSaid: (peer) => {
        peer.answer({ type: 'ack', seq: peer.said.length });
      },
    });
    expect(await gather.run(args(server.url), { input: 'one\n\ntwo\r\n' })).toMatchObject({
      exitCode: 0,
      stdout: '{"type":"said","seq":1,"message":"one"}\n{"type":"said","seq":2,"message":"two"}\n',
    });
    expect(server.peers[0]?.said.map(({ message, topic }) => [message, topic])).toEqual([
      ['one', 'chat'],
      ['two', 'chat'],
    ]);
  });

  test('writes nothing in JSON that a terminal would obey', async () => {
    const text = '\u009b2J\u202e\u2028';
    await using server = await startFeedServer({
      ...telling([[hello(0), recordEvent(1, text, { topic: 'chat' })]]),
      onSaid: (peer) => {
        peer.answer({ type: 'ack', seq: 2 });
      },
    });
    const { stdout } = await gather.run(args(server.url), { input: 'one\n' });
    expect(stdout).toContain('"message":"\\u009b2J\\u202e\\u2028"');
  });

  test('names the line that nobody knows the outcome of, and sends it no second time', async () => {
    await using server = await startFeedServer({
      ...telling([[hello(0)]], [[hello(1)]]),
      onSaid: (peer, { message }) => {
        if (message === 'two') peer.socket.terminate();
        else peer.answer({ type: 'ack', seq: 1 });
      },
    });
    const { stdout } = await gather.run(args(server.url), { input: 'one\n\ntwo\nthree\n' });
    const [said = '', outcome = ''] = stdout.split('\n');
    expect(JSON.parse(said)).toEqual({ type: 'said', seq: 1, message: 'one' });
    expect(JSON.parse(outcome)).toMatchObject({
      exitCode: 1,
      sent: 1,
      inDoubt: { firstLine: 3, lastLine: 3 },
      error: { kind: 'unknown_outcome' },
    });
    expect(server.peers.flatMap(({ said }) => said.map(({ message }) => message))).toEqual(['one', 'two']);
  });

  test('says a line again where the server says that it has not taken it', async () => {
    await using server = await startFeedServer({
      ...telling([[hello(0)]]),
      onSaid: (peer) => {
        if (peer.said.length === 1)
          peer.answer({ type: 'refused', code: 'chat.rate_limited', detail: 'Slower', retryable: true });
        else peer.answer({ type: 'ack', seq: 1 });
      },
    });
    expect((await gather.run(args(server.url), { input: 'one' })).exitCode).toBe(0);
    expect(server.peers[0]?.said).toHaveLength(2);
  });

  test('ends where a line is refused', async () => {
    await using server = await startFeedServer({
      ...telling([[hello(0)]]),
      onSaid: (peer) => {
        peer.answer({ type: 'refused', code: 'permission.missing', detail: 'No chat', retryable: false });
      },
    });
    const outcome = await gather.json(['chat', '--server', server.url], { input: 'one' });
    expect(outcome).toMatchObject({ exitCode: 77, sent: 0, error: { kind: 'not_permitted' } });
  });
});
