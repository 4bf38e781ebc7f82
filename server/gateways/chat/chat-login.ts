import { password as passwordSchema } from '../../../protocol/credentials.js';
import { API_TOKEN_PREFIX, SESSION_TOKEN_PREFIX } from '../../../protocol/sessions.js';
import { AppError } from '../../errors/app-error.js';
import type { AccessService } from '../../features/accounts/access-service.js';
import type { LoginService } from '../../features/sessions/login-service.js';
import type { Caller, SessionService } from '../../features/sessions/session-service.js';
import type { CountTry } from '../gateway.js';
import type { Line } from '../line-reader.js';

/** Somebody who has logged in, until it leaves. */
export interface Entrant {
  readonly caller: Caller;
  /** Ends the session, where the login has made one. @throws AppError `database.…` */
  leave(): Promise<void>;
}

/** Lets somebody in by its first line: `USER PASSWORD`, or a token of whatever kind. @throws AppError */
export type LogIn = (line: Line, endpoint: string) => Promise<Entrant>;

/** The services behind it. */
export interface ChatLoginServices {
  readonly logins: Pick<LoginService, 'login' | 'logout'>;
  readonly sessions: Pick<SessionService, 'authorize'>;
  readonly access: Pick<AccessService, 'assert'>;
}

/** An e-mail address is the longest that names somebody. */
const MAX_NAME_CHARACTERS = 254;
const HINT = { field: 'login', reason: 'the first line is USER PASSWORD or a token' };
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Makes the login of the chat. */
export function createChatLogin({ logins, sessions }: ChatLoginServices, countTry: CountTry): LogIn {
  function callerOf(token: string, endpoint: string): Caller {
    return { session: sessions.authorize(token, endpoint), endpoint, door: 'chat' };
  }

  async function byPassword(name: string, password: string, endpoint: string): Promise<Entrant> {
    countTry(endpoint);
    const isPossible = name !== '' && name.length <= MAX_NAME_CHARACTERS;
    if (!isPossible || !passwordSchema.safeParse(password).success)
      throw new AppError('account.wrong_credentials');
    const origin = { endpoint, door: 'chat', client: 'chat', isForGood: true } as const;
    const { token } = await logins.login(name, password, origin);
    const caller = callerOf(token, endpoint);
    return { caller, leave: () => logins.logout(caller) };
  }

  return async (line, endpoint) => {
    const space = typeof line === 'string' ? line.indexOf(' ') : -1;
    if (typeof line === 'string' && space !== -1)
      return byPassword(line.slice(0, space), line.slice(space + 1), endpoint);
    if (typeof line !== 'string' || !isToken(line)) {
      countTry(endpoint);
      throw new AppError('request.invalid_field', { details: HINT });
    }
    return { caller: callerOf(line, endpoint), leave: () => Promise.resolve() };
  };
}

function isToken(line: string): boolean {
  return line.startsWith(SESSION_TOKEN_PREFIX) || line.startsWith(API_TOKEN_PREFIX) || JWT.test(line);
}
