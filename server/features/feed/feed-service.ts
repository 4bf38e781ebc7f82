import type { Connection, FeedDoor, FeedQuery } from '../../../protocol/feed.js';
import type { AppError } from '../../errors/app-error.js';
import type { Caller } from '../sessions/session-service.js';
import type { FeedWire } from './feed-wire.js';

export type { FeedWire, PassingEvent } from './feed-wire.js';

/** Where a subscription's bytes go. */
export interface FeedSink {
  /**
   * Takes bytes, all of them: whole events of the wire. They are shared with other sinks and must not be changed.
   *
   * @returns whether there is room for more; where not, the sink calls {@link Subscription.resume} when there is
   */
  write(bytes: Uint8Array): boolean;
  /** The subscription has ended, and not by its own {@link Subscription} being disposed of. Called once at the most. */
  end(reason: AppError): void;
}

/** What a door subscribes with. */
export interface Outlet {
  readonly door: FeedDoor;
  readonly wire: FeedWire;
  readonly sink: FeedSink;
  /** Whether it says its position and can come back with it: else it is ended when it is too slow for the feed's memory. */
  readonly canResume: boolean;
  /** Whether it is sent what came through itself. */
  readonly hearsItself: boolean;
}

/** A connection to the feed. Disposing of it ends it, as when its peer is gone. */
export interface Subscription extends Disposable {
  /** As others see it. */
  readonly connection: Connection;
  /** What is said through it is to have this for its origin. It holds nothing, so that what is kept of it keeps nothing else. */
  readonly origin: object;
  /** Tells that the sink has room again. */
  resume(): void;
}

/** What is wanted of the feed. */
export type FeedWanted = Pick<FeedQuery, 'after' | 'user' | 'topic' | 'contains' | 'presence'>;

/**
 * The live feed: every record once it is durable, in order, and what passes by beside them.
 *
 * A subscription has a place in the one stream and no queue of its own: whoever is slow is sent later what the others are
 * sent now, out of memory or, further back, out of the dump.
 */
export interface FeedService extends AsyncDisposable {
  /** How many are connected. */
  readonly count: number;
  /**
   * Begins to send: first, where `after` is given, what is behind it, then what comes, without gap or repetition. It ends by
   * itself, through {@link FeedSink.end}, with the caller's session or permission, when it stalls, and with the server. Nothing is written to the sink before this
   * returns.
   *
   * @throws AppError `permission.missing`, `account.password_change_needed`, `feed.too_many`, `feed.too_many_of_user`
   */
  subscribe(caller: Caller, wanted: FeedWanted, outlet: Outlet): Subscription;
  /** The same for one without an account: the topic `chat` from now on. @throws AppError `feed.too_many` */
  subscribeAnonymous(endpoint: string, outlet: Outlet): Subscription;
  /** Who is connected, those first who were first. @throws AppError `permission.missing`, `account.password_change_needed` */
  presence(caller: Caller): readonly Connection[];
}
