import type { Socket } from 'node:net';
import { CHAT_TOPIC } from '../../../protocol/feed.js';
import { AppError } from '../../errors/app-error.js';
import type { Caller } from '../../features/sessions/session-service.js';
import { LineReader, OVER_LONG, type Line } from '../line-reader.js';
import type { Conversation, Expiry } from '../tcp-gateway.js';
import { ChatConnection, expiryOf, type ChatContext } from './chat-connection.js';
import type { ChatOrigin, Entrant, LogIn } from './chat-login.js';
import { LOGIN_WIRE } from './chat-wires.js';
import { closeWith, lineOf } from '../../net/close-with.js';

/** What connections that log in work with beside the others. */
export interface LoginContext extends ChatContext {
  readonly logIn: LogIn;
  /** @throws AppError where somebody may not chat */
  readonly assertMayChat: (caller: Caller) => void;
  /** Lets go of somebody who has been in, after the connection. */
  readonly letGo: (entrant: Entrant) => void;
}

/** The longest first line: a name, and a password of 128 characters; or a token. */
const MAX_LOGIN_BYTES = 2048;
/** For the first line to come, in milliseconds. */
const LOGIN_MS = 30_000;
const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/** A connection whose first line says who it is; each line behind it is a message. */
export class LoginConversation implements Conversation {
  readonly #socket: Socket;
  readonly #origin: ChatOrigin;
  readonly #context: LoginContext;
  readonly #loginReader = new LineReader(MAX_LOGIN_BYTES);
  readonly #reader: LineReader;
  readonly #timer: NodeJS.Timeout;
  #connection: ChatConnection | undefined;
  #entrant: Entrant | undefined;
  #hasTried = false;
  #hasEnded = false;
  #isOver = false;

  constructor(socket: Socket, origin: ChatOrigin, context: LoginContext) {
    this.#socket = socket;
    this.#origin = origin;
    this.#context = context;
    this.#reader = new LineReader(context.maxMessageBytes);
    this.#timer = setTimeout(() => {
      this.#close(new AppError('request.timed_out'));
    }, LOGIN_MS);
  }

  take(piece: Buffer): void {
    if (this.#connection !== undefined) this.#connection.take(this.#reader.push(piece));
    else if (!this.#hasTried) this.#takeLogin(piece);
  }

  end(): void {
    this.#hasEnded = true;
    if (this.#connection !== undefined) this.#leave(this.#connection);
    else if (!this.#hasTried) this.#close();
  }

  expire(why: Expiry): void {
    if (this.#connection === undefined) this.#close(expiryOf(why, this.#context));
    else this.#connection.expire(why);
  }

  drop(): void {
    this.#close();
    this.#connection?.close();
    if (this.#entrant !== undefined) this.#context.letGo(this.#entrant);
  }

  #takeLogin(piece: Buffer): void {
    const end = piece.indexOf(LINE_FEED) + 1;
    const [line = OVER_LONG] = this.#loginReader.push(end === 0 ? piece : piece.subarray(0, end));
    if (end === 0 && !this.#loginReader.isOverLong) return;
    this.#hasTried = true;
    clearTimeout(this.#timer);
    // What comes behind the line is not looked at before it is known from whom.
    this.#socket.pause();
    void this.#enter(line, end === 0 ? NOTHING : piece.subarray(end));
  }

  async #enter(line: Line, behind: Buffer): Promise<void> {
    try {
      const entrant = await this.#context.logIn(line, this.#origin);
      if (this.#isOver) {
        this.#context.letGo(entrant);
        return;
      }
      this.#entrant = entrant;
      this.#connection = this.#connect(entrant);
    } catch (error) {
      const refused = { gateway: 'chat', action: 'login', endpoint: this.#origin.endpoint };
      this.#close(this.#context.noteRefusal(error, refused));
      return;
    }
    this.#connection.take(this.#reader.push(behind));
    // The end is told of though nothing is read.
    if (this.#hasEnded) this.#leave(this.#connection);
  }

  #leave(connection: ChatConnection): void {
    connection.take(lastLine(this.#reader));
    void connection.leave();
  }

  #connect({ caller }: Entrant): ChatConnection {
    const { feed, chat, assertMayChat } = this.#context;
    // Whoever may read the feed would be let in by it, and could say nothing.
    assertMayChat(caller);
    const speaker = {
      ...{ userId: caller.session.userId, endpoint: this.#origin.endpoint, wire: LOGIN_WIRE, isTold: true },
      subscribe: feed.subscribe.bind(feed, caller, { topic: CHAT_TOPIC, presence: false }),
      say: chat.say.bind(chat, caller),
    };
    return new ChatConnection(this.#socket, speaker, this.#context);
  }

  // Only while nobody is in: then it is the connection's to close.
  #close(reason?: AppError): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    if (this.#connection === undefined) closeWith(this.#socket, reason === undefined ? '' : lineOf(reason));
  }
}

// It is known when what came before it has been looked at.
function* lastLine(reader: LineReader): Generator<Line> {
  if (reader.hasBegun) yield reader.rest();
}
