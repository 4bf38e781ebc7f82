import { Router } from 'express';
import {
  CHAT_PATH,
  chatRequest,
  FEED_PATH,
  PRESENCE_PATH,
  TICKETS_PATH,
  type ChatReceipt,
  type PresenceList,
} from '../../../protocol/feed.js';
import type { ChatService } from '../../features/chat/chat-service.js';
import type { FeedService } from '../../features/feed/feed-service.js';
import type { FeedTickets } from '../../features/feed/feed-tickets.js';
import { createMinuteLimit } from '../../net/minute-limit.js';
import type { CallerOf } from '../callers/request-callers.js';
import type { ReadJson } from '../bodies/json-body.js';
import { assertMethod, refuseOtherMethods } from '../request-guards.js';
import type { FeedEnds } from './feed-ends.js';
import { feedWanted } from './feed-wanted.js';
import { streamFeed } from './sse-stream.js';

/**
 * The live feed as Server-Sent Events, tickets for its WebSocket, who is there, and the chat for those who only say
 * something.
 *
 * @param options - `chatRate`: messages a second and user; 0 is off
 */
export function createFeedRoutes(options: {
  readonly feed: FeedService;
  readonly chat: ChatService;
  readonly tickets: FeedTickets;
  readonly callerOf: CallerOf;
  readonly readJson: ReadJson;
  readonly chatRate: number;
  readonly ends: FeedEnds;
}): Router {
  const { feed, chat, tickets, callerOf, readJson } = options;
  const countChat = createMinuteLimit(options.chatRate * 60, 'chat.rate_limited');
  const router = Router();
  router.get(FEED_PATH, (request, response) => {
    // Express hands HEAD on to what answers GET, and there is no end to wait for.
    assertMethod(request, 'GET');
    const caller = callerOf(request);
    streamFeed(feed, caller, feedWanted(request), response, options.ends);
  });
  router.post(TICKETS_PATH, (request, response) => {
    response.status(201).json(tickets.issue(callerOf(request)));
  });
  router.get(PRESENCE_PATH, (request, response) => {
    response.json({ connections: [...feed.presence(callerOf(request))] } satisfies PresenceList);
  });
  router.post(CHAT_PATH, async (request, response) => {
    const caller = callerOf(request);
    const { message } = await readJson(request, chatRequest);
    countChat(caller.session.userId);
    response.status(201).json({ seq: await chat.say(caller, message) } satisfies ChatReceipt);
  });
  router.all([FEED_PATH, PRESENCE_PATH], refuseOtherMethods('GET'));
  router.all([TICKETS_PATH, CHAT_PATH], refuseOtherMethods('POST'));
  return router;
}
