import { type LoginAnswer, SESSION_TOKEN_PREFIX } from '../../protocol/sessions.js';
import { userNameKey } from '../../protocol/user-name.js';
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

/** Gets a new token by the client's certificate alone; undefined where the server wants the password. Rejects as {@link LogIn} does. */
export type LogInByCertificate = (user: string) => Promise<string | undefined>;

/** Logs in by the certificate, to a login session. */
export function logInToSessionByCertificate(openAccounts: () => AccountsApi): LogInByCertificate {
  return (user) =>
    knownOutcome(async () => {
      using accounts = openAccounts();
      return (await loginByCertificate(accounts, user))?.token;
    });
}

/**
 * Opens a session by the client's certificate alone.
 *
 * @param wanted - whom it has to be of, by name or e-mail address; undefined where that is for the certificate to say
 * @returns undefined where the server wants the password, or knows nothing of certificates
 * @throws GatherError where it refuses the certificate; `not_permitted` where the certificate is of another
 */
export async function loginByCertificate(
  accounts: AccountsApi,
  wanted: string | undefined,
): Promise<LoginAnswer | undefined> {
  let answer: LoginAnswer;
  try {
    answer = await accounts.loginByCertificate();
  } catch (error) {
    if (wantsPassword(error)) return undefined;
    throw error;
  }
  const { username, email } = answer.user;
  const isOther = wanted !== undefined && ![username, email].map(userNameKey).includes(userNameKey(wanted));
  if (!isOther) return answer;
  await accounts.logout(answer.token);
  throw new GatherError('not_permitted', `The certificate is of ${username}, not of ${wanted}`);
}

function wantsPassword(error: unknown): boolean {
  if (!(error instanceof GatherError)) return false;
  if (error.status === 404 || error.status === 405) return true;
  const { code = '', detail = '' } = error.problem ?? {};
  // Also where the door does not ask for a certificate.
  return (
    code === 'certificate.password_needed' ||
    (code === 'certificate.refused' && /\bnone is asked for\b/.test(detail))
  );
}

// What is unknown is the login. Of what was to follow it is known: it was not sent.
async function knownOutcome<Token>(logIn: () => Promise<Token>): Promise<Token> {
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
