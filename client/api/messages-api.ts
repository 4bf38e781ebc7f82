import type { StoredMessagesPage } from '../../protocol/stored-messages.js';
import { lastNumberIn, answerLine, type StoredCounts } from './bulk-answers.js';
import { HttpMessageStream, type MessageStream, type StreamOptions } from './message-stream.js';
import { type QueryFilter, queryPageIn, queryPath } from './query-page.js';
import { strangeAnswer } from './request-failure.js';
import { type PlainRequest, RequestSender, type RequestSenderOptions } from './request-sender.js';

export type { QueryFilter } from './query-page.js';

/** A numbered stream of messages: the server writes each number once. */
export interface Producer {
  /** A UUID. */
  readonly id: string;
  /** The number, from 1, of the first message of a request; the rest follow by one. */
  readonly first: number;
}

/** A message, and what it is about. */
export interface MessageItem {
  readonly message: string;
  /** 1 to 64 of `A-Za-z0-9._-`. */
  readonly topic?: string | undefined;
}

/** What gatherd offers under `/v1` for messages. Each function rejects with a GatherError. Dispose of it to close its connections. */
export interface MessagesApi extends Disposable {
  /**
   * Sends one request of NDJSON lines as a whole. With a producer it is sent again also where nobody knows what became
   * of it, as numbers make that safe; without one, only where it was certainly not taken.
   *
   * A `producer.gap` has the number that the server expects in `error.problem.expected`; a line that was refused is
   * `error.problem.line`, and `error.problem.accepted` says how many were stored before it.
   */
  sendLines(token: string, lines: Uint8Array, producer?: Producer): Promise<StoredCounts>;
  /** Sends messages in one request, all of which are stored, or none; again only where they were certainly not taken. */
  sendItems(token: string, items: readonly MessageItem[]): Promise<StoredCounts>;
  /** Opens one request that lines are written to while acknowledgements come back. It is never sent again. */
  openStream(token: string, options: StreamOptions): MessageStream;
  /** The last number stored of one of the caller's producers; 0 where nothing is known of it. */
  lastNumber(token: string, producerId: string): Promise<number>;
  /** One page of stored messages. */
  query(token: string, filter: QueryFilter): Promise<StoredMessagesPage>;
}

// A page looks at 32 MiB at most, and JSON may be written longer than it was stored.
const MAX_PAGE_BYTES = 256 * 1024 * 1024;

const MESSAGES_PATH = '/v1/messages';

/** Makes the requests of `/v1` against one server. */
export function createMessagesApi(options: RequestSenderOptions): MessagesApi {
  const sender = new RequestSender(options);
  const fail = (): never => {
    throw strangeAnswer(options.server);
  };
  const store = async (
    one: Pick<PlainRequest, 'headers' | 'body' | 'isRepeatable'>,
  ): Promise<StoredCounts> => {
    const { text } = await sender.request({ method: 'post', path: MESSAGES_PATH, ...one });
    const told = answerLine(text);
    return told?.kind === 'counts' ? told.counts : fail();
  };
  return {
    sendLines: (token, body, producer) => {
      const headers = { ...linesHeaders(token, producer), Accept: 'application/json' };
      return store({ headers, body, isRepeatable: producer !== undefined });
    },
    sendItems: (token, items) => {
      const headers = { ...bearer(token), 'Content-Type': 'application/json', Accept: 'application/json' };
      return store({ headers, body: Buffer.from(JSON.stringify(items)), isRepeatable: false });
    },
    openStream: (token, streamOptions) => {
      const headers = { ...linesHeaders(token, streamOptions.producer), Accept: 'application/x-ndjson' };
      return new HttpMessageStream({
        ...streamOptions,
        send: (body, signal) => sender.stream(MESSAGES_PATH, headers, body, signal),
        failures: {
          ...sender.failures,
          isRepeatable: streamOptions.producer !== undefined,
          newerPath: MESSAGES_PATH,
        },
        answerTimeoutMs: options.answerTimeoutMs,
      });
    },
    lastNumber: async (token, producerId) => {
      const path = `/v1/producers/${encodeURIComponent(producerId)}`;
      const { text } = await sender.request({
        method: 'get',
        path,
        headers: bearer(token),
        isRepeatable: true,
      });
      return lastNumberIn(text) ?? fail();
    },
    query: async (token, filter) => {
      const { text } = await sender.request({
        method: 'get',
        path: queryPath(MESSAGES_PATH, filter),
        headers: bearer(token),
        maxAnswerBytes: MAX_PAGE_BYTES,
        isRepeatable: true,
      });
      return queryPageIn(text) ?? fail();
    },
    [Symbol.dispose]: () => {
      sender[Symbol.dispose]();
    },
  };
}

function bearer(token: string): Readonly<Record<string, string>> {
  return { Authorization: `Bearer ${token}` };
}

function linesHeaders(token: string, producer: Producer | undefined): Readonly<Record<string, string>> {
  const headers = { ...bearer(token), 'Content-Type': 'application/x-ndjson' };
  if (producer === undefined) return headers;
  return { ...headers, 'Gather-Producer': producer.id, 'Gather-Sequence': String(producer.first) };
}
