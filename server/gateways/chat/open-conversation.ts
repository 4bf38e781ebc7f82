import type { Socket } from 'node:net';
import type { Conversation, Expiry } from '../tcp-gateway.js';
import { ChatConnection, type ChatContext } from './chat-connection.js';
import { OPEN_WIRE } from './chat-wires.js';
import { TextPieces } from './text-pieces.js';

/** How long the rest of a character may take to come, in milliseconds. */
const REST_MS = 1000;

/** A connection of the open chat, contract 5: each piece that comes is a message, and goes to all others as it is. */
export class OpenConversation implements Conversation {
  readonly #connection: ChatConnection;
  readonly #pieces: TextPieces;
  #rest: NodeJS.Timeout | undefined;

  /** @throws AppError where it may not be connected to the feed */
  constructor(socket: Socket, endpoint: string, context: ChatContext) {
    const { feed, chat } = context;
    this.#pieces = new TextPieces(context.maxMessageBytes);
    const speaker = {
      ...{ userId: undefined, endpoint, wire: OPEN_WIRE, isTold: false },
      subscribe: feed.subscribeAnonymous.bind(feed, endpoint),
      say: chat.sayAnonymously.bind(chat, endpoint),
    };
    this.#connection = new ChatConnection(socket, speaker, context);
  }

  take(piece: Buffer): void {
    clearTimeout(this.#rest);
    this.#connection.take(this.#pieces.take(piece));
    if (this.#pieces.hasBegun) this.#waitForRest();
  }

  end(): void {
    this.#takeRest();
    void this.#connection.leave();
  }

  expire(why: Expiry): void {
    this.#takeRest();
    this.#connection.expire(why);
  }

  drop(): void {
    clearTimeout(this.#rest);
    this.#connection.close();
  }

  #waitForRest(): void {
    this.#rest = setTimeout(() => {
      // It may have come, and not have been read.
      if (this.#connection.isHeldUp) this.#waitForRest();
      else this.#takeRest();
    }, REST_MS);
  }

  #takeRest(): void {
    clearTimeout(this.#rest);
    this.#connection.take(this.#pieces.rest());
  }
}
