import type { JsonValue } from '../../../protocol/json-value.js';
import { CHAT_TOPIC } from '../../../protocol/feed.js';
import {
  SPAN_STRIDE,
  type Batch,
  type Committed,
  type MessageList,
  type MessageLog,
  type ProducerNumbers,
} from '../../dump/message-log.js';
import { messageList, messageListOfJson } from '../../dump/message-list.js';
import { AppError } from '../../errors/app-error.js';
import { actorOf, type AccessService } from '../accounts/access-service.js';
import type { AuditService } from '../audit/audit-service.js';
import { assertCertified } from '../certificates/certificate-service.js';
import type { Caller, Session, SessionService } from '../sessions/session-service.js';

/** What became of a MESSAGE. */
export interface Receipt {
  readonly userName: string;
  /** Whether it was the logout of its session. */
  readonly isLogout: boolean;
}

/** A MESSAGE of contract 1. */
export interface GatheredMessage {
  readonly token: string;
  readonly messages: MessageList;
  /** Whether it ends its session. */
  readonly isLogout: boolean;
  readonly producer?: ProducerNumbers | undefined;
}

/** One message, with what may stand beside it. */
export interface SentMessage {
  readonly message: JsonValue;
  /** The message as its sender wrote it: so it is stored where it is no text. */
  readonly json?: string | undefined;
  /** As `TOPIC` and `TIME` of the protocol have them. */
  readonly topic?: string | undefined;
  readonly time?: string | undefined;
}

/** Takes the messages of one stream, in order. */
export interface MessageSink {
  /** Resolves when messages have room: to be held while they are given to {@link store}. */
  room(messages: MessageList): Promise<Disposable>;
  /**
   * Stores the next messages, all of them or none. Several may be on their way; when one has failed, so do all behind it.
   *
   * @throws AppError `token.invalid`, `session.not_identified` when the session has ended meanwhile,
   *   `permission.missing` when the permission has, `producer.…`, `dump.…`
   */
  store(messages: MessageList, producer: ProducerNumbers | undefined): Promise<Committed>;
}

/** Takes messages of authenticated users and stores them. */
export interface MessageService {
  /**
   * Stores a message, or several, all of them or none, and resolves when they are durable.
   *
   * @throws AppError `token.invalid`, `session.…`, `certificate.…`, `permission.missing`, `account.password_change_needed`,
   *   `request.invalid_field` over a limit, `producer.…`, `dump.…`
   */
  receive(message: GatheredMessage, origin: Pick<Caller, 'endpoint' | 'certificate'>): Promise<Receipt>;
  /**
   * Stores one message, whatever it holds, and resolves with its place in the dump when it is durable.
   *
   * @throws AppError as {@link receive}
   */
  send(caller: Caller, message: SentMessage): Promise<number>;
  /**
   * Begins a stream of messages, whatever they hold.
   *
   * @throws AppError `permission.missing`, `account.password_change_needed`
   */
  openStream(caller: Caller): MessageSink;
}

/** Makes the service of messages. */
export function createMessageService(
  sessions: Pick<SessionService, 'authorize' | 'assertLive' | 'end'>,
  access: Pick<AccessService, 'assert' | 'may'>,
  audit: Pick<AuditService, 'note'>,
  log: MessageLog,
  limits: MessageLimits,
): MessageService {
  async function receive(
    { token, messages, isLogout, producer }: GatheredMessage,
    { endpoint, certificate }: Pick<Caller, 'endpoint' | 'certificate'>,
  ) {
    const session = sessions.authorize(token, endpoint);
    const caller: Caller = { session, endpoint, door: 'gather', certificate };
    assertCertified(caller);
    // Whoever is in gets out, whatever it may do besides; an API token stays.
    if (!isLogout || session.kind === 'api') access.assert(caller, 'messages:write');
    assertMayChat(caller, messages);
    assertWithinLimits(messages, limits);
    const batch = batchOf(session, { endpoint, messages, producer });
    if (!isLogout) await log.append(batch);
    else if (!(await sessions.end(session, () => log.append(batch))))
      throw new AppError('session.not_identified');
    if (isLogout) audit.note({ action: 'logout', actor: actorOf(caller) });
    return { userName: session.userName, isLogout };
  }

  async function send(caller: Caller, { message, json, ...fields }: SentMessage): Promise<number> {
    const { session, endpoint } = caller;
    sessions.assertLive(session);
    assertCertified(caller);
    access.assert(caller, 'messages:write');
    const isAsSent = json !== undefined && typeof message !== 'string';
    const messages = isAsSent ? messageListOfJson(json, fields) : messageList([message], fields);
    assertMayChat(caller, messages);
    assertWithinLimits(messages, limits);
    return (await log.append(batchOf(session, { endpoint, messages }))).last;
  }

  function openStream(caller: Caller): MessageSink {
    const { session, endpoint } = caller;
    access.assert(caller, 'messages:write');
    const stream = { hasFailed: false };
    return {
      room: (messages) => log.room(messages),
      store: async (messages, producer) => {
        sessions.assertLive(session);
        assertCertified(caller);
        access.assert(caller, 'messages:write');
        assertMayChat(caller, messages);
        return log.append(batchOf(session, { endpoint, messages, stream, producer }));
      },
    };
  }

  // Messages are looked through only where somebody may not chat.
  function assertMayChat(caller: Caller, messages: MessageList): void {
    if (!access.may(caller, 'chat') && isSaidInChat(messages)) access.assert(caller, 'chat');
  }

  return { receive, send, openStream };
}

/** The largest message in bytes of UTF-8, and the most messages at once. */
interface MessageLimits {
  readonly maxMessageBytes: number;
  readonly maxMessages: number;
}

function assertWithinLimits({ count, bytes, spans }: MessageList, limits: MessageLimits): void {
  if (count > limits.maxMessages) throw overLimit(`at most ${String(limits.maxMessages)} at once`);
  for (let base = 0; base < count * SPAN_STRIDE; base += SPAN_STRIDE) {
    const begin = spans[base] ?? 0;
    const end = spans[base + 1] ?? 0;
    // A text is no longer than what it stands as: most messages need no counting.
    if (end - begin - 2 <= limits.maxMessageBytes) continue;
    const json = Buffer.from(bytes.subarray(begin, end)).toString('utf8');
    const message: unknown = JSON.parse(json);
    assertMessageFits(typeof message === 'string' ? message : json, limits.maxMessageBytes);
  }
}

// Whose it is stays, how that one is called may change until it is written: by then the old name may be somebody else's.
function batchOf(session: Session, content: Omit<Batch, 'user' | 'owner'>): Batch {
  return {
    ...content,
    owner: session.userId,
    get user() {
      return session.userName;
    },
  };
}

function isSaidInChat({ count, bytes, spans }: MessageList): boolean {
  for (let base = 0; base < count * SPAN_STRIDE; base += SPAN_STRIDE) {
    const [begin, end] = [spans[base + 2] ?? 0, spans[base + 3] ?? 0];
    if (begin === end) continue;
    if (JSON.parse(Buffer.from(bytes.subarray(begin, end)).toString('utf8')) === CHAT_TOPIC) return true;
  }
  return false;
}

/** Refuses a text that is too long for a message. @throws AppError `request.invalid_field` */
export function assertMessageFits(text: string, maxBytes: number): void {
  if (Buffer.byteLength(text) > maxBytes) throw messageTooLong(maxBytes);
}

/** The error of a message that is longer than it may be. */
export function messageTooLong(maxBytes: number): AppError {
  return overLimit(`a message has at most ${String(maxBytes)} bytes`);
}

function overLimit(reason: string): AppError {
  return new AppError('request.invalid_field', { details: { field: 'message', reason } });
}
