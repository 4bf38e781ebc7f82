import { FEED_PATH, FEED_PROTOCOL, TICKET_PROTOCOL_PREFIX } from '../../../protocol/feed.js';
import { type FeedSocket, NORMAL_CLOSING } from '../feed/feed-socket.js';
import { FeedConnection } from '../feed/feed-connection.js';
import type { FeedWanted } from '../feed/feed-wanted.js';
import { GatherError } from '../gather-error.js';
import { queryPath } from '../query-page.js';

export interface BrowserFeedOptions {
  /** The origin of the page, which is the server's. */
  readonly server: string;
  /** How long the opening, and a message's answer, may take, in milliseconds. */
  readonly answerTimeoutMs: number;
  /** Gets a ticket, since a page's WebSocket has no headers of its own. Rejects with a GatherError. */
  readonly ticket: () => Promise<string>;
  /** Opens a WebSocket, as the browser's own does. */
  readonly open: (url: string, protocols: string[]) => WebSocket;
}

// A page sees no pings, and the server's word on its position comes with them at the latest.
const SILENCE_MS = 45_000;

/** Opens a connection to the feed from a page. Rejects with a GatherError where none comes about. */
export async function openBrowserFeed(
  { server, answerTimeoutMs, ticket, open }: BrowserFeedOptions,
  wanted: FeedWanted,
): Promise<FeedConnection> {
  const url = `${server.replace(/^http/, 'ws')}${queryPath(FEED_PATH, wanted)}`;
  const socket = open(url, [FEED_PROTOCOL, `${TICKET_PROTOCOL_PREFIX}${await ticket()}`]);
  const connection = new FeedConnection(browserFeedSocket(socket), {
    server,
    answerTimeoutMs,
    silenceMs: SILENCE_MS,
  });
  try {
    await opened(socket, server, answerTimeoutMs);
    return connection;
  } catch (error) {
    connection[Symbol.dispose]();
    throw error;
  }
}

function opened(socket: WebSocket, server: string, answerTimeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => {
      clearTimeout(timer);
      reject(new GatherError('unreachable', `Cannot reach the feed of ${server}`, { canRetry: true }));
    };
    const timer = setTimeout(fail, answerTimeoutMs);
    socket.addEventListener('close', fail, { once: true });
    socket.addEventListener(
      'open',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}

/** A page's WebSocket as the feed uses it. It cannot be kept from reading. */
function browserFeedSocket(socket: WebSocket): FeedSocket {
  return {
    get isOpen() {
      return socket.readyState === socket.OPEN;
    },
    listen: ({ onHeard, onText, onClose }) => {
      socket.addEventListener('open', onHeard);
      socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        onText(typeof data === 'string' ? data : '');
      });
      socket.addEventListener('close', ({ code, reason }) => {
        onClose(code, reason);
      });
    },
    send: (text) => {
      socket.send(text);
    },
    pause: () => undefined,
    resume: () => undefined,
    close: () => {
      socket.close(NORMAL_CLOSING);
    },
    terminate: () => {
      socket.close(NORMAL_CLOSING);
    },
  };
}
