import { type StoredMessagesPage } from '../../../protocol/stored-messages.js';
import { answerLine, type StoredCounts } from './bulk-answers.js';
import { type Credential, credentialHeaders } from '../credential.js';
import { type QueryFilter, queryPageIn, queryPath } from '../query-page.js';
import { strangeAnswer } from '../requests/request-failure.js';
import type { PlainRequest, RequestPort } from '../request-port.js';

/** A message, and what it is about. */
export interface MessageItem {
  readonly message: string;
  /** 1 to 64 of `A-Za-z0-9._-`. */
  readonly topic?: string | undefined;
}

/** What is sent as a whole, and what is read a page at a time. Each function rejects with a GatherError. */
export interface StoredMessagesApi {
  /** Sends messages in one request, all of which are stored, or none; again only where they were certainly not taken. */
  sendItems(credential: Credential, items: readonly MessageItem[]): Promise<StoredCounts>;
  /** One page of stored messages. */
  query(credential: Credential, filter: QueryFilter): Promise<StoredMessagesPage>;
}

/** Where messages are sent to and read from. */
export const MESSAGES_PATH = '/v1/messages';

// A page looks at 32 MiB at most, and JSON may be written longer than it was stored.
const MAX_PAGE_BYTES = 256 * 1024 * 1024;

/** Makes the requests about stored messages against one server. */
export function createStoredMessagesApi(port: RequestPort): StoredMessagesApi {
  return {
    sendItems: (credential, items) => {
      const headers = {
        ...credentialHeaders(credential),
        'Content-Type': 'application/json',
        Accept: 'application/json',
      };
      const body = new TextEncoder().encode(JSON.stringify(items));
      return storeMessages(port, { headers, body, isRepeatable: false });
    },
    query: async (credential, filter) => {
      const { text } = await port.request({
        method: 'get',
        path: queryPath(MESSAGES_PATH, filter),
        headers: credentialHeaders(credential),
        maxAnswerBytes: MAX_PAGE_BYTES,
        isRepeatable: true,
      });
      const page = queryPageIn(text);
      if (page === undefined) throw strangeAnswer(port.server);
      return page;
    },
  };
}

/** Sends one request of messages. @throws GatherError */
export async function storeMessages(
  port: RequestPort,
  one: Pick<PlainRequest, 'headers' | 'body' | 'isRepeatable'>,
): Promise<StoredCounts> {
  const { text } = await port.request({ method: 'post', path: MESSAGES_PATH, ...one });
  const told = answerLine(text);
  if (told?.kind !== 'counts') throw strangeAnswer(port.server);
  return told.counts;
}
