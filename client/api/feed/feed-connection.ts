import { feedAnswer, feedEvent, type FeedAnswer, type FeedEvent } from '../../../protocol/feed.js';
import type { JsonValue } from '../../../protocol/json-value.js';
import { GatherError } from '../gather-error.js';
import { strangeAnswer } from '../requests/request-failure.js';
import { parsedJson } from '../requests/server-answer.js';
import { EventBuffer } from './event-buffer.js';
import { endOfFeed, inDoubt, refusalOfMessage } from './feed-failure.js';
import type { FeedSocket } from './feed-socket.js';

export interface FeedConnectionOptions {
  /** The base URL, as it stands in the texts. */
  readonly server: string;
  /** How long a message's answer may take, in milliseconds. */
  readonly answerTimeoutMs: number;
  /** After how long without any frame the server counts as gone, in milliseconds. */
  readonly silenceMs: number;
}

interface Waiting {
  readonly resolve: (seq: number | null) => void;
  readonly reject: (error: GatherError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

const BUFFER_LIMITS = { events: 1000, characters: 4 * 1024 * 1024 };

const EVENT_TYPES: ReadonlySet<unknown> = new Set(feedEvent.options.map(({ shape }) => shape.type.value));
const ANSWER_TYPES: ReadonlySet<unknown> = new Set(feedAnswer.options.map(({ shape }) => shape.type.value));

/**
 * A connection to the feed: events come, messages go. Nothing is read from the network while too many events wait to be
 * taken. Dispose of it to close it.
 */
export class FeedConnection implements Disposable {
  readonly #socket: FeedSocket;
  readonly #options: FeedConnectionOptions;
  readonly #events: EventBuffer<FeedEvent>;
  readonly #waiting = new Map<string, Waiting>();
  #silence: ReturnType<typeof setTimeout>;
  #heardAt = performance.now();
  #count = 0;
  #isOver = false;

  /** @param socket - one that is not open yet, so that nothing it says is missed */
  constructor(socket: FeedSocket, options: FeedConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#events = new EventBuffer<FeedEvent>(socket, BUFFER_LIMITS);
    this.#silence = this.#listenForSilence(options.silenceMs);
    socket.listen({
      onHeard: () => {
        this.#heardAt = performance.now();
      },
      onText: (text) => {
        this.#heardAt = performance.now();
        this.#onText(text);
      },
      onClose: (code, reason, cause) => {
        this.#finish(endOfFeed(options.server, code, reason, cause));
      },
    });
  }

  /**
   * What has come since the last time, as soon as there is something. Rejects with a GatherError once the connection is
   * over and all is taken, whose `canRetry` says whether it is worth connecting again; undefined where it was disposed of.
   */
  next(): Promise<readonly FeedEvent[] | undefined> {
    return this.#events.take();
  }

  /**
   * Sends a message.
   *
   * @returns where it stands in the dump, durably; null where it is not recorded
   * @throws GatherError where it is refused; with `unknown_outcome` where nobody knows what became of it
   */
  send(message: JsonValue, { topic }: { readonly topic?: string } = {}): Promise<number | null> {
    if (this.#isOver || !this.#socket.isOpen) return Promise.reject(notSent());
    this.#count += 1;
    const id = String(this.#count);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(inDoubt(`No answer from ${this.#options.server} in time`));
      }, this.#options.answerTimeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.send(JSON.stringify({ type: 'send', id, message, topic }));
    });
  }

  /** Closes it; what is on its way is in doubt. */
  [Symbol.dispose](): void {
    this.#finish(undefined);
    this.#socket.resume();
    this.#socket.close();
  }

  #onText(text: string): void {
    const value = parsedJson(text);
    const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
    if (ANSWER_TYPES.has(type)) this.#answer(feedAnswer.safeParse(value).data);
    else if (EVENT_TYPES.has(type)) this.#event(feedEvent.safeParse(value).data, text.length);
    // A newer server may tell of more.
    else if (typeof type !== 'string') this.#giveUp(strangeAnswer(this.#options.server));
  }

  #event(event: FeedEvent | undefined, characters: number): void {
    if (event === undefined) this.#giveUp(strangeAnswer(this.#options.server));
    else this.#events.put(event, characters);
  }

  #answer(answer: FeedAnswer | undefined): void {
    const waiting = this.#waiting.get(answer?.id ?? '');
    if (answer === undefined || waiting === undefined) return;
    this.#waiting.delete(answer.id ?? '');
    clearTimeout(waiting.timer);
    if (answer.type === 'ack') waiting.resolve(answer.seq);
    else waiting.reject(refusalOfMessage(answer));
  }

  // One timer looks from time to time: there may be thousands of frames a second.
  #listenForSilence(ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.#lookForSilence();
    }, ms);
  }

  #lookForSilence(): void {
    // What is not read cannot be heard.
    if (this.#events.isPaused) this.#heardAt = performance.now();
    const leftMs = this.#heardAt + this.#options.silenceMs - performance.now();
    if (leftMs > 0) {
      this.#silence = this.#listenForSilence(leftMs);
      return;
    }
    const text = `Nothing has come from ${this.#options.server} for ${String(this.#options.silenceMs / 1000)} s`;
    this.#giveUp(new GatherError('unreachable', text, { canRetry: true }));
  }

  #giveUp(error: GatherError): void {
    this.#finish(error);
    this.#socket.terminate();
  }

  #finish(error: GatherError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#silence);
    this.#events.end(error);
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(inDoubt(error?.message ?? 'The connection was closed', error));
    }
    this.#waiting.clear();
  }
}

function notSent(): GatherError {
  return new GatherError('unreachable', 'There is no connection to the feed: nothing was sent', {
    canRetry: true,
  });
}
