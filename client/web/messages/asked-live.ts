import { pause } from '../../api/pause.js';
import { storedPages } from '../../api/messages/stored-pages.js';
import { MAX_PAGE_RECORDS } from '../../../protocol/stored-messages.js';
import type { AskMessages } from './use-messages.js';
import type { LiveEvent } from './window/message-view.js';

export interface AskedLiveOptions {
  readonly ask: AskMessages;
  /** The last message that is known already; undefined to begin with what comes. */
  readonly lastSeen: number | undefined;
  readonly onEvents: (events: readonly LiveEvent[]) => void;
  /** Called after each time, with whether there was an answer. */
  readonly onAsked: (isAnswered: boolean) => void;
  readonly everyMs: number;
  readonly stop: AbortSignal;
}

/** Follows messages by asking for them again and again, for those who may not follow the feed. Ends when it is stopped. */
export async function followByAsking(options: AskedLiveOptions): Promise<void> {
  const { ask, onAsked, everyMs, stop } = options;
  let seen = options.lastSeen;
  const onEvents = (events: readonly LiveEvent[]): void => {
    if (stop.aborted) return;
    const last = events.at(-1);
    if (last?.type === 'hello') seen = last.seq;
    else if (last?.type === 'record') seen = last.record.seq;
    options.onEvents(events);
  };
  while (!stop.aborted) {
    try {
      if (seen === undefined) onEvents([{ type: 'hello', seq: await newestSeq(ask, stop) }]);
      const filter = { after: String(seen), order: 'oldest' } as const;
      const part = { atMost: Number.POSITIVE_INFINITY, pageSize: MAX_PAGE_RECORDS };
      for await (const messages of storedPages({ ask, filter, ...part, stop })) {
        onEvents(messages.map((record) => ({ type: 'record', record })));
      }
      onAsked(true);
    } catch {
      // Whoever shows it knows from the next time that it is well again.
      onAsked(false);
    }
    await pause(everyMs, stop);
  }
}

// 0 where there is none.
async function newestSeq(ask: AskMessages, stop: AbortSignal): Promise<number> {
  const filter = { order: 'newest' } as const;
  for await (const [newest] of storedPages({ ask, filter, atMost: 1, pageSize: 1, stop })) {
    if (newest !== undefined) return newest.seq;
  }
  return 0;
}
