import type { ServerResponse } from 'node:http';
import type { AppError } from '../../errors/app-error.js';
import type { FeedService, FeedSink, FeedWanted } from '../../features/feed/feed-service.js';
import type { Caller } from '../../features/sessions/session-service.js';
import type { FeedEnds } from './feed-ends.js';
import { endOf, MOST_UNREAD_BYTES } from './feed-limits.js';
import { sseEnd, sseWire } from './sse-wire.js';

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // nginx would keep events until it has a buffer full of them.
  'X-Accel-Buffering': 'no',
};

/**
 * Answers with the feed, until it ends or the client goes.
 *
 * @throws AppError as {@link FeedService.subscribe} does
 */
export function streamFeed(
  feed: FeedService,
  caller: Caller,
  wanted: FeedWanted,
  response: ServerResponse,
  ends: FeedEnds,
): void {
  const sink = sinkOf(response, (reason) => {
    ends.note(subscription.connection, reason);
    ends.cutLater(response, () => response.destroy(), reason);
  });
  const outlet = { door: 'sse', wire: sseWire, sink, canResume: true, hearsItself: true } as const;
  const subscription = feed.subscribe(caller, wanted, outlet);
  response.on('drain', () => {
    subscription.resume();
  });
  response.on('close', () => {
    subscription[Symbol.dispose]();
  });
  // How long it may stay unread is the feed's to say, which says why it ends.
  response.req.socket.setTimeout(0);
  response.writeHead(200, HEADERS);
  response.flushHeaders();
}

function sinkOf(response: ServerResponse, onEnd: (reason: AppError) => void): FeedSink {
  return {
    write: (bytes) => {
      response.write(bytes);
      return response.writableLength <= MOST_UNREAD_BYTES;
    },
    end: (reason) => {
      response.end(sseEnd(endOf(reason)));
      onEnd(reason);
    },
  };
}
