import { lastNumberIn, type StoredCounts } from './bulk-answers.js';
import { type Credential, credentialHeaders } from '../credential.js';
import { HttpMessageStream, type MessageStream, type StreamOptions } from './message-stream.js';
import { strangeAnswer } from '../requests/request-failure.js';
import type { RequestSender } from '../requests/request-sender.js';
import {
  createStoredMessagesApi,
  MESSAGES_PATH,
  type Producer,
  producerHeaders,
  storeMessages,
  type StoredMessagesApi,
} from './stored-messages-api.js';

export type { QueryFilter } from '../query-page.js';
export type { Producer } from './stored-messages-api.js';

/** What gatherd offers under `/v1` for messages. Each function rejects with a GatherError. Dispose of it to close its connections. */
export interface MessagesApi extends StoredMessagesApi, Disposable {
  /**
   * Sends one request of NDJSON lines as a whole. With a producer it is sent again also where nobody knows what became
   * of it, as numbers make that safe; without one, only where it was certainly not taken.
   *
   * A `producer.gap` has the number that the server expects in `error.problem.expected`; a line that was refused is
   * `error.problem.line`, and `error.problem.accepted` says how many were stored before it.
   */
  sendLines(credential: Credential, lines: Uint8Array, producer?: Producer): Promise<StoredCounts>;
  /** Opens one request that lines are written to while acknowledgements come back. It is never sent again. */
  openStream(credential: Credential, options: StreamOptions): MessageStream;
  /** The last number stored of one of the caller's producers; 0 where nothing is known of it. */
  lastNumber(credential: Credential, producerId: string): Promise<number>;
}

/** Makes the requests of `/v1` against one server. */
export function createMessagesApi(sender: RequestSender): MessagesApi {
  return {
    ...createStoredMessagesApi(sender),
    sendLines: (credential, body, producer) => {
      const headers = { ...linesHeaders(credential, producer), Accept: 'application/json' };
      return storeMessages(sender, { headers, body, isRepeatable: producer !== undefined });
    },
    openStream: (credential, streamOptions) => {
      const headers = { ...linesHeaders(credential, streamOptions.producer), Accept: 'application/x-ndjson' };
      return new HttpMessageStream({
        ...streamOptions,
        send: (body, signal) => sender.stream(MESSAGES_PATH, headers, body, signal),
        failures: {
          ...sender.failures,
          isRepeatable: streamOptions.producer !== undefined,
          newerPath: MESSAGES_PATH,
        },
        answerTimeoutMs: sender.answerTimeoutMs,
      });
    },
    lastNumber: async (credential, producerId) => {
      const path = `/v1/producers/${encodeURIComponent(producerId)}`;
      const { text } = await sender.request({
        method: 'get',
        path,
        headers: credentialHeaders(credential),
        isRepeatable: true,
      });
      const last = lastNumberIn(text);
      if (last === undefined) throw strangeAnswer(sender.server);
      return last;
    },
    [Symbol.dispose]: () => {
      sender[Symbol.dispose]();
    },
  };
}

function linesHeaders(
  credential: Credential,
  producer: Producer | undefined,
): Readonly<Record<string, string>> {
  return {
    ...credentialHeaders(credential),
    ...producerHeaders(producer),
    'Content-Type': 'application/x-ndjson',
  };
}
