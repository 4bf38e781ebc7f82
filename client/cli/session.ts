import type { GatherError } from '../api/gather-error.js';
import { isTokenRefused } from '../api/token-refused.js';
import { CliError } from './cli-error.js';
import type { LogIn, LogInByCertificate } from './log-in.js';
import type { ConfigStore, RememberedTls, TokenOwner } from './settings/config-store.js';
import { isExpired } from './settings/token-expiry.js';

export interface SessionOptions {
  readonly logIn: LogIn;
  /** Undefined where the client has no certificate. */
  readonly logInByCertificate?: LogInByCertificate | undefined;
  readonly owner: TokenOwner;
  readonly store: ConfigStore;
  /** What the server is known by, to be remembered with it. */
  readonly tls?: RememberedTls | undefined;
  /** A token from the environment; it goes before the remembered one. */
  readonly givenToken: string | undefined;
  /** The password that is at hand; undefined where there is none. */
  readonly password: string | undefined;
  readonly now: () => number;
  /** Told about what went wrong without stopping the command. */
  readonly warn: (text: string) => void;
}

/**
 * A user's session at a server: finds the token, and where a password is at hand, or a certificate that is enough, gets a new
 * one when there is none, when it has expired, or when the server no longer accepts it. A server and user that work are remembered.
 */
export class Session {
  readonly #options: SessionOptions;
  #token: string | undefined;
  #isRemembered = false;
  /** The login that is under way. */
  #renewal: Promise<string> | undefined;

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
   * stores nothing twice: what is refused was not stored. Actions at the same time share the login.
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
      return action(await this.#tokenAfter(token, error));
    }
  }

  async #currentToken(): Promise<string> {
    const { password, now } = this.#options;
    const token = this.#token;
    if (password === undefined) {
      // Expired or not is for the server to say, whose clock decides.
      const reason = 'There is no token for this user and server';
      return token ?? this.#renewed(() => this.#logInByCertificate(reason));
    }
    const isUsable = token !== undefined && !isExpired(token, now());
    return isUsable ? token : this.#renewed(() => this.#logIn(password));
  }

  async #tokenAfter(refused: string, error: GatherError): Promise<string> {
    // Another action has been there.
    if (this.#token !== undefined && this.#token !== refused) return this.#token;
    const { password } = this.#options;
    return this.#renewed(() =>
      password === undefined ? this.#logInByCertificate(error.message, error) : this.#logIn(password),
    );
  }

  #renewed(logIn: () => Promise<string>): Promise<string> {
    this.#renewal ??= logIn().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #logIn(password: string): Promise<string> {
    const { logIn, owner } = this.#options;
    return this.#take(await logIn(owner.user, password, this.#token));
  }

  async #logInByCertificate(reason: string, cause?: GatherError): Promise<string> {
    const { logInByCertificate, owner } = this.#options;
    const token = await logInByCertificate?.(owner.user);
    if (token === undefined) throw noPassword(reason, cause);
    return this.#take(token);
  }

  async #take(token: string): Promise<string> {
    this.#token = token;
    await this.#remember('server, user and token', token);
    return token;
  }

  // The message matters more than the memory: a read-only home must not keep it from being sent.
  async #remember(what: string, token?: string): Promise<void> {
    const { owner, store, tls, warn } = this.#options;
    this.#isRemembered = true;
    try {
      if (token !== undefined) await store.saveToken(owner, token);
      await store.saveDefaults(owner, tls);
    } catch (error) {
      warn(`The ${what} are not remembered: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function noPassword(reason: string, cause?: GatherError): CliError {
  const hint =
    'Run "gather login", or "gather identify" and "gather authenticate", or give --password-file or GATHER_PASSWORD';
  const kind = cause === undefined ? 'not_authenticated' : cause.kind;
  return new CliError('notPermitted', kind, `${reason}. ${hint}`, { cause });
}
