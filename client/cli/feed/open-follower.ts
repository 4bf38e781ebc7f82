import type { FeedApi, FeedConnection } from '../../api/feed/feed-api.js';
import { RETRY_PAUSES, type RetryPolicy } from '../../api/retry-policy.js';
import { type CommandContext, openAccountsApi, openAccountSession, openFeedApi } from '../command-context.js';
import type { Session } from '../session.js';
import { FeedFollower } from '../../api/feed/feed-follower.js';

/** How a command comes to the feed. */
export interface FeedAccess extends Disposable {
  readonly feed: FeedApi;
  readonly session: Session;
  readonly follower: FeedFollower;
}

/**
 * Opens the way to the feed, for as long as it takes: without `--retry-for` it is tried again without end.
 *
 * @param stop ends it
 * @param connect connects once, behind the record `after`; without one, from where the command begins
 */
export async function openFollower(
  context: CommandContext,
  stop: AbortSignal,
  connect: (feed: FeedApi, token: string, after: string | undefined) => Promise<FeedConnection>,
): Promise<FeedAccess> {
  // The follower makes the pauses, so that whoever looks on hears of each.
  const once = { stop, retryForMs: 0 };
  const accounts = openAccountsApi(context, once);
  const feed = openFeedApi(context, once);
  const session = await openAccountSession(context, accounts, once);
  const follower = new FeedFollower({
    connect: (after) => session.withToken((token) => connect(feed, token, after)),
    retry: retryOf(context),
    stop,
    now: context.io.now,
    random: context.io.random,
  });
  return {
    feed,
    session,
    follower,
    [Symbol.dispose]: () => {
      accounts[Symbol.dispose]();
      feed[Symbol.dispose]();
    },
  };
}

/** How long a command that follows the feed tries again: for ever, unless somebody said how long. */
export function retryOf({ flags, io, settings }: CommandContext): RetryPolicy {
  const isGiven = flags.retryFor !== undefined || (io.env['GATHER_RETRY_FOR'] ?? '') !== '';
  return { ...RETRY_PAUSES, budgetMs: isGiven ? settings.retryForMs : Number.POSITIVE_INFINITY };
}
