import type { StoredRecord } from '../../../protocol/stored-messages.js';
import type { MessagesApi, QueryFilter } from '../../api/messages-api.js';

export interface StoredPagesOptions {
  readonly api: Pick<MessagesApi, 'query'>;
  /** Does something that needs a token. */
  readonly withToken: <T>(action: (token: string) => Promise<T>) => Promise<T>;
  readonly filter: QueryFilter;
  /** The most messages of all pages together. */
  readonly atMost: number;
  /** How many messages to ask for at once, 1 to 1,000. */
  readonly pageSize: number;
  /** No page is asked for any more once this is aborted. */
  readonly stop: AbortSignal;
}

/** Asks for the stored messages that fit a filter, page by page, as they are wanted. */
export async function* storedPages(
  options: StoredPagesOptions,
): AsyncGenerator<readonly StoredRecord[], void, undefined> {
  const { api, withToken, filter, atMost, pageSize, stop } = options;
  let cursor: string | undefined;
  let left = atMost;
  while (left > 0 && !stop.aborted) {
    // The size belongs to what a cursor is good for, so it stays.
    const asked = { ...filter, limit: pageSize, cursor };
    const page = await withToken((token) => api.query(token, asked));
    const messages = page.messages.slice(0, left);
    left -= messages.length;
    if (messages.length > 0) yield messages;
    if (page.next === null) return;
    cursor = page.next;
  }
}
