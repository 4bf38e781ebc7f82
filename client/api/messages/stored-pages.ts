import type { StoredMessagesPage, StoredRecord } from '../../../protocol/stored-messages.js';
import type { QueryFilter } from '../query-page.js';

export interface StoredPagesOptions {
  /** Asks for one page. */
  readonly ask: (filter: QueryFilter) => Promise<StoredMessagesPage>;
  readonly filter: QueryFilter;
  /** The most messages of all pages together. */
  readonly atMost: number;
  /** How many messages to ask for at once, 1 to 1,000. */
  readonly pageSize: number;
  /** No page is asked for any more once this is aborted. */
  readonly stop: AbortSignal;
}

/** Asks for the stored messages that fit a filter, page by page, as they are wanted. */
export async function* storedPages({
  ask,
  filter,
  atMost,
  pageSize,
  stop,
}: StoredPagesOptions): AsyncGenerator<readonly StoredRecord[], void, undefined> {
  let cursor: string | undefined;
  let left = atMost;
  while (left > 0 && !stop.aborted) {
    // The size belongs to what a cursor is good for, so it stays.
    const page = await ask({ ...filter, limit: pageSize, cursor });
    const messages = page.messages.slice(0, left);
    left -= messages.length;
    if (messages.length > 0) yield messages;
    if (page.next === null) return;
    cursor = page.next;
  }
}
