import type { GatherApi } from '../api/gather-api.js';
import { GatherError } from '../api/gather-error.js';
import { CliError } from './cli-error.js';
import type { ConfigStore, TokenOwner } from './settings/config-store.js';
import { isExpired } from './settings/token-expiry.js';

export interface SessionOptions {
  readonly api: GatherApi;
  readonly owner: TokenOwner;
  readonly store: ConfigStore;
  /** A token from the environment; it goes before the remembered one. */
  readonly givenToken: string | undefined;
  /** The password that is at hand; undefined where there is none. */
  readonly password: string | undefined;
  readonly now: () => number;
  /** Told about what went wrong without stopping the command. */
  readonly warn: (text: string) => void;
}

/**
 * A user's session at a server: finds the token, and where a password is at hand, gets a new one when there is none,
 * when it has expired, or when the server no longer accepts it. A server and user that work are remembered.
 */
export class Session {
  readonly #options: SessionOptions;
  #token: string | undefined;
  #isRemembered = false;

  private constructor(options: SessionOptions, token: string | undefined) {
    this.#options = options;
    this.#token = token;
  }

  /** Starts from the token that is given or remembered. Rejects with exit code 78 where the store is damaged. */
  static async open(options: SessionOptions): Promise<Session> {
    return new Session(options, options.givenToken ?? (await options.store.loadToken(options.owner)));
  }

  /**
   * Does something that needs a token. A refusal of the token is answered by one new login and one repetition, which
   * stores nothing twice: what is refused was not stored.
   */
  async withToken<T>(action: (token: string) => Promise<T>): Promise<T> {
    const outcome = await this.#tryTwice(action);
    if (!this.#isRemembered) await this.#remember('server and user');
    return outcome;
  }

  async #tryTwice<T>(action: (token: string) => Promise<T>): Promise<T> {
    const token = await this.#currentToken();
    try {
      return await action(token);
    } catch (error) {
      if (!isTokenRefused(error)) throw error;
      if (this.#options.password === undefined) throw noPassword(error.message, error);
      return action(await this.#logIn(this.#options.password));
    }
  }

  async #currentToken(): Promise<string> {
    const { password, now } = this.#options;
    const token = this.#token;
    if (password === undefined) {
      if (token === undefined) throw noPassword('There is no token for this user and server');
      // Expired or not is for the server to say, whose clock decides.
      return token;
    }
    return token === undefined || isExpired(token, now()) ? this.#logIn(password) : token;
  }

  async #logIn(password: string): Promise<string> {
    const { api, owner } = this.#options;
    const token = await authenticated(api, owner.user, password);
    this.#token = token;
    await this.#remember('server, user and token', token);
    return token;
  }

  // The message matters more than the memory: a read-only home must not keep it from being sent.
  async #remember(what: string, token?: string): Promise<void> {
    const { owner, store, warn } = this.#options;
    this.#isRemembered = true;
    try {
      if (token !== undefined) await store.saveToken(owner, token);
      await store.saveDefaults(owner);
    } catch (error) {
      warn(`The ${what} are not remembered: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

async function authenticated(api: GatherApi, user: string, password: string): Promise<string> {
  try {
    await api.identify(user);
    return (await api.authenticate(user, password)).token;
  } catch (error) {
    if (!(error instanceof GatherError) || error.kind !== 'unknown_outcome') throw error;
    // What is unknown is the login. Of the message it is known: it was not sent.
    const kind = error.status === undefined ? 'unreachable' : 'refused';
    const { status } = error;
    throw new GatherError(kind, `The login failed and nothing was sent. ${error.message}`, {
      status,
      canRetry: status === undefined,
      cause: error,
    });
  }
}

/**
 * Whether an answer to a message says that the token is of no use (any more): 401, or the 403 of contract 1 that asks to
 * identify.
 */
export function isTokenRefused(error: unknown): error is GatherError {
  if (!(error instanceof GatherError)) return false;
  return error.status === 401 || (error.status === 403 && error.message.startsWith('Please identify'));
}

function noPassword(reason: string, cause?: GatherError): CliError {
  const hint = 'Run "gather identify" and "gather authenticate", or give --password-file or GATHER_PASSWORD';
  const kind = cause === undefined ? 'not_authenticated' : cause.kind;
  return new CliError('notPermitted', kind, `${reason}. ${hint}`, { cause });
}
