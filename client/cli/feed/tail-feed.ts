import { CHAT_TOPIC, type FeedEvent, type UnrecordedMessage } from '../../../protocol/feed.js';
import type { Permission } from '../../../protocol/permissions.js';
import { MAX_PAGE_RECORDS, type StoredRecord } from '../../../protocol/stored-messages.js';
import type { QueryFilter } from '../../api/messages/messages-api.js';
import { storedPages } from '../../api/messages/stored-pages.js';
import { type CommandContext, openAccountsApi, openMessagesApi } from '../command-context.js';
import type { CommandResult } from '../output/output.js';
import { readerGone } from '../output/reader-gone.js';
import { writeAll } from '../output/write-all.js';
import type { Session } from '../session.js';
import { ConnectionNews } from './connection-news.js';
import type { FollowedEvent } from '../../api/feed/feed-follower.js';
import { openFollower } from './open-follower.js';

type Presence = Extract<FeedEvent, { type: 'join' | 'leave' }>;

/** What is shown of the feed, and how. */
export interface TailOptions {
  readonly filter: Pick<QueryFilter, 'user' | 'topic' | 'contains'>;
  /** A number or a time to begin behind; undefined for what comes. */
  readonly since: string | undefined;
  /** How many stored messages to show before what comes. */
  readonly linesBefore: number;
  /** After how many messages it ends. */
  readonly atMost: number;
  readonly presence: boolean;
  readonly lineOfMessage: (record: StoredRecord | UnrecordedMessage) => string;
  readonly lineOfPresence: (event: Presence) => string;
}

/** Shows what comes over the feed until it is stopped, its reader is gone, or it is enough. */
export async function tailFeed(context: CommandContext, options: TailOptions): Promise<CommandResult> {
  const { io, output } = context;
  const signal = io.stopSignal();
  using gone = readerGone(io.stdout);
  const stop = AbortSignal.any([signal, gone.signal]);
  const { since, filter, presence } = options;
  using access = await openFollower(context, stop, (feed, token, after) =>
    feed.connect(token, { ...filter, presence, after: after ?? since }),
  );
  const news = new ConnectionNews(output);
  const shown = new TailLines(options);
  let isFirst = true;
  for await (const batch of access.follower.follow()) {
    for (const event of batch) {
      news.tell(event);
      if (isFirst && event.type === 'hello') {
        isFirst = false;
        shown.addStored(await before(context, access.session, options, event, stop));
      }
      shown.add(event);
    }
    await writeAll(io.stdout, shown.take());
    if (shown.isEnough || stop.aborted) break;
  }
  return { text: '', fields: undefined, exit: signal.reason === 'SIGTERM' ? 'terminated' : 'done' };
}

/** What is to be shown next, until it is enough. */
class TailLines {
  readonly #options: TailOptions;
  #text = '';
  #left: number;

  constructor(options: TailOptions) {
    this.#options = options;
    this.#left = options.atMost;
  }

  get isEnough(): boolean {
    return this.#left <= 0;
  }

  addStored(records: readonly StoredRecord[]): void {
    for (const record of records) this.#message(record);
  }

  add(event: FollowedEvent): void {
    if (event.type === 'record' || event.type === 'unrecorded') this.#message(event.record);
    else if ((event.type === 'join' || event.type === 'leave') && !this.isEnough)
      this.#text += `${this.#options.lineOfPresence(event)}\n`;
  }

  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  #message(record: StoredRecord | UnrecordedMessage): void {
    if (this.isEnough) return;
    this.#left -= 1;
    this.#text += `${this.#options.lineOfMessage(record)}\n`;
  }
}

async function permissionsFor(
  context: CommandContext,
  session: Session,
  stop: AbortSignal,
): Promise<readonly Permission[]> {
  using accounts = openAccountsApi(context, { stop });
  return (await session.withToken((token) => accounts.permissions(token))).mine;
}

// The connection stands: what is stored from here on comes over it, so nothing falls between the two.
async function before(
  context: CommandContext,
  session: Session,
  { linesBefore, filter }: TailOptions,
  { seq, connection }: Extract<FeedEvent, { type: 'hello' }>,
  stop: AbortSignal,
): Promise<readonly StoredRecord[]> {
  if (linesBefore === 0) return [];
  const mine = await permissionsFor(context, session, stop);
  if (!mine.includes('messages:read') && filter.user !== connection.user) {
    context.output.warn(
      'What is stored already is not shown: that of others needs the permission messages:read. --since shows it from the feed',
    );
    return [];
  }
  // The same as what is followed.
  const topic = mine.includes('feed:read') ? filter.topic : CHAT_TOPIC;
  using api = openMessagesApi(context, { stop });
  const records: StoredRecord[] = [];
  const pages = storedPages({
    ask: (asked) => session.withToken((token) => api.query(token, asked)),
    filter: { ...filter, topic, before: String(seq + 1), order: 'newest' },
    atMost: linesBefore,
    pageSize: Math.min(linesBefore, MAX_PAGE_RECORDS),
    stop,
  });
  for await (const page of pages) records.push(...page);
  return records.reverse();
}
