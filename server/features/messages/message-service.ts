import type { MessageLog } from '../../dump/commit/dump-writer.js';
import { AppError } from '../../errors/app-error.js';
import type { SessionService } from '../sessions/session-service.js';

/** What became of a MESSAGE. */
export interface Receipt {
  readonly userName: string;
  /** Whether it was the logout of its session. */
  readonly isLogout: boolean;
}

/** Takes messages of authenticated users and stores them. */
export interface MessageService {
  /**
   * Stores a message, or several, all of them or none, and resolves when they are durable. The lone text `logout`,
   * or an empty one, ends the session and is stored as `logout`.
   *
   * @throws AppError `token.invalid`, `session.not_identified`, `request.invalid_field` over a limit, `dump.…`
   */
  receive(token: string, message: string | readonly string[], endpoint: string): Promise<Receipt>;
}

/**
 * Makes the service of messages.
 *
 * @param limits - the largest message in bytes of UTF-8, and the most messages at once
 */
export function createMessageService(
  sessions: SessionService,
  log: MessageLog,
  limits: { maxMessageBytes: number; maxMessages: number },
): MessageService {
  async function receive(token: string, message: string | readonly string[], endpoint: string) {
    const session = sessions.authorize(token, endpoint);
    const source = { user: session.userName, endpoint };
    if (message === '' || message === 'logout') {
      const hasEnded = await sessions.end(session, () => log.append({ ...source, messages: ['logout'] }));
      if (!hasEnded) throw new AppError('session.not_identified');
      return { userName: session.userName, isLogout: true };
    }
    const messages = typeof message === 'string' ? [message] : message;
    assertWithinLimits(messages);
    await log.append({ ...source, messages });
    return { userName: session.userName, isLogout: false };
  }

  function assertWithinLimits(messages: readonly string[]): void {
    if (messages.length > limits.maxMessages)
      throw overLimit(`at most ${String(limits.maxMessages)} at once`);
    // A UTF-16 unit is at most three bytes of UTF-8: most messages need no counting.
    const isOver = (text: string) =>
      text.length * 3 > limits.maxMessageBytes && Buffer.byteLength(text) > limits.maxMessageBytes;
    if (messages.some(isOver))
      throw overLimit(`a message has at most ${String(limits.maxMessageBytes)} bytes`);
  }

  return { receive };
}

function overLimit(reason: string): AppError {
  return new AppError('request.invalid_field', { details: { field: 'message', reason } });
}
