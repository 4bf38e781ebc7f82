import type { Connection, FeedDoor } from '../../../protocol/feed.js';
import { ANONYMOUS, CHAT_TOPIC } from '../../../protocol/feed.js';
import { AppError } from '../../errors/app-error.js';
import { actorOf, type AccessService } from '../accounts/access-service.js';
import type { AuditService } from '../audit/audit-service.js';
import { certificateRefusal } from '../certificates/certificate-service.js';
import type { Caller, SessionService } from '../sessions/session-service.js';
import { FeedChannels } from './feed-channels.js';
import type { FeedFilter } from './feed-channel.js';
import type { FeedService, FeedWanted, Outlet, Subscription } from './feed-service.js';
import type { Feed } from './feed.js';
import { Follower } from './follower.js';

const LOOK_AT_EXPIRY_EVERY_MS = 1000;

/** What the service of the feed works with. */
export interface FeedServiceDeps {
  readonly feed: Feed;
  readonly sessions: Pick<SessionService, 'refusalOf' | 'watchEnds'>;
  readonly access: Pick<AccessService, 'may' | 'assert' | 'refusalUntilPasswordChanged' | 'watch'>;
  readonly audit: Pick<AuditService, 'note'>;
  readonly limits: { readonly maxSubscriptions: number; readonly maxSubscriptionsPerUser: number };
  readonly newId: () => string;
  readonly clock: () => Date;
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  /** Aborted when gatherd has to end: the feed ends with it. */
  readonly signal: AbortSignal | undefined;
}

/** Makes the service of the feed. */
export function createFeedService(deps: FeedServiceDeps): FeedService {
  return new LiveFeedService(deps);
}

/** Somebody who is connected, and what for. */
interface Member {
  readonly follower: Follower;
  readonly caller: Caller | undefined;
  readonly filter: FeedFilter;
}

class LiveFeedService implements FeedService {
  readonly #deps: FeedServiceDeps;
  readonly #channels = new FeedChannels();
  readonly #members = new Map<string, Member>();
  readonly #ofUser = new Map<string, Set<Member>>();
  readonly #timer: NodeJS.Timeout;
  #isClosed = false;

  constructor(deps: FeedServiceDeps) {
    this.#deps = deps;
    const lookAgain = (userId: string) => {
      for (const member of this.#ofUser.get(userId) ?? []) this.#endUnlessAllowed(member);
    };
    deps.sessions.watchEnds(lookAgain);
    deps.access.watch(lookAgain);
    // What is only over because its time is, nobody tells.
    this.#timer = setInterval(() => {
      for (const member of this.#members.values()) this.#endUnlessAllowed(member);
    }, LOOK_AT_EXPIRY_EVERY_MS).unref();
    deps.signal?.addEventListener('abort', () => {
      this.#close();
    });
    if (deps.signal?.aborted === true) this.#close();
  }

  get count(): number {
    return this.#members.size;
  }

  subscribe(caller: Caller, wanted: FeedWanted, outlet: Outlet): Subscription {
    const filter = this.#filterFor(caller, wanted);
    const { session, endpoint } = caller;
    const ofUser = this.#ofUser.get(session.userId)?.size ?? 0;
    const { maxSubscriptionsPerUser: limit } = this.#deps.limits;
    if (ofUser >= limit) throw new AppError('feed.too_many_of_user', { details: { limit } });
    const connection = this.#newConnection(() => session.userName, endpoint, outlet.door);
    return this.#admit(connection, { caller, filter, after: wanted.after }, outlet);
  }

  subscribeAnonymous(endpoint: string, outlet: Outlet): Subscription {
    const filter: FeedFilter = { topic: CHAT_TOPIC, presence: false };
    const connection = this.#newConnection(() => ANONYMOUS, endpoint, outlet.door);
    return this.#admit(connection, { caller: undefined, filter }, outlet);
  }

  presence(caller: Caller): readonly Connection[] {
    if (!this.#deps.access.may(caller, 'feed:read')) this.#deps.access.assert(caller, 'chat');
    return [...this.#members.values()].map(({ follower }) => follower.connection);
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#close();
    this.#deps.feed[Symbol.dispose]();
    return Promise.resolve();
  }

  // What may be seen of what is wanted. With `chat` alone it is the topic of this name, whether it was asked for or not.
  #filterFor(caller: Caller, { user, topic, contains, presence }: FeedWanted): FeedFilter {
    const { access, audit } = this.#deps;
    if (access.may(caller, 'feed:read')) {
      const isAnybodys = topic !== CHAT_TOPIC && user !== caller.session.userName;
      const subject = user === undefined ? {} : { subject: { name: user } };
      if (isAnybodys) audit.note({ action: 'feed.followed', actor: actorOf(caller), ...subject });
      return { user, topic, contains, presence };
    }
    if (topic !== undefined && topic !== CHAT_TOPIC) access.assert(caller, 'feed:read');
    access.assert(caller, 'chat');
    return { user, topic: CHAT_TOPIC, contains, presence };
  }

  // Whoever is renamed is seen by the new name.
  #newConnection(nameNow: () => string, endpoint: string, door: FeedDoor): Connection {
    const { newId, clock } = this.#deps;
    return {
      id: newId(),
      get user() {
        return nameNow();
      },
      ...{ endpoint, door, since: clock().toISOString() },
    };
  }

  #admit(
    connection: Connection,
    wanted: Pick<Member, 'caller' | 'filter'> & Pick<FeedWanted, 'after'>,
    outlet: Outlet,
  ): Subscription {
    const { feed, limits, now } = this.#deps;
    const { maxSubscriptions: limit } = limits;
    if (this.#isClosed) throw new AppError('feed.closing');
    if (this.#members.size >= limit) throw new AppError('feed.too_many', { details: { limit } });
    const { caller, filter, after } = wanted;
    const channel = this.#channels.enter(outlet.wire, filter);
    const seq = after === undefined ? feed.lastSeq : 'seq' in after ? after.seq : 0;
    const onOver = () => {
      this.#leave(member);
    };
    const origin = {};
    const subscription: Subscription = {
      ...{ connection, origin },
      resume: () => {
        feed.resume(follower);
      },
      [Symbol.dispose]: () => {
        follower.end();
      },
    };
    const start = { ...outlet, connection, channel, seq, origin, onOver };
    const follower = new Follower(start, now);
    const member: Member = { follower, caller, filter };
    this.#enter(member);
    feed.announce({ type: 'join', connection }, origin);
    const afterAt = after !== undefined && 'at' in after ? { afterAt: after.at } : {};
    feed.follow(follower, after === undefined ? undefined : { filter, ...afterAt });
    return subscription;
  }

  #enter(member: Member): void {
    const { follower, caller } = member;
    this.#members.set(follower.connection.id, member);
    if (caller === undefined) return;
    const { userId } = caller.session;
    const ofUser = this.#ofUser.get(userId);
    if (ofUser === undefined) this.#ofUser.set(userId, new Set([member]));
    else ofUser.add(member);
  }

  #leave(member: Member): void {
    const { follower, caller } = member;
    const { feed } = this.#deps;
    this.#members.delete(follower.connection.id);
    this.#channels.leave(follower.channel);
    if (caller !== undefined) {
      const ofUser = this.#ofUser.get(caller.session.userId);
      ofUser?.delete(member);
      if (ofUser?.size === 0) this.#ofUser.delete(caller.session.userId);
    }
    feed.leave(follower);
    feed.announce({ type: 'leave', connection: follower.connection }, follower.origin);
  }

  #endUnlessAllowed({ follower, caller, filter }: Member): void {
    if (caller === undefined) return;
    const { sessions, access } = this.#deps;
    const reason =
      sessions.refusalOf(caller.session) ??
      certificateRefusal(caller) ??
      access.refusalUntilPasswordChanged(caller) ??
      this.#missingPermission(caller, filter, follower.connection.door);
    if (reason !== undefined) follower.end(reason);
  }

  // The gateway of the chat is for those only who may chat.
  #missingPermission(caller: Caller, { topic }: FeedFilter, door: FeedDoor): AppError | undefined {
    const { access } = this.#deps;
    if (door !== 'chat' && access.may(caller, 'feed:read')) return undefined;
    if (topic === CHAT_TOPIC && access.may(caller, 'chat')) return undefined;
    const permission = topic === CHAT_TOPIC ? 'chat' : 'feed:read';
    return new AppError('permission.missing', { details: { permission } });
  }

  #close(): void {
    this.#isClosed = true;
    for (const { follower } of this.#members.values()) follower.end(new AppError('feed.closing'));
  }
}
