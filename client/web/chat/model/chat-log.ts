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

/** So many are while somebody reads what is further back. */
const KEPT_LINES_FURTHER_BACK = 20_000;

const REWOUND = 'The server has other messages now than before. What follows is what it has.';

/** What is said in the chat, who is there, and how much of it is unread. Holds the latest lines, and older ones as they are read. */
export class ChatLog {
  readonly lines = new Store<readonly ChatLine[]>([]);
  readonly present = new Store<readonly PresentUser[]>([]);
  /** Where older messages are asked for; undefined where there are none to be had, or nothing is known yet. */
  readonly older = new Store<OlderPlace | undefined>(undefined);
  readonly #options: ChatLogOptions;
  readonly #users = new PresentUsers();
  #arrived: ChatLine[] = [];
  #unread = 0;
  #lastId = 0;
  #lastSeq: number | undefined;
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

  /** Takes the list of who is there. */
  takePresent(connections: readonly Connection[]): void {
    this.#users.replace(connections);
    this.present.set(this.#users.users);
  }

  /** Takes a page of older messages, the newest first. @param place - where they were asked for */
  takeOlder(place: OlderPlace, { messages, next }: StoredMessagesPage): void {
    if (this.older.get() !== place) return;
    const lines = messages.map((message) => this.#lineOf(message)).reverse();
    this.older.set(next === null ? undefined : { before: place.before, cursor: next });
    if (lines.length > 0) this.lines.set([...lines, ...this.lines.get()]);
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
    this.#users.ask();
    this.#users.join(connection);
    if (this.#lastSeq === undefined) this.#begin(seq);
  }

  #begin(seq: number): void {
    this.#lastSeq = seq;
    if (this.#options.canReadOlder) this.older.set({ before: seq + 1 });
  }

  #record(record: Extract<FollowedEvent, { type: 'record' }>['record']): void {
    if (record.seq <= (this.#lastSeq ?? 0)) return;
    this.#lastSeq = record.seq;
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
    this.#arrived = [];
    this.lines.set([]);
    this.#warn(REWOUND);
    this.#begin(seq);
  }

  #warn(text: string): void {
    this.#arrived.push({ kind: 'warning', id: this.#nextId(), at: this.#now(), text });
  }

  #lineOf(message: FeedMessage) {
    const isOwn = message.user === this.#me;
    return { kind: 'message', id: this.#nextId(), at: message.at, message, isOwn } as const;
  }

  #publish(): void {
    const { unread } = this.#options;
    this.present.set(this.#users.users);
    if (this.#arrived.length > 0) this.lines.set(this.#bounded([...this.lines.get(), ...this.#arrived]));
    this.#arrived = [];
    unread.set(unread.get() + this.#unread);
    this.#unread = 0;
  }

  // What makes room can be asked for again.
  #bounded(lines: readonly ChatLine[]): readonly ChatLine[] {
    const most = this.#isReadingBack ? KEPT_LINES_FURTHER_BACK : KEPT_LINES;
    if (lines.length <= most) return lines;
    const kept = lines.slice(-most);
    if (this.#options.canReadOlder) this.older.set({ before: firstNumber(kept) ?? (this.#lastSeq ?? 0) + 1 });
    return kept;
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
