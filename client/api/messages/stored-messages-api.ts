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

/** A numbered stream of messages: the server writes each number once. */
export interface Producer {
  /** A UUID. */
  readonly id: string;
  /** The number, from 1, of the first message of a request; the rest follow by one. */
  readonly first: number;
}

/** What is sent as a whole, and what is read a page at a time. Each function rejects with a GatherError. */
export interface StoredMessagesApi {
  /**
   * Sends messages in one request, all of which are stored, or none; again only where they were certainly not taken, or where
   * they are numbered, which makes it safe.
   */
  sendItems(
    credential: Credential,
    items: readonly MessageItem[],
    producer?: Producer,
  ): Promise<StoredCounts>;
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
    sendItems: (credential, items, producer) => {
      const headers = {
        ...credentialHeaders(credential),
        ...producerHeaders(producer),
        'Content-Type': 'application/json',
        Accept: 'application/json',
      };
      const body = new TextEncoder().encode(JSON.stringify(items));
      return storeMessages(port, { headers, body, isRepeatable: producer !== undefined });
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

/** What numbers the messages of a request; nothing where they have no numbers. */
export function producerHeaders(producer: Producer | undefined): Readonly<Record<string, string>> {
  if (producer === undefined) return {};
  return { 'Gather-Producer': producer.id, 'Gather-Sequence': String(producer.first) };
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
