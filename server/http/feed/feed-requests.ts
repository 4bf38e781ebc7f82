import { CHAT_TOPIC, feedRequest, type FeedAnswer, type FeedRequest } from '../../../protocol/feed.js';
import { AppError } from '../../errors/app-error.js';
import type { ErrorCode } from '../../errors/error-table.js';
import type { ChatService } from '../../features/chat/chat-service.js';
import type { Subscription } from '../../features/feed/feed-service.js';
import { messageTooLong, type MessageService } from '../../features/messages/message-service.js';
import type { Caller } from '../../features/sessions/session-service.js';
import type { LoopTurns } from '../../net/loop-turns.js';
import type { HeldPace } from '../../net/paces.js';
import { fieldText } from '../bodies/field-text.js';
import { assertShape } from '../bodies/json-shape.js';
import { parseFields, type Fields } from '../bodies/parse-fields.js';
import { parseJsonObject } from '../bodies/request-body.js';

/** How many messages of one client may be on their way to the disk. */
const MOST_UNDER_WAY = 64;
const MOST_ID_CHARACTERS = 64;
const NO_OBJECT: ReadonlySet<ErrorCode> = new Set(['request.invalid_json', 'request.not_an_object']);
/** More than there is of a request that is not its message. */
const FIELDS_BYTES = 1024;
/** How much is looked at for the id of what cannot be parsed, in bytes. */
const LOOKED_AT = 256;
const ID_AT_BEGIN = /^\s*\{[^{}[\]\\]*?"id"\s*:\s*"([^"\\\p{Cc}]*)"/u;

/** What serves the requests of one client, and what it is told. */
export interface RequestSurroundings {
  readonly caller: Caller;
  readonly subscription: Subscription;
  readonly chat: Pick<ChatService, 'say'>;
  readonly messages: Pick<MessageService, 'send'>;
  /** Let go of at the end. */
  readonly pace: HeldPace;
  readonly limits: { readonly maxJsonDepth: number; readonly maxMessageBytes: number };
  /** Shared with the others: nobody keeps them from being heard for long. */
  readonly turns: LoopTurns;
  /** Notes a refusal, and answers what is told of it. */
  readonly refuse: (error: unknown) => AppError;
  readonly answer: (answer: FeedAnswer) => void;
  /** Whether so much waits to be read by the client that it gets no further answers now. */
  readonly isUnread: () => boolean;
  /** Told whether more may come, whenever that changes. */
  readonly onReady: (isReady: boolean) => void;
}

/**
 * Serves what one client sends over its WebSocket: several at once, no faster than its pace, and each answered when it is
 * durable. What comes while it has to wait is kept here: no more than one reading of the socket brings.
 */
export class FeedRequests {
  readonly #around: RequestSurroundings;
  readonly #waiting: Buffer[] = [];
  #underWay = 0;
  #timer: NodeJS.Timeout | undefined;
  #wasReady = true;
  #waitsForTurn = false;
  #hasEnded = false;

  constructor(around: RequestSurroundings) {
    this.#around = around;
    this.#hold(around.pace.pace.waitMs);
  }

  /** Takes a request: its bytes as they came. */
  take(bytes: Buffer): void {
    this.#waiting.push(bytes);
    this.goOn();
  }

  /** Looks whether it can go on: to be called when the client has read. */
  goOn(): void {
    while (this.#isReady) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#begin(next);
    }
    if (this.#wasReady === this.#isReady || this.#hasEnded) return;
    this.#wasReady = this.#isReady;
    this.#around.onReady(this.#wasReady);
  }

  /** Begins nothing more, and answers nothing. What is under way is stored. */
  end(): void {
    this.#hasEnded = true;
    this.#waiting.length = 0;
    clearTimeout(this.#timer);
    this.#around.pace[Symbol.dispose]();
  }

  get #isReady(): boolean {
    const isHeldUp = this.#timer !== undefined || this.#waitsForTurn || this.#underWay >= MOST_UNDER_WAY;
    return !isHeldUp && !this.#hasEnded && !this.#around.isUnread();
  }

  #begin(bytes: Buffer): void {
    this.#underWay += 1;
    this.#hold(this.#around.pace.pace.take());
    void this.#serveInTurn(bytes).then((answer) => {
      this.#underWay -= 1;
      if (answer === undefined || this.#hasEnded) return;
      this.#around.answer(answer);
      this.goOn();
    });
  }

  #hold(waitMs: number): void {
    if (waitMs === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.goOn();
    }, waitMs);
  }

  // Whatever else has come waits behind it.
  #serveInTurn(bytes: Buffer): Promise<FeedAnswer | undefined> {
    this.#waitsForTurn = true;
    let isAtOnce = true;
    const served = this.#around.turns.run<FeedAnswer | undefined>(async () => {
      this.#waitsForTurn = false;
      if (this.#hasEnded) return undefined;
      const answer = this.#serve(bytes);
      if (!isAtOnce) this.goOn();
      return answer;
    });
    isAtOnce = false;
    return served;
  }

  async #serve(bytes: Buffer): Promise<FeedAnswer> {
    let fields: Fields | undefined;
    try {
      fields = this.#fieldsIn(bytes);
      const request = parseFields(feedRequest, fields);
      return { type: 'ack', id: request.id, seq: await this.#store(request, bytes) };
    } catch (error) {
      const { code, message, kind } = this.#around.refuse(error);
      const id = fields === undefined ? idAtBegin(bytes) : idOf(fields);
      return { type: 'refused', id, code, detail: message, retryable: kind.isRetryable };
    }
  }

  // What is refused of it is no body here.
  #fieldsIn(bytes: Buffer): Fields {
    const { maxJsonDepth, maxMessageBytes } = this.#around.limits;
    assertShape(bytes, {
      maxDepth: maxJsonDepth,
      maxBytes: maxMessageBytes + FIELDS_BYTES,
      tooLong: () => messageTooLong(maxMessageBytes),
    });
    try {
      return parseJsonObject(bytes, maxJsonDepth);
    } catch (error) {
      const isNoObject = error instanceof AppError && NO_OBJECT.has(error.code);
      throw isNoObject ? invalid('frame', 'must be a JSON object') : error;
    }
  }

  #store({ message, topic, time }: FeedRequest, bytes: Buffer): Promise<number | null> {
    const { caller, subscription, chat, messages, limits } = this.#around;
    if (topic !== CHAT_TOPIC) {
      const json = fieldText(bytes, 'message', limits.maxJsonDepth);
      return messages.send(caller, { message, json, topic, time });
    }
    if (typeof message !== 'string') throw invalid('message', 'must be a string where the topic is chat');
    if (time !== undefined) throw invalid('time', 'does not go with the topic chat');
    return chat.say(caller, message, subscription);
  }
}

function invalid(field: string, reason: string): AppError {
  return new AppError('request.invalid_field', { details: { field, reason } });
}

// Of a request that is refused: whoever sent it may find it by that.
function idOf({ id }: Fields): string | null {
  return typeof id === 'string' && id !== '' && id.length <= MOST_ID_CHARACTERS ? id : null;
}

// Where nothing has been made of it: before anything else that could have an id.
function idAtBegin(bytes: Buffer): string | null {
  const [, text] = ID_AT_BEGIN.exec(bytes.toString('utf8', 0, LOOKED_AT)) ?? [];
  return text === undefined ? null : idOf({ id: text });
}
