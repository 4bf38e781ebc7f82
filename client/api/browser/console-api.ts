import {
  consoleFacts,
  type ConsoleFacts,
  cookieLoginAnswer,
  type CookieLoginAnswer,
} from '../../../protocol/console.js';
import { JsonRequests } from '../accounts/json-requests.js';
import { BROWSER_SESSION } from '../credential.js';
import type { RequestPort } from '../request-port.js';

/** What only a page asks. Each function rejects with a GatherError. */
export interface ConsoleApi {
  /** What has to be known before anybody has logged in. */
  facts(): Promise<ConsoleFacts>;
  /** Logs in with a user name or an e-mail address; the browser keeps the session in a cookie. */
  logIn(nameOrEmail: string, password: string): Promise<CookieLoginAnswer>;
}

/** Makes a page's requests against its server. */
export function createConsoleApi(port: RequestPort): ConsoleApi {
  const requests = new JsonRequests(port);
  return {
    facts: () => requests.ask(consoleFacts, { method: 'get', path: '/v1/console' }),
    logIn: (username, password) =>
      requests.ask(cookieLoginAnswer, {
        method: 'post',
        path: '/v1/sessions/cookie',
        credential: BROWSER_SESSION,
        body: { username, password },
      }),
  };
}
