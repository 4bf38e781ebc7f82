import { expect, test } from 'vitest';
import { connectionOf, hello, recordEvent, startFeedServer } from '../../tests/support/feed-server.js';
import type { FollowedEvent } from '../../api/feed/feed-follower.js';
import { openFeed } from '../../api/feed/open-feed.js';
import { FeedWatch } from './feed-watch.js';
import { PATIENCE_MS } from '../../../server/tests/support/patience.js';

const TIMES = { userAgent: 'x', connectTimeoutMs: PATIENCE_MS, answerTimeoutMs: PATIENCE_MS, now: Date.now };

function watchOf(url: string) {
  const told: string[] = [];
  const watch = new FeedWatch({ topic: 'x', after: '1' });
  const start = (lastSeen?: string) =>
    watch.start({
      connect: (wanted) => openFeed({ server: url, ...TIMES }, 't', wanted),
      lastSeen: () => lastSeen,
      onEvents: (events) => {
        told.push(...events.map(textOf));
      },
    });
  return { watch, told, start };
}

function textOf(event: FollowedEvent): string {
  return event.type === 'record' ? String(event.record.seq) : event.type;
}

test('after a new login it goes on behind all that was looked at, not behind the last that fitted', async () => {
  await using server = await startFeedServer({
    onPeer: ({ tell, query }, count) => {
      if (count === 1) {
        tell(hello(3), recordEvent(4, 'x'), { type: 'position', seq: 90 });
        tell({ type: 'join', connection: connectionOf('other', 'bob') });
      } else tell(hello(Number(query.get('after'))), recordEvent(90, 'again'), recordEvent(91, 'x'));
    },
  });
  const { watch, told, start } = watchOf(server.url);
  const end = start('3');
  await expect.poll(() => told).toEqual(['hello', '4', 'join']);
  expect(watch.state.get()).toEqual({ kind: 'live' });
  end();
  expect(watch.state.get()).toEqual({ kind: 'connecting' });
  const endAgain = start();
  await expect.poll(() => told.slice(3)).toEqual(['hello', '91']);
  expect(server.peers.map(({ query }) => query.get('topic'))).toEqual(['x', 'x']);
  expect(server.peers[0]?.query.get('after')).toBe('3');
  expect(server.peers[1]?.query.get('after')).toBe('90');
  expect(watch.state.get()).toEqual({ kind: 'live' });
  endAgain();
});

test('another dump after a new login is told', async () => {
  await using server = await startFeedServer({
    onPeer: ({ tell }, count) => {
      tell(hello(count === 1 ? 50 : 2));
    },
  });
  const { told, start } = watchOf(server.url);
  const end = start();
  await expect.poll(() => told).toEqual(['hello']);
  end();
  const endAgain = start();
  await expect.poll(() => told).toEqual(['hello', 'hello', 'rewound']);
  endAgain();
});

test('a refusal that time does not mend is told, and gone when it is begun again', async () => {
  await using server = await startFeedServer({
    onPeer: ({ tell }) => {
      tell(hello(1));
    },
    refuse: (count) => (count === 1 ? { status: 403, code: 'permission.missing', detail: 'No' } : undefined),
  });
  const { watch, start } = watchOf(server.url);
  const end = start();
  await expect.poll(() => watch.state.get()).toMatchObject({ kind: 'refused', error: { status: 403 } });
  end();
  expect(watch.state.get()).toEqual({ kind: 'connecting' });
  const endAgain = start();
  await expect.poll(() => watch.state.get()).toEqual({ kind: 'live' });
  endAgain();
});
