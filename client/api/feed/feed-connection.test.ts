import { once } from 'node:events';
import { WebSocket } from 'ws';
import { describe, expect, test } from 'vitest';
import { hello, recordEvent, startFeedServer, type FeedScript } from '../../tests/support/feed-server.js';
import { GatherError } from '../gather-error.js';
import { FeedConnection } from './feed-connection.js';
import { nodeFeedSocket } from './node-feed-socket.js';
import { openFeed } from './open-feed.js';

async function connectionTo(script: FeedScript, silenceMs = 45_000) {
  const server = await startFeedServer(script);
  const socket = new WebSocket(server.url.replace('http', 'ws'), 'gatherd.feed.v1');
  const connection = new FeedConnection(nodeFeedSocket(socket), {
    server: server.url,
    answerTimeoutMs: 300,
    silenceMs,
  });
  await once(socket, 'open');
  return { server, connection };
}

describe('a connection to the feed', () => {
  test('reads no more while nothing is taken, and loses nothing', async () => {
    const total = 20_000;
    let isWritten = false;
    const { server, connection } = await connectionTo({
      onPeer: ({ tell, socket }) => {
        tell(hello(0));
        for (let seq = 1; seq <= total; seq += 1) tell(recordEvent(seq, 'x'.repeat(2_000)));
        socket.send('{"type":"position","seq":20000}', () => (isWritten = true));
      },
    });
    await using _ = server;
    using _connection = connection;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isWritten).toBe(false);
    const seqs: number[] = [];
    while (seqs.length < total) {
      for (const event of (await connection.next()) ?? [])
        if (event.type === 'record') seqs.push(event.record.seq);
    }
    expect(seqs).toEqual(Array.from({ length: total }, (_event, index) => index + 1));
  });

  test('is over where the server has fallen silent, and not where it pings', async () => {
    const silent = await connectionTo(
      {
        onPeer: ({ tell }) => {
          tell(hello(0));
        },
      },
      200,
    );
    await using _ = silent.server;
    expect(await silent.connection.next()).toHaveLength(1);
    await expect(silent.connection.next()).rejects.toMatchObject({ kind: 'unreachable', canRetry: true });
    const pinging = await connectionTo(
      {
        onPeer: ({ tell, socket }) => {
          let left = 10;
          const timer = setInterval(() => {
            socket.ping();
            if ((left -= 1) > 0) return;
            clearInterval(timer);
            tell(hello(0));
          }, 50);
        },
      },
      200,
    );
    await using _pinging = pinging.server;
    using connection = pinging.connection;
    expect(await connection.next()).toHaveLength(1);
  });

  test('says of a message without an answer that its outcome is unknown', async () => {
    const { server, connection } = await connectionTo({ onPeer: () => undefined });
    await using _ = server;
    using _connection = connection;
    await expect(connection.send('x')).rejects.toMatchObject({ kind: 'unknown_outcome', canRetry: false });
  });

  test('is over where something else than gatherd speaks, and bears events that it does not know', async () => {
    const { server, connection } = await connectionTo({
      onPeer: ({ tell, socket }) => {
        socket.send('{"type":"news","of":"tomorrow"}');
        tell(hello(0));
        socket.send('hello');
      },
    });
    await using _ = server;
    expect(await connection.next()).toHaveLength(1);
    await expect(connection.next()).rejects.toBeInstanceOf(GatherError);
  });
});

describe('opening the feed', () => {
  const options = (server: string) => ({
    server,
    userAgent: 'x',
    connectTimeoutMs: 300,
    answerTimeoutMs: 300,
    now: Date.now,
  });

  test('takes no longer than an answer may', async () => {
    await using server = await startFeedServer({ onPeer: () => undefined, refuse: () => 'nothing' });
    await expect(openFeed(options(server.url), 't', {})).rejects.toMatchObject({
      kind: 'unreachable',
      canRetry: true,
    });
  });

  test('says what the server says where it is refused', async () => {
    const problem = { status: 403, code: 'permission.missing', detail: 'No' };
    await using server = await startFeedServer({ onPeer: () => undefined, refuse: () => problem });
    await expect(openFeed(options(server.url), 't', {})).rejects.toMatchObject({
      kind: 'not_permitted',
      message: 'No',
      status: 403,
      problem,
    });
  });
});
