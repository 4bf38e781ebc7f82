import type { StoredRecord } from '../../../../protocol/stored-messages.js';
import type { FeedConnection } from '../../../api/feed/feed-connection.js';
import type { AskMessages } from '../use-messages.js';

/** A message as a whole; null where it is not to be had any more. Rejects with a GatherError. */
export async function readMessage(ask: AskMessages, seq: number): Promise<StoredRecord | null> {
  const { messages } = await ask({ after: String(seq - 1), before: String(seq + 1), limit: 1 });
  return messages[0] ?? null;
}

/**
 * The same for those who may follow the feed, but not look back. Rejects with a GatherError.
 *
 * @param connect - connects to the feed, behind a record
 */
export async function readMessageByFeed(
  connect: (after: string) => Promise<FeedConnection>,
  seq: number,
): Promise<StoredRecord | null> {
  const connection = await connect(String(seq - 1));
  try {
    for (;;) {
      for (const event of (await connection.next()) ?? [{ type: 'position', seq } as const]) {
        if (event.type === 'record') return event.record.seq === seq ? event.record : null;
        const isBehind = event.type === 'gap' || (event.type === 'position' && event.seq >= seq);
        if (isBehind) return null;
      }
    }
  } finally {
    connection[Symbol.dispose]();
  }
}
