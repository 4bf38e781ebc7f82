import { expect, test } from 'vitest';
import { hello, recordEvent, startFeedServer } from '../../../tests/support/feed-server.js';
import { openFeed } from '../../../api/feed/open-feed.js';
import { readMessageByFeed } from './read-message.js';
import { PATIENCE_MS } from '../../../../server/tests/support/patience.js';

const TIMES = { userAgent: 'x', connectTimeoutMs: PATIENCE_MS, answerTimeoutMs: PATIENCE_MS, now: Date.now };

test('who may only follow the feed reads a message out of it, or learns that it is no more', async () => {
  await using server = await startFeedServer({
    onPeer: ({ tell, query }) => {
      const after = Number(query.get('after'));
      tell(hello(after));
      if (after === 4) tell(recordEvent(5, 'long'), recordEvent(6, 'other'));
      else if (after === 6) tell({ type: 'gap', after: 6, before: 9 });
      else if (after === 9) tell(recordEvent(11, 'later'));
      else tell({ type: 'position', seq: 100 });
    },
  });
  const connect = (after: string) => openFeed({ server: server.url, ...TIMES }, 't', { after });
  expect(await readMessageByFeed(connect, 5)).toMatchObject({ seq: 5, message: 'long' });
  for (const seq of [7, 10, 21]) expect(await readMessageByFeed(connect, seq)).toBeNull();
  await expect.poll(() => server.peers.map(({ socket }) => socket.readyState)).toEqual([3, 3, 3, 3]);
});
