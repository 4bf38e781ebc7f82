import type { Connection, FeedMessage } from '../../../../protocol/feed.js';
import type { StoredMessagesPage } from '../../../../protocol/stored-messages.js';
import type { FollowedEvent } from '../../../api/feed/feed-follower.js';
import { type PresentUser, PresentUsers } from '../../../chat/present-users.js';
import { Store } from '../../server/store.js';
import { type ChatLine, numberOf } from './chat-line.js';

/** Where older messages are asked for: all before a record, and how far that has come. */
export interface OlderPlace {
  readonly before: number;
  readonly cursor?: string;
}

/** Where messages are asked for that are newer than those which are kept: all behind a record, and how far that has come. */
export interface NewerPlace {
  readonly after: number;
  readonly cursor?: string;
}

export interface ChatLogOptions {
  /** Whether older messages may be asked for. */
  readonly canReadOlder: boolean;
  /** How many messages of others nobody has looked at. */
  readonly unread: Store<number>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** So many lines are kept while their end is looked at, or nothing of them. */
export const KEPT_LINES = 500;

/** So many are while somebody reads what is further back: those that are looked at. */
export const KEPT_LINES_FURTHER_BACK = 2_000;

const REWOUND = 'The server has other messages now than before. What follows is what it has.';

/**
 * What is said in the chat, who is there, and how much of it is unread. Holds the latest lines, or a stretch of older ones where
 * somebody reads so far back that both are too much.
 */
export class ChatLog {
  readonly lines = new Store<readonly ChatLine[]>([]);
  readonly present = new Store<readonly PresentUser[]>([]);
  /** Where older messages are asked for; undefined where there are none to be had, or nothing is known yet. */
  readonly older = new Store<OlderPlace | undefined>(undefined);
  /** Where newer messages are asked for; undefined where the lines go as far as the latest. */
  readonly newer = new Store<NewerPlace | undefined>(undefined);
  readonly #options: ChatLogOptions;
  readonly #users = new PresentUsers();
  #arrived: ChatLine[] = [];
  #unread = 0;
  #lastId = 0;
  #lastSeq: number | undefined;
  // Of what was said; other records are no part of the chat.
  #lastSaid = 0;
  #me = '';
  // By the server's clock; what was said before is no news.
  #since: string | undefined;
  #isWatched = false;
  #isReadingBack = false;

  constructor(options: ChatLogOptions) {
    this.#options = options;
  }

  /** The number of the last record that came; undefined before the first connection. */
  get lastSeen(): string | undefined {
    return this.#lastSeq === undefined ? undefined : String(this.#lastSeq);
  }

  /** Takes what has come over the feed. */
  take(events: readonly FollowedEvent[]): void {
    for (const event of events) this.#takeOne(event);
    this.#publish();
  }

  /** Whether somebody looks at the chat: then nothing is unread. */
  watch(isWatched: boolean): void {
    this.#isWatched = isWatched;
    if (isWatched) this.#options.unread.set(0);
  }

  /** Whether somebody reads further back than the end, and wants to keep that. */
  readBack(isReadingBack: boolean): void {
    this.#isReadingBack = isReadingBack;
  }

  /** Asks for the list of who is there, and takes it. Rejects as asking does. */
  async refreshPresent(list: () => Promise<readonly Connection[]>): Promise<void> {
    await this.#users.refresh(list);
    this.#publishPresent();
  }

  /** Takes a page of older messages, the newest first. @param place - where they were asked for */
  takeOlder(place: OlderPlace, { messages, next }: StoredMessagesPage): void {
    if (this.older.get() !== place) return;
    const lines = messages.map((message) => this.#lineOf(message)).reverse();
    this.older.set(next === null ? undefined : { before: place.before, cursor: next });
    if (lines.length > 0) this.#keepOldest([...lines, ...this.lines.get()]);
  }

  /** Takes a page of newer messages, the oldest first. @param place - where they were asked for */
  takeNewer(place: NewerPlace, { messages, next }: StoredMessagesPage): void {
    if (this.newer.get() !== place) return;
    const lines = [...this.lines.get(), ...messages.map((message) => this.#lineOf(message))];
    const reached = lastNumber(lines) ?? place.after;
    // More may have been said since the page was read.
    const isMore = next !== null || reached < this.#lastSaid;
    if (!isMore) this.newer.set(undefined);
    else this.newer.set(next === null ? { after: reached } : { after: place.after, cursor: next });
    this.lines.set(this.#keepNewest(lines, KEPT_LINES_FURTHER_BACK));
  }

  /** Goes back to what was said last, from wherever somebody reads. */
  toLatest(): void {
    if (this.newer.get() === undefined) return;
    this.#isReadingBack = false;
    this.#clear();
    this.#begin(this.#lastSeq ?? 0);
  }

  #takeOne(event: FollowedEvent): void {
    switch (event.type) {
      case 'hello':
        this.#connected(event);
        break;
      case 'record':
        this.#record(event.record);
        break;
      case 'unrecorded':
        this.#said(event.record);
        break;
      case 'join':
      case 'leave':
        this.#comes(event);
        break;
      case 'rewound':
        this.#rewind(event.seq);
        break;
      case 'gap':
        this.#gap(event);
        break;
      case 'lost':
        break;
    }
  }

  #connected({ seq, connection }: Extract<FollowedEvent, { type: 'hello' }>): void {
    this.#me = connection.user;
    this.#since ??= connection.since;
    this.#users.join(connection);
    this.#publishPresent();
    if (this.#lastSeq === undefined) this.#begin(seq);
  }

  #begin(seq: number): void {
    this.#lastSeq = seq;
    if (this.#options.canReadOlder) this.older.set({ before: seq + 1 });
  }

  #record(record: Extract<FollowedEvent, { type: 'record' }>['record']): void {
    if (record.seq <= (this.#lastSeq ?? 0)) return;
    this.#lastSeq = record.seq;
    this.#lastSaid = record.seq;
    this.#said(record);
  }

  #said(message: FeedMessage): void {
    const line = this.#lineOf(message);
    this.#arrived.push(line);
    if (!this.#isWatched && !line.isOwn && message.at > (this.#since ?? '')) this.#unread += 1;
  }

  #comes({ type, connection }: Extract<FollowedEvent, { type: 'join' | 'leave' }>): void {
    const { user } = connection;
    const wasThere = this.#users.has(user);
    if (type === 'join') this.#users.join(connection);
    else this.#users.leave(connection);
    this.#publishPresent();
    if (this.#users.has(user) !== wasThere)
      this.#arrived.push({ kind: type, id: this.#nextId(), at: this.#now(), connection });
  }

  #gap({ after, before }: Extract<FollowedEvent, { type: 'gap' }>): void {
    if (after > before) {
      this.#rewind(before - 1);
      return;
    }
    this.#lastSeq = before - 1;
    this.#warn('Something that was said here is not to be had any more.');
  }

  // With other data numbers begin anew: what is shown is what this server has.
  #rewind(seq: number): void {
    this.#clear();
    this.#lastSaid = 0;
    this.#warn(REWOUND);
    this.#begin(seq);
  }

  #clear(): void {
    this.#arrived = [];
    this.lines.set([]);
    this.newer.set(undefined);
  }

  #warn(text: string): void {
    this.#arrived.push({ kind: 'warning', id: this.#nextId(), at: this.#now(), text });
  }

  #lineOf(message: FeedMessage) {
    const isOwn = message.user === this.#me;
    return { kind: 'message', id: this.#nextId(), at: message.at, message, isOwn } as const;
  }

  #publishPresent(): void {
    this.present.set(this.#users.users);
  }

  #publish(): void {
    const { unread } = this.#options;
    if (this.#arrived.length > 0) this.#append(this.#arrived);
    this.#arrived = [];
    unread.set(unread.get() + this.#unread);
    this.#unread = 0;
  }

  #append(arrived: readonly ChatLine[]): void {
    // There is something between them and what is looked at.
    if (this.newer.get() !== undefined) return;
    const lines = [...this.lines.get(), ...arrived];
    if (this.#isReadingBack) this.#keepOldest(lines);
    else this.lines.set(this.#keepNewest(lines, KEPT_LINES));
  }

  // What makes room can be asked for again.
  #keepNewest(lines: readonly ChatLine[], most: number): readonly ChatLine[] {
    if (lines.length <= most) return lines;
    const kept = lines.slice(-most);
    if (this.#options.canReadOlder) this.older.set({ before: firstNumber(kept) ?? (this.#lastSeq ?? 0) + 1 });
    return kept;
  }

  #keepOldest(lines: readonly ChatLine[]): void {
    const kept = lines.slice(0, KEPT_LINES_FURTHER_BACK);
    const after = lastNumber(kept);
    if (kept.length === lines.length) this.lines.set(lines);
    else if (!this.#options.canReadOlder || after === undefined)
      this.lines.set(this.#keepNewest(lines, KEPT_LINES_FURTHER_BACK));
    else {
      this.newer.set({ after });
      this.lines.set(kept);
    }
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #now(): string {
    return new Date(this.#options.now()).toISOString();
  }
}

function firstNumber(lines: readonly ChatLine[]): number | undefined {
  for (const line of lines) {
    const seq = line.kind === 'message' ? numberOf(line.message) : undefined;
    if (seq !== undefined) return seq;
  }
  return undefined;
}

function lastNumber(lines: readonly ChatLine[]): number | undefined {
  return firstNumber(lines.toReversed());
}
