import { GatherError } from '../../api/gather-error.js';
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
  /** Called after each time, with whether there was an answer; not once it is stopped. */
  readonly onAsked: (isAnswered: boolean) => void;
  readonly everyMs: number;
  readonly stop: AbortSignal;
}

/**
 * Follows messages by asking for them again and again, for those who may not follow the feed. Ends when it is stopped; rejects with a
 * refusal that time does not mend.
 */
export async function followByAsking(options: AskedLiveOptions): Promise<void> {
  const { everyMs, stop } = options;
  let seen = options.lastSeen;
  const onAsked = (isAnswered: boolean): void => {
    if (!stop.aborted) options.onAsked(isAnswered);
  };
  const onEvents = (events: readonly LiveEvent[]): void => {
    const last = events.at(-1);
    if (stop.aborted || last === undefined) return;
    if (last.type === 'record') seen = last.record.seq;
    else if (last.type === 'hello' || last.type === 'rewound') seen = last.seq;
    options.onEvents(events);
  };
  while (!stop.aborted) {
    try {
      await askOnce(options, seen, onEvents);
      onAsked(true);
    } catch (error) {
      if (isFinal(error)) throw error;
      // Whoever shows it knows from the next time that it is well again.
      onAsked(false);
    }
    await pause(everyMs, stop);
  }
}

async function askOnce(
  { ask, stop }: Pick<AskedLiveOptions, 'ask' | 'stop'>,
  seen: number | undefined,
  onEvents: (events: readonly LiveEvent[]) => void,
): Promise<void> {
  const newest = await newestSeq(ask, stop);
  if (seen === undefined) onEvents([{ type: 'hello', seq: newest ?? 0 }]);
  if (seen === undefined || newest === undefined || newest === seen) return;
  if (newest < seen) {
    // Retention takes the oldest first, so it is not that: numbers have begun anew.
    onEvents([{ type: 'rewound', seq: newest }]);
    return;
  }
  const filter = { after: String(seen), order: 'oldest' } as const;
  const part = { atMost: Number.POSITIVE_INFINITY, pageSize: MAX_PAGE_RECORDS };
  for await (const messages of storedPages({ ask, filter, ...part, stop })) {
    onEvents(messages.map((record) => ({ type: 'record', record })));
  }
}

// Undefined where there is none.
async function newestSeq(ask: AskMessages, stop: AbortSignal): Promise<number | undefined> {
  const filter = { order: 'newest' } as const;
  for await (const [newest] of storedPages({ ask, filter, atMost: 1, pageSize: 1, stop })) {
    if (newest !== undefined) return newest.seq;
  }
  return undefined;
}

function isFinal(error: unknown): boolean {
  return !(error instanceof GatherError) || error.kind === 'refused' || error.kind === 'not_permitted';
}
