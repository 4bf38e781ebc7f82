import type { Socket } from 'node:net';
import { AppError } from '../../errors/app-error.js';
import type { ChatPlace, ChatService } from '../../features/chat/chat-service.js';
import type { FeedService, FeedWire, Outlet, Subscription } from '../../features/feed/feed-service.js';
import type { HeldPace, Paces } from '../../net/paces.js';
import type { Logger } from '../../observability/logger.js';
import type { NoteRefusal } from '../gateway-refusals.js';
import { OVER_LONG, type Line } from '../line-reader.js';
import type { Expiry } from '../tcp-gateway.js';
import { closeWith, lineOf } from '../../net/close-with.js';
import { PacedSpeech } from './paced-speech.js';
import { createSocketSink } from './socket-sink.js';

/** What all connections of the chat gateway work with. */
export interface ChatContext {
  readonly feed: Pick<FeedService, 'subscribe' | 'subscribeAnonymous'>;
  readonly chat: ChatService;
  readonly noteRefusal: NoteRefusal;
  readonly logger: Logger;
  /** How fast each user may be, and each client without a name. */
  readonly paces: Paces;
  readonly maxMessageBytes: number;
  /** Seconds of silence after which a connection is closed. */
  readonly idle: number;
}

/** In whose name a connection hears and speaks. */
export interface Speaker {
  /** Whose account it is, if anybody's. */
  readonly userId: string | undefined;
  readonly endpoint: string;
  readonly wire: FeedWire;
  /** Whether it is told why something is refused, and why it is closed. */
  readonly isTold: boolean;
  /** @throws AppError as the feed does */
  subscribe(outlet: Outlet): Subscription;
  /** @throws AppError as the chat does */
  say(text: string, origin: Subscription): Promise<ChatPlace>;
}

/** Somebody who is in the chat over TCP: is sent what others say, and says what it sends. */
export class ChatConnection {
  readonly #socket: Socket;
  readonly #speaker: Speaker;
  readonly #context: ChatContext;
  readonly #subscription: Subscription;
  readonly #speech: PacedSpeech<Line>;
  readonly #pace: HeldPace;
  #isClosed = false;

  /** @throws AppError where it may not be connected to the feed */
  constructor(socket: Socket, speaker: Speaker, context: ChatContext) {
    this.#socket = socket;
    this.#speaker = speaker;
    this.#context = context;
    this.#subscription = this.#subscribe();
    this.#pace = context.paces.of(speaker.userId);
    this.#speech = new PacedSpeech(socket, this.#pace.pace, (line) => this.#say(line));
    context.logger.info(this.#fields, 'Somebody has come into the chat.');
  }

  /** Whether nothing more is read for a while, since too much came. */
  get isHeldUp(): boolean {
    return this.#speech.isHeldUp;
  }

  /** Says what has come, each when its turn comes. What is no text is told to be no message. */
  take(lines: Iterable<Line>): void {
    this.#speech.take(lines);
  }

  /** Says what is left, and closes. */
  async leave(reason?: AppError): Promise<void> {
    await this.#speech.finish();
    this.close(reason);
  }

  /** Ends it because it idles, at once, or because the gateway is closed: then what has come is said before. */
  expire(why: Expiry): void {
    if (why === 'idle') this.close(expiryOf(why, this.#context));
    else {
      void this.leave(expiryOf(why, this.#context));
    }
  }

  /** Closes it, with the reason where there is one and it is to be told. */
  close(reason?: AppError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#speech.stop();
    this.#pace[Symbol.dispose]();
    this.#subscription[Symbol.dispose]();
    const why = reason === undefined ? {} : { code: reason.code };
    this.#context.logger.info({ ...this.#fields, ...why }, 'Somebody has left the chat.');
    closeWith(this.#socket, reason !== undefined && this.#speaker.isTold ? lineOf(reason) : '');
  }

  #subscribe(): Subscription {
    const sink = createSocketSink(
      this.#socket,
      () => {
        this.#subscription.resume();
      },
      (reason) => {
        this.close(reason);
      },
    );
    const { wire } = this.#speaker;
    return this.#speaker.subscribe({ door: 'chat', wire, sink, canResume: false, hearsItself: false });
  }

  get #fields() {
    const { id, user, endpoint } = this.#subscription.connection;
    return { gateway: 'chat', connection: id, user, endpoint };
  }

  async #say(line: Line): Promise<void> {
    if (line === '') return;
    const { logger, noteRefusal, maxMessageBytes } = this.#context;
    try {
      if (typeof line !== 'string') throw notAMessage(line, maxMessageBytes);
      const seq = await this.#speaker.say(line, this.#subscription);
      logger.info(
        { ...this.#fields, seq, bytes: Buffer.byteLength(line) },
        'Something was said in the chat.',
      );
    } catch (error) {
      const { endpoint, isTold } = this.#speaker;
      const refusal = noteRefusal(error, { gateway: 'chat', action: 'say', endpoint });
      if (isTold) await this.#tell(refusal);
    }
  }

  // Until it has left: whoever does not read what is refused says no more.
  #tell(refusal: AppError): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isClosed) resolve();
      else
        this.#socket.write(lineOf(refusal), () => {
          resolve();
        });
    });
  }
}

/** What somebody is told whose connection has to end. */
export function expiryOf(why: Expiry, { idle }: Pick<ChatContext, 'idle'>): AppError {
  return why === 'idle'
    ? new AppError('feed.idle', { details: { limit: idle } })
    : new AppError('feed.closing');
}

function notAMessage(line: Exclude<Line, string>, maxBytes: number): AppError {
  const reason =
    line === OVER_LONG ? `a message has at most ${String(maxBytes)} bytes` : 'a message is text in UTF-8';
  return new AppError('request.invalid_field', { details: { field: 'message', reason } });
}
