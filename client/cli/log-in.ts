import { SESSION_TOKEN_PREFIX } from '../../protocol/sessions.js';
import type { AccountsApi } from '../api/accounts/accounts-api.js';
import type { GatherApi } from '../api/gather-api.js';
import { GatherError } from '../api/gather-error.js';

/**
 * Gets a new token by user name and password, instead of the one before it where there was one. Rejects with a GatherError
 * from which it is clear that nothing but the login was tried.
 */
export type LogIn = (user: string, password: string, previous: string | undefined) => Promise<string>;

/** Logs in by IDENTIFY and AUTHENTICATE; and where the token before was that of a login session, to another one of these. */
export function logInAsBefore(api: GatherApi, openAccounts: () => AccountsApi): LogIn {
  return (user, password, previous) => {
    if (previous?.startsWith(SESSION_TOKEN_PREFIX) !== true) {
      return knownOutcome(async () => {
        await api.identify(user);
        return (await api.authenticate(user, password)).token;
      });
    }
    return knownOutcome(async () => {
      using accounts = openAccounts();
      return (await accounts.login(user, password)).token;
    });
  };
}

/** Logs in to a login session, whatever the token before was: unlike IDENTIFY, this makes no new user of a mistyped name. */
export function logInToSession(accounts: AccountsApi): LogIn {
  return (user, password) => knownOutcome(async () => (await accounts.login(user, password)).token);
}

// What is unknown is the login. Of what was to follow it is known: it was not sent.
async function knownOutcome(logIn: () => Promise<string>): Promise<string> {
  try {
    return await logIn();
  } catch (error) {
    if (!(error instanceof GatherError) || error.kind !== 'unknown_outcome') throw error;
    const kind = error.status === undefined ? 'unreachable' : 'refused';
    const { status } = error;
    throw new GatherError(kind, `The login failed and nothing was sent. ${error.message}`, {
      status,
      canRetry: status === undefined,
      cause: error,
    });
  }
}
