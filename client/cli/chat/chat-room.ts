import type { Connection, FeedMessage } from '../../../protocol/feed.js';
import { printable } from '../../../protocol/line-safe.js';
import type { StoredRecord } from '../../../protocol/stored-messages.js';
import { GatherError } from '../../api/gather-error.js';
import { PresentUsers } from '../../chat/present-users.js';
import { warningOf } from '../feed/connection-news.js';
import type { FollowedEvent } from '../../api/feed/feed-follower.js';
import type { Paint } from '../output/colours.js';
import { timedChatLines } from './chat-lines.js';
import { OwnMessages } from './own-messages.js';
import { say, type SayOptions } from './say.js';

export interface ChatRoomOptions {
  readonly show: (lines: readonly string[]) => void;
  readonly setStatus: (text: string) => void;
  readonly leave: () => void;
  readonly say: SayOptions;
  /** What was said last, up to a record, the oldest first. Rejects with a GatherError. */
  readonly history: (seq: number) => Promise<readonly StoredRecord[]>;
  /** Who is connected. Rejects with a GatherError. */
  readonly presence: () => Promise<readonly Connection[]>;
  readonly paint: Paint;
}

const COMMANDS = {
  '/who': 'who is there',
  '/help': 'this',
  '/quit': 'leave; Ctrl+C and Ctrl+D do, too',
} as const;

/** What happens in a chat, as it is shown to one of its users. */
export class ChatRoom {
  readonly #options: ChatRoomOptions;
  readonly #own = new OwnMessages();
  readonly #present = new PresentUsers();
  #me = '';
  #state = 'connecting';
  #waiting: string[] = [];
  #saying: Promise<void> = Promise.resolve();
  #wasConnected = false;
  #isLost = false;
  #isAllSaid = true;

  constructor(options: ChatRoomOptions) {
    this.#options = options;
  }

  /** Shows that it begins. */
  begin(): void {
    this.#showStatus();
  }

  /** Takes what has come. */
  async take(batch: readonly FollowedEvent[]): Promise<void> {
    for (const event of batch) {
      if (event.type === 'hello') await this.#connected(event);
      else this.#takeOne(event);
    }
    this.#showStatus();
  }

  /** Takes a line that was entered: a command, or something to say. */
  enter(line: string): void {
    const text = line.trimEnd();
    if (text === '') return;
    if (/^\/[a-z]+$/.test(text)) this.#command(text);
    else this.#say(text.replace(/^\/\//, '/'));
    this.#showStatus();
  }

  /** What a word may become: a command, or the name of somebody who is there. */
  wordsFor(word: string): readonly string[] {
    return word.startsWith('/') ? Object.keys(COMMANDS) : this.#present.names;
  }

  /** Whether nothing of what was entered was refused, or is in doubt. */
  get isAllSaid(): boolean {
    return this.#isAllSaid;
  }

  /** Waits for the answers that are under way, and says what was not sent. */
  async close(): Promise<void> {
    await this.#saying;
  }

  async #connected({ seq, connection }: Extract<FollowedEvent, { type: 'hello' }>): Promise<void> {
    this.#me = connection.user;
    this.#own.connected(connection.user);
    this.#state = 'connected';
    if (this.#isLost) this.#note('Connected again');
    this.#isLost = false;
    this.#present.join(connection);
    if (!this.#wasConnected) await this.#showHistory(seq);
    this.#wasConnected = true;
    // What comes need not wait for it.
    void this.#askWhoIsThere();
  }

  async #showHistory(seq: number): Promise<void> {
    try {
      const records = await this.#options.history(seq);
      this.#show(records);
    } catch (error) {
      this.#note(`What was said before is not to be had: ${messageOf(error)}`);
    }
  }

  async #askWhoIsThere(): Promise<void> {
    try {
      await this.#present.refresh(() => this.#options.presence());
      this.#showStatus();
    } catch (error) {
      if (!(error instanceof GatherError && error.kind === 'unreachable'))
        this.#note(`Who is there is not known: ${messageOf(error)}`);
    }
  }

  #takeOne(event: Exclude<FollowedEvent, { type: 'hello' }>): void {
    switch (event.type) {
      case 'record':
      case 'unrecorded':
        if (this.#own.isOthers(event.record)) this.#show([event.record]);
        break;
      case 'join':
        if (!this.#present.has(event.connection.user)) this.#note(`${event.connection.user} joins`);
        this.#present.join(event.connection);
        break;
      case 'leave':
        this.#present.leave(event.connection);
        if (!this.#present.has(event.connection.user)) this.#note(`${event.connection.user} leaves`);
        break;
      case 'lost':
        this.#lost(event.error);
        break;
      default:
        this.#note(warningOf(event));
    }
  }

  #lost(error: GatherError): void {
    this.#state = this.#wasConnected ? 'not connected, trying again' : 'connecting';
    if (!this.#isLost) this.#note(error.message);
    this.#isLost = true;
  }

  #command(name: string): void {
    if (name === '/quit') this.#options.leave();
    else if (name === '/who') this.#showWho();
    else {
      if (name !== '/help') this.#note(`${name} is no command; what begins with // is said with one /`);
      for (const [command, what] of Object.entries(COMMANDS)) this.#note(`${command.padEnd(6)} ${what}`);
    }
  }

  #showWho(): void {
    if (this.#state !== 'connected') {
      this.#note('There is no connection now: who is there is not known');
      return;
    }
    for (const { user, endpoint, door, since } of this.#present.connections)
      this.#note(`${user}, from ${endpoint} by ${door} since ${since}`);
  }

  // One after the other, so that they are said in the order in which they were entered.
  #say(text: string): void {
    this.#waiting.push(text);
    this.#saying = this.#saying.then(() => this.#sayNow(text));
  }

  async #sayNow(text: string): Promise<void> {
    this.#own.begin(text);
    try {
      const seq = await say(text, this.#options.say);
      const at = new Date(this.#options.say.now()).toISOString();
      this.#show([...this.#own.acknowledged(seq), { at, user: this.#me, endpoint: '', message: text }]);
    } catch (error) {
      this.#show(this.#own.failed());
      this.#notSaid(text, error);
    }
    this.#waiting.shift();
    this.#showStatus();
  }

  #notSaid(text: string, error: unknown): void {
    this.#isAllSaid = false;
    const isInDoubt = error instanceof GatherError && error.kind === 'unknown_outcome';
    this.#note(`${isInDoubt ? 'It is not known whether this was sent' : 'This was not sent'}: ${text}`);
    if (!this.#options.say.stop.aborted) this.#note(messageOf(error));
  }

  #show(messages: readonly FeedMessage[]): void {
    const { show, paint } = this.#options;
    show(messages.flatMap((message) => timedChatLines(message, paint)));
  }

  #note(text: string): void {
    this.#options.show([this.#options.paint.dim(`* ${printable(text)}`)]);
  }

  #showStatus(): void {
    const { names } = this.#present;
    const who = this.#state === 'connected' ? `${String(names.length)} here: ${names.join(', ')}` : undefined;
    const waiting = this.#waiting.length === 0 ? undefined : `${String(this.#waiting.length)} to be sent`;
    const parts = [this.#me, this.#state, waiting, who].filter((part) => part !== undefined && part !== '');
    this.#options.setStatus(` ${parts.join(' | ')} `);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
