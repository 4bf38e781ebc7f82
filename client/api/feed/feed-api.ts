import {
  CHAT_PATH,
  chatReceipt,
  type Connection,
  PRESENCE_PATH,
  presenceList,
} from '../../../protocol/feed.js';
import { JsonRequests } from '../accounts/json-requests.js';
import type { RequestSenderOptions } from '../request-sender.js';
import type { FeedConnection } from './feed-connection.js';
import { type FeedWanted, openFeed } from './open-feed.js';

export type { FeedConnection } from './feed-connection.js';
export type { FeedWanted } from './open-feed.js';

/** The live feed and the chat. Each function rejects with a GatherError. Dispose of it to close its HTTP connections. */
export interface FeedApi extends Disposable {
  /** Connects to the feed, once. The connection is the caller's, to be disposed of. */
  connect(token: string, wanted: FeedWanted): Promise<FeedConnection>;
  /** Who is connected, those first who were there first. */
  presence(token: string): Promise<readonly Connection[]>;
  /** Says something in the chat. Never sent again where its outcome is unknown. Null where chat is not recorded. */
  say(token: string, text: string): Promise<number | null>;
}

/** Makes the requests of the feed against one server. */
export function createFeedApi(options: RequestSenderOptions): FeedApi {
  const requests = new JsonRequests(options);
  return {
    connect: (token, wanted) => openFeed(options, token, wanted),
    presence: async (token) => {
      const answer = await requests.ask(presenceList, { method: 'get', path: PRESENCE_PATH, token });
      return answer.connections;
    },
    say: async (token, message) => {
      const request = { method: 'post', path: CHAT_PATH, token, body: { message } } as const;
      return (await requests.ask(chatReceipt, request)).seq;
    },
    [Symbol.dispose]: () => {
      requests[Symbol.dispose]();
    },
  };
}
