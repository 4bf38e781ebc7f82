import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FeedEvent } from '../../../protocol/feed.js';
import { accountOf, loginOf } from '../../tests/support/account-answers.js';
import { type FeedScript, hello, recordEvent, startFeedServer } from '../../tests/support/feed-server.js';
import { InProcessGather } from '../../tests/support/run-gather.js';

let gather: InProcessGather;

beforeEach(async () => {
  gather = await InProcessGather.create({ GATHER_USER: 'dale', GATHER_RETRY_FOR: '20' });
});

afterEach(async () => {
  await gather[Symbol.asyncDispose]();
});

const json = (response: ServerResponse, status: number, body: object): void => {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
};

/** Takes the tokens t, until its connection has ended, and gds_new, to which it lets log in with a password. */
function expiring(...first: readonly FeedEvent[]): FeedScript & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    refuse: (count, { headers }) =>
      headers.authorization === 'Bearer t' && count > 1
        ? { status: 401, code: 'token.invalid', detail: 'The token has expired' }
        : undefined,
    onPeer: (peer, count) => {
      peer.tell(...(count === 1 ? first : [hello(5), recordEvent(6, 'six')]));
      if (count === 1) peer.socket.close(4401, 'token.invalid: The token has expired');
    },
    onRequest: (request, response, body) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      const { password } = JSON.parse(body) as { password?: string };
      if (password === 'pass') json(response, 201, loginOf(accountOf()));
      else json(response, 401, { status: 401, code: 'account.wrong_credentials', detail: 'No', title: 'x' });
    },
  };
}

describe('a token that has expired', () => {
  const args = (url: string): string[] => ['tail', '--count', '2', '--server', url];
  const token = { GATHER_TOKEN: 't' };

  test('is renewed without a word where a password is at hand', async () => {
    await using server = await startFeedServer(expiring(hello(4), recordEvent(5, 'five')));
    const env = { ...token, GATHER_PASSWORD: 'pass' };
    expect(await gather.run(args(server.url), { env })).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^5 .*five\n6 .*six\n$/) as unknown,
      stderr: '',
    });
    expect(server.peers.map(({ query }) => query.get('after'))).toEqual([null, '5']);
  });

  test.each([{}, { GATHER_PASSWORD: 'wrong' }])('ends it where it cannot be, with %j', async (env) => {
    await using server = await startFeedServer(expiring(hello(4), recordEvent(5, 'five')));
    const { exitCode, stderr } = await gather.run(args(server.url), { env: { ...token, ...env } });
    expect(exitCode).toBe(77);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('Trying again');
  });

  test('is not renewed again and again where it is good for nothing', async () => {
    await using server = await startFeedServer({
      onPeer: ({ tell, socket }) => {
        tell(hello(0));
        socket.close(4401, 'token.invalid: No');
      },
    });
    const { exitCode, stderr } = await gather.run([...args(server.url), '--retry-for', '0.3'], {
      env: token,
    });
    expect([exitCode, stderr.match(/Trying again/g)]).toEqual([77, ['Trying again']]);
    expect(server.peers.length).toBeLessThan(10);
  });
});

test.each([['tail'], ['chat'], ['broadcast', 'x'], ['presence']])(
  '%s makes no user of a mistyped name',
  async (...words) => {
    const script = expiring();
    await using server = await startFeedServer(script);
    const env = { GATHER_PASSWORD: 'of somebody else' };
    const { exitCode } = await gather.run([...words, '-u', 'dael', '--server', server.url], { env });
    expect([exitCode, script.asked]).toEqual([77, ['POST /v1/sessions']]);
  },
);

describe('what was stored before', () => {
  async function tailed(mine: readonly string[], more: readonly string[] = []) {
    const queries: (string | null)[] = [];
    await using server = await startFeedServer({
      onPeer: ({ tell }) => {
        tell(hello(4), recordEvent(5, 'live', { topic: 'chat' }));
      },
      onRequest: ({ url = '' }, response) => {
        if (url.startsWith('/v1/permissions')) {
          json(response, 200, { permissions: [], roles: { user: [], moderator: [], admin: [] }, mine });
          return;
        }
        queries.push(new URL(url, 'http://x').searchParams.get('topic'));
        const record = { seq: 4, at: 'x', user: 'bob', endpoint: 'x', message: 'stored' };
        json(response, 200, { messages: [record], next: null });
      },
    });
    const count = mine.includes('messages:read') || more.length > 0 ? '2' : '1';
    const args = ['tail', '-n', '3', '--count', count, '--server', server.url, ...more];
    return { queries, ...(await gather.run(args, { env: { GATHER_TOKEN: 't' } })) };
  }

  test('is shown of the same topic as what is followed', async () => {
    expect((await tailed(['chat', 'messages:read'])).queries).toEqual(['chat']);
    expect((await tailed(['feed:read', 'messages:read'])).queries).toEqual([null]);
  });

  test('is not shown where that of others may not be read, and that is said', async () => {
    const { queries, stdout, stderr } = await tailed(['chat']);
    expect(queries).toEqual([]);
    expect(stdout).toMatch(/^5 .*live\n$/);
    expect(stderr).toContain('messages:read');
    expect((await tailed(['feed:read'], ['--sender', 'dale'])).queries).toEqual([null]);
  });
});

describe('what is said on standard error', () => {
  test('has the numbers of a gap in its JSON, and names one that was not given yet', async () => {
    const gaps: FeedEvent[] = [
      { type: 'gap', after: 4, before: 9 },
      { type: 'gap', after: 50, before: 10 },
    ];
    await using server = await startFeedServer({
      onPeer: ({ tell }) => {
        tell(hello(4), ...gaps, recordEvent(10, 'x'));
      },
    });
    const args = ['tail', '--count', '1', '--json', '--server', server.url];
    const { stderr } = await gather.run(args, { env: { GATHER_TOKEN: 't' } });
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { warning: expect.stringContaining('not to be had') as unknown, after: 4, before: 9 },
      { warning: expect.stringContaining('50 has not been given yet') as unknown, after: 50, before: 10 },
    ]);
  });

  test('is one line for a loss and one for the return, however often it is tried', async () => {
    await using server = await startFeedServer({
      onPeer: ({ tell }) => {
        tell(hello(0), recordEvent(1, 'x'));
      },
      refuse: (count) => (count < 4 ? { status: 503, code: 'feed.too_many', detail: 'Full' } : undefined),
    });
    const args = ['tail', '--count', '1', '--retry-for', '20', '--server', server.url];
    const { stderr } = await gather.run(args, { env: { GATHER_TOKEN: 't' }, answers: [] });
    expect(stderr).toBe('gather: Full. Trying again\ngather: Connected again\n');
  });
});
