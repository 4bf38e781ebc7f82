import { CHAT_TOPIC, feedRequest, type FeedAnswer, type FeedRequest } from '../../../protocol/feed.js';
import { AppError } from '../../errors/app-error.js';
import type { ErrorCode } from '../../errors/error-table.js';
import type { ChatService } from '../../features/chat/chat-service.js';
import type { Subscription } from '../../features/feed/feed-service.js';
import type { MessageService } from '../../features/messages/message-service.js';
import type { Caller } from '../../features/sessions/session-service.js';
import type { Pace } from '../../net/pace.js';
import { fieldText } from '../bodies/field-text.js';
import { parseFields, type Fields } from '../bodies/parse-fields.js';
import { parseJsonObject } from '../bodies/request-body.js';

/** How many messages of one client may be on their way to the disk. */
const MOST_UNDER_WAY = 64;
const MOST_ID_CHARACTERS = 64;
const NO_OBJECT: ReadonlySet<ErrorCode> = new Set(['request.invalid_json', 'request.not_an_object']);

/** What serves the requests of one client, and what it is told. */
export interface RequestSurroundings {
  readonly caller: Caller;
  readonly subscription: Subscription;
  readonly chat: Pick<ChatService, 'say'>;
  readonly messages: Pick<MessageService, 'send'>;
  readonly pace: Pace;
  readonly maxJsonDepth: number;
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
  #hasEnded = false;

  constructor(around: RequestSurroundings) {
    this.#around = around;
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
  }

  get #isReady(): boolean {
    const isHeldUp = this.#timer !== undefined || this.#underWay >= MOST_UNDER_WAY;
    return !isHeldUp && !this.#hasEnded && !this.#around.isUnread();
  }

  #begin(bytes: Buffer): void {
    this.#underWay += 1;
    const wait = this.#around.pace.take();
    if (wait > 0)
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.goOn();
      }, wait);
    void this.#serve(bytes).then((answer) => {
      this.#underWay -= 1;
      if (this.#hasEnded) return;
      this.#around.answer(answer);
      this.goOn();
    });
  }

  async #serve(bytes: Buffer): Promise<FeedAnswer> {
    try {
      const request = parseFields(feedRequest, this.#fieldsIn(bytes));
      return { type: 'ack', id: request.id, seq: await this.#store(request, bytes) };
    } catch (error) {
      const { code, message, kind } = this.#around.refuse(error);
      return { type: 'refused', id: idIn(bytes), code, detail: message, retryable: kind.isRetryable };
    }
  }

  // What is refused of it is no body here.
  #fieldsIn(bytes: Buffer): Fields {
    try {
      return parseJsonObject(bytes, this.#around.maxJsonDepth);
    } catch (error) {
      const isNoObject = error instanceof AppError && NO_OBJECT.has(error.code);
      throw isNoObject ? invalid('frame', 'must be a JSON object') : error;
    }
  }

  #store({ message, topic, time }: FeedRequest, bytes: Buffer): Promise<number | null> {
    const { caller, subscription, chat, messages, maxJsonDepth } = this.#around;
    if (topic !== CHAT_TOPIC) {
      const json = fieldText(bytes, 'message', maxJsonDepth);
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
function idIn(bytes: Buffer): string | null {
  try {
    const { id } = JSON.parse(bytes.toString('utf8')) as { id?: unknown };
    return typeof id === 'string' && id !== '' && id.length <= MOST_ID_CHARACTERS ? id : null;
  } catch {
    return null;
  }
}
