import { randomBytes } from 'node:crypto';
import type { Router } from 'express';
import type { Settings } from '../config/settings.js';
import { FeedTickets } from '../features/feed/feed-tickets.js';
import type { ReadJson } from '../http/bodies/json-body.js';
import type { Upgrade } from '../http/connections/upgrade-listener.js';
import type { FeedEnds } from '../http/feed/feed-ends.js';
import { createFeedRoutes } from '../http/feed/feed-routes.js';
import { createFeedUpgrade, type FeedUpgradeOptions } from '../http/feed/feed-upgrade.js';
import type { Inside } from './create-doors.js';

/** What the doors to the feed share with others. */
type Shared = Pick<
  FeedUpgradeOptions,
  'assertHost' | 'addressOf' | 'logRefusal' | 'newRequestId' | 'callerOf' | 'messages'
> & { readonly readJson: ReadJson; readonly ends: FeedEnds };

/** Puts the doors to the feed and the chat together that speak HTTP. */
export function createFeedDoors(
  { maxMessageBytes, maxJsonDepth, chatRate }: Settings,
  { feed, chat, services: { sessions, access } }: Pick<Inside, 'feed' | 'chat' | 'services'>,
  shared: Shared,
): { router: Router; upgrade: Upgrade } {
  const tickets = new FeedTickets({ sessions, access, now: () => performance.now(), random: randomBytes });
  const doors = { ...shared, feed, chat, tickets, chatRate };
  return {
    router: createFeedRoutes(doors),
    upgrade: createFeedUpgrade({ ...doors, maxMessageBytes, maxJsonDepth }),
  };
}
