import {
  CHAT_PATH,
  chatReceipt,
  type Connection,
  feedTicket,
  PRESENCE_PATH,
  presenceList,
  TICKETS_PATH,
} from '../../../protocol/feed.js';
import { JsonRequests } from '../accounts/json-requests.js';
import type { RequestPort } from '../request-port.js';
import type { FeedConnection } from './feed-connection.js';
import type { Credential } from '../credential.js';
import type { FeedWanted } from './feed-wanted.js';

export type { FeedConnection } from './feed-connection.js';
export type { FeedWanted } from './feed-wanted.js';

/** Opens a connection to the feed, once. Rejects with a GatherError. */
export type ConnectFeed = (credential: Credential, wanted: FeedWanted) => Promise<FeedConnection>;

/** The live feed and the chat. Each function rejects with a GatherError. Dispose of it to close its HTTP connections. */
export interface FeedApi extends Disposable {
  /** Connects to the feed, once. The connection is the caller's, to be disposed of. */
  connect(credential: Credential, wanted: FeedWanted): Promise<FeedConnection>;
  /** Makes a ticket, by which a page can connect, which sends no headers with a WebSocket. */
  ticket(credential: Credential): Promise<string>;
  /** Who is connected, those first who were there first. */
  presence(credential: Credential): Promise<readonly Connection[]>;
  /** Says something in the chat. Never sent again where its outcome is unknown. Null where chat is not recorded. */
  say(credential: Credential, text: string): Promise<number | null>;
}

/** Makes the requests of the feed against one server. @param connect - how this machine opens a connection */
export function createFeedApi(port: RequestPort, connect: ConnectFeed): FeedApi {
  const requests = new JsonRequests(port);
  return {
    connect,
    ticket: async (credential) => {
      const request = { method: 'post', path: TICKETS_PATH, credential } as const;
      return (await requests.ask(feedTicket, request)).ticket;
    },
    presence: async (credential) => {
      const answer = await requests.ask(presenceList, { method: 'get', path: PRESENCE_PATH, credential });
      return answer.connections;
    },
    say: async (credential, message) => {
      const request = { method: 'post', path: CHAT_PATH, credential, body: { message } } as const;
      return (await requests.ask(chatReceipt, request)).seq;
    },
    [Symbol.dispose]: () => {
      requests[Symbol.dispose]();
    },
  };
}
