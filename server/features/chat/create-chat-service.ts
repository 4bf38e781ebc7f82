import { ANONYMOUS, CHAT_TOPIC } from '../../../protocol/feed.js';
import { messageList } from '../../dump/message-list.js';
import type { Batch, MessageLog } from '../../dump/message-log.js';
import { AppError } from '../../errors/app-error.js';
import type { AccessService } from '../accounts/access-service.js';
import type { PassingEvent } from '../feed/feed-service.js';
import { assertMessageFits } from '../messages/message-service.js';
import type { SessionService } from '../sessions/session-service.js';
import type { ChatPlace, ChatService } from './chat-service.js';

/** What the chat needs. */
export interface ChatServiceDeps {
  readonly log: Pick<MessageLog, 'append'>;
  readonly sessions: Pick<SessionService, 'assertLive'>;
  readonly access: Pick<AccessService, 'assert'>;
  readonly limits: { readonly maxMessageBytes: number };
  /** Whether what is said is appended to the dump; else it only goes out on the feed. */
  readonly isRecorded: boolean;
  /** Puts something on the feed that is not recorded. @param origin - the connection that is not told of it */
  readonly announce: (event: PassingEvent, origin?: object) => void;
  readonly clock: () => Date;
}

/** Who says something: what of a batch tells that. */
type Speaker = Pick<Batch, 'user' | 'owner' | 'endpoint'>;

/** Makes the service of the chat. Messages of one origin are stored and go out in the order of the calls. */
export function createChatService(deps: ChatServiceDeps): ChatService {
  const { log, sessions, access, limits, isRecorded, announce, clock } = deps;

  function assertSayable(text: string): void {
    if (text === '')
      throw new AppError('request.invalid_field', {
        details: { field: 'message', reason: 'must not be empty' },
      });
    assertMessageFits(text, limits.maxMessageBytes);
  }

  async function say(speaker: Speaker, text: string, origin: object | undefined): Promise<ChatPlace> {
    if (isRecorded) {
      const batch = Object.assign(speaker, { messages: messageList([text], { topic: CHAT_TOPIC }), origin });
      return (await log.append(batch)).last;
    }
    const { user, endpoint } = speaker;
    const record = { at: clock().toISOString(), user, endpoint, message: text, topic: CHAT_TOPIC };
    announce({ type: 'unrecorded', record }, origin);
    return null;
  }

  return {
    say: async (caller, text, origin) => {
      const { session, endpoint } = caller;
      sessions.assertLive(session);
      access.assert(caller, 'chat');
      assertSayable(text);
      const speaker = {
        // How somebody is called may change until it is written.
        get user() {
          return session.userName;
        },
        owner: session.userId,
        endpoint,
      };
      return say(speaker, text, origin?.origin);
    },
    sayAnonymously: async (endpoint, text, origin) => {
      assertSayable(text);
      return say({ user: ANONYMOUS, endpoint }, text, origin.origin);
    },
  };
}
