import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FeedScript, hello, startFeedServer } from '../../tests/support/feed-server.js';
import { InProcessGather } from '../../tests/support/run-gather.js';
import { MAX_MESSAGE_BYTES } from '../pipe/message-limits.js';

let gather: InProcessGather;

beforeEach(async () => {
  gather = await InProcessGather.create({ GATHER_USER: 'dale', GATHER_TOKEN: 't' });
});

afterEach(async () => {
  await gather[Symbol.asyncDispose]();
});

const acknowledging: FeedScript = {
  onPeer: ({ tell }) => {
    tell(hello(0));
  },
  onSaid: ({ answer }) => {
    answer({ type: 'ack', seq: null });
  },
};

describe('a line that cannot be said', () => {
  test.each([
    ['one\n\ncaf\xe9\nfour\n', 'Line 3 is not valid UTF-8. 1 line was said, none after that'],
    [
      `one\n${'x'.repeat(MAX_MESSAGE_BYTES + 1)}\nthree`,
      /^Line 2 is longer than .* 1 line was said, none after/,
    ],
    [`one\n${'x'.repeat(MAX_MESSAGE_BYTES + 3)}`, /^Line 2 is longer than .* 1 line was said, none after/],
  ])('is named, and the rest is not said (%#)', async (input, message) => {
    await using server = await startFeedServer(acknowledging);
    const bytes = Buffer.from(input, 'latin1');
    const { exitCode, stdout } = await gather.run(['chat', '--json', '--server', server.url], {
      input: bytes,
    });
    const [said = '', outcome = ''] = stdout.split('\n');
    expect(exitCode).toBe(1);
    expect(JSON.parse(said)).toEqual({ type: 'said', seq: null, message: 'one' });
    expect(JSON.parse(outcome)).toMatchObject({
      sent: 1,
      line: expect.any(Number) as unknown,
      error: { kind: 'input', message: expect.stringMatching(message) as unknown },
    });
    expect(server.peers[0]?.said.map((each) => each.message)).toEqual(['one']);
  });

  test('is none where a character comes in parts or a line is as long as it may be', async () => {
    await using server = await startFeedServer(acknowledging);
    const lines = ['日本', 'x'.repeat(MAX_MESSAGE_BYTES)];
    const input = `${lines.join('\r\n')}\r\n`;
    expect((await gather.run(['chat', '--server', server.url], { input })).exitCode).toBe(0);
    expect(server.peers[0]?.said.map((each) => each.message)).toEqual(lines);
  });
});

test('the terminal is drawn on only where it can be, with a bar only where colours are welcome', async () => {
  const refusing: FeedScript = {
    onPeer: () => undefined,
    onRequest: (_request, response) => {
      const problem = { status: 403, code: 'permission.missing', detail: 'No', title: 'x' };
      response.writeHead(403, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify(problem));
    },
    refuse: () => ({ status: 403, code: 'permission.missing', detail: 'No' }),
  };
  await using server = await startFeedServer(refusing);
  const shown = async (env: Readonly<Record<string, string>>): Promise<string> =>
    (await gather.run(['chat', '--server', server.url], { env, answers: [] })).stdout;
  expect(await shown({})).toContain('\u001b[7m');
  const plain = await shown({ NO_COLOR: '1' });
  expect(plain).toContain('\u001b[J');
  expect(plain).not.toContain('\u001b[7m');
  expect(await shown({ TERM: 'dumb' })).toBe('');
});
