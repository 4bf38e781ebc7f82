import { CONSOLE_HEADER } from '../../protocol/console.js';

/** The session in the cookie of the browser, which no script can read. */
export const BROWSER_SESSION = Symbol('the session in the browser’s cookie');

/** By what a request shows whose it is: a bearer token, or the browser's cookie. */
export type Credential = string | typeof BROWSER_SESSION;

/** The headers that a request shows it by. */
export function credentialHeaders(credential: Credential): Readonly<Record<string, string>> {
  return credential === BROWSER_SESSION
    ? { [CONSOLE_HEADER]: '1' }
    : { Authorization: `Bearer ${credential}` };
}
