import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket as NodeWebSocket } from 'ws';
import { FEED_PROTOCOL, TICKET_PROTOCOL_PREFIX } from '../../../protocol/feed.js';
import { type FeedScript, hello, recordEvent, startFeedServer } from '../../tests/support/feed-server.js';
import { GatherError } from '../gather-error.js';
import { openBrowserFeed } from './browser-feed.js';
import { PATIENCE_MS } from '../../../server/tests/support/patience.js';

// Node's has what is used of the browser's, which tells nobody of an error but by its `close`.
function open(url: string, protocols: string[]): WebSocket {
  const socket = new NodeWebSocket(url, protocols);
  socket.on('error', () => undefined);
  return socket as unknown as WebSocket;
}

describe('a page’s feed', () => {
  let resources: AsyncDisposableStack;
  beforeEach(() => {
    resources = new AsyncDisposableStack();
  });
  afterEach(() => resources.disposeAsync());

  async function start(
    script: FeedScript,
    answerTimeoutMs = PATIENCE_MS,
    ticket = () => Promise.resolve('t1'),
  ) {
    const server = resources.use(await startFeedServer(script));
    const opening = openBrowserFeed({ server: server.url, answerTimeoutMs, ticket, open }, { topic: 'a b' });
    return { server, opening };
  }

  test('shows its ticket among the protocols, and tells what it wants in the address', async () => {
    const { server, opening } = await start({
      onPeer: (peer) => {
        peer.tell(hello(3));
      },
    });
    using feed = await opening;
    expect(await feed.next()).toEqual([hello(3)]);
    const [peer] = server.peers;
    expect(peer?.query.get('topic')).toBe('a b');
    const protocols = peer?.headers['sec-websocket-protocol']?.split(/, ?/);
    expect(protocols).toEqual([FEED_PROTOCOL, `${TICKET_PROTOCOL_PREFIX}t1`]);
  });

  test('misses nothing that is said at once, and sends', async () => {
    const { opening } = await start({
      onPeer: (peer) => {
        peer.tell(hello(3), recordEvent(4, 'early'));
      },
      onSaid: (peer) => {
        peer.answer({ type: 'ack', seq: 5, at: '2026-11-21T02:44:57.123Z' });
      },
    });
    using feed = await opening;
    const events = [...((await feed.next()) ?? [])];
    while (events.length < 2) events.push(...((await feed.next()) ?? []));
    expect(events.map(({ type }) => type)).toEqual(['hello', 'record']);
    expect(await feed.send('hi')).toBe(5);
  });

  test('says why it is over, and whether to come again', async () => {
    const { opening } = await start({
      onPeer: (peer) => {
        peer.tell(hello(3));
        peer.socket.close(1001);
      },
    });
    using feed = await opening;
    const failure = (async () => {
      for (;;) await feed.next();
    })();
    await expect(failure).rejects.toMatchObject({ name: 'GatherError', canRetry: true });
  });

  test('may be tried again where it is refused, as a page is not told why', async () => {
    const { opening } = await start({
      onPeer: () => undefined,
      refuse: () => ({ status: 401, code: 'token.invalid', detail: 'No' }),
    });
    await expect(opening).rejects.toMatchObject({ kind: 'unreachable', canRetry: true });
  });

  test('is not waited for for ever', async () => {
    const { opening } = await start({ onPeer: () => undefined, refuse: () => 'nothing' }, 50);
    await expect(opening).rejects.toMatchObject({ kind: 'unreachable', canRetry: true });
  });

  test('is not opened without a ticket', async () => {
    const refusal = new GatherError('not_permitted', 'No ticket', { status: 401 });
    const { server, opening } = await start({ onPeer: () => undefined }, 5_000, () =>
      Promise.reject(refusal),
    );
    await expect(opening).rejects.toBe(refusal);
    expect(server.peers).toEqual([]);
  });
});
