import { randomBytes } from 'node:crypto';
import type { Router } from 'express';
import type { Settings } from '../config/settings.js';
import { FeedTickets } from '../features/feed/feed-tickets.js';
import type { ReadJson } from '../http/bodies/json-body.js';
import type { CallerOf } from '../http/callers/request-callers.js';
import type { Upgrade } from '../http/connections/upgrade-listener.js';
import type { FeedEnds } from '../http/feed/feed-ends.js';
import { createFeedRoutes } from '../http/feed/feed-routes.js';
import { createFeedUpgrade, type FeedUpgradeOptions } from '../http/feed/feed-upgrade.js';
import type { Inside } from './create-doors.js';

/** What the doors to the feed share with others. */
type Shared = Pick<
  FeedUpgradeOptions,
  | 'assertHost'
  | 'assertOrigin'
  | 'addressOf'
  | 'certificateOf'
  | 'logRefusal'
  | 'newRequestId'
  | 'callerOf'
  | 'messages'
  | 'receiving'
> & {
  readonly readJson: ReadJson;
  readonly ends: FeedEnds;
  /** Who may open a WebSocket: no cookie counts there. */
  readonly bearerOf: CallerOf;
};

/** Puts the doors to the feed and the chat together that speak HTTP. */
export function createFeedDoors(
  settings: Settings,
  { feed, chat, paces, services: { sessions, access } }: Pick<Inside, 'feed' | 'chat' | 'paces' | 'services'>,
  shared: Shared,
): { router: Router; upgrade: Upgrade } {
  const tickets = new FeedTickets({ sessions, access, now: () => performance.now(), random: randomBytes });
  const doors = { ...shared, feed, chat, tickets };
  return {
    router: createFeedRoutes({ ...doors, chatRate: settings.chatRate }),
    upgrade: createFeedUpgrade({ ...doors, callerOf: shared.bearerOf, paces, limits: settings }),
  };
}
