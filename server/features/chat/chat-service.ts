import type { Subscription } from '../feed/feed-service.js';
import type { Caller } from '../sessions/session-service.js';

/** Where a chat message stands in the dump, durably; null where chat is not recorded. */
export type ChatPlace = number | null;

/** Takes chat messages: each is a gathered message with the topic `chat`, and goes out on the feed. */
export interface ChatService {
  /**
   * Says something.
   *
   * @param origin - the connection that it came through, if it hears what others say
   * @throws AppError `permission.missing`, `account.password_change_needed`, `session.…`, `token.invalid`,
   *   `request.invalid_field` where it is empty or too long, `chat.rate_limited`, `dump.…`
   */
  say(caller: Caller, text: string, origin?: Subscription): Promise<ChatPlace>;
  /** The same of one without an account, whose name is `anonymous`. @throws AppError as {@link say} */
  sayAnonymously(endpoint: string, text: string, origin: Subscription): Promise<ChatPlace>;
}
