import type { AuditDoor } from '../../../protocol/audit.js';
import type { SessionView } from '../../../protocol/sessions.js';
import type { AppError } from '../../errors/app-error.js';
import type { ClientCertificate } from '../../tls/client-certificate.js';
import type { Account } from '../accounts/account-service.js';
import type { OpaqueSession, Session } from './session-store.js';

export { NEVER, type OpaqueSession, type Session } from './session-store.js';

/** Whose request it is, where it comes from, and by which door. */
export interface Caller {
  readonly session: Session;
  readonly endpoint: string;
  readonly door: AuditDoor;
  /** Of the connection that is used, where one is asked for there. */
  readonly certificate?: ClientCertificate | undefined;
}

/** A token that is shown this once, and what it stands for. */
export interface IssuedToken {
  readonly token: string;
  readonly session: Session;
}

/** Sees whether sessions are revoked while something goes on. To be disposed of at its end. */
export interface RevocationWatch extends Disposable {
  /** Whether a session of a user, or one that is about to be opened, has been revoked since the watch began. */
  isRevoked(userId: string, sessionId?: string): boolean;
}

/**
 * The states of all users at their endpoints, their sessions and API tokens: held in memory, kept in the database.
 *
 * What has ended is good for nothing from then on, whatever the database does. The database follows, now or as soon as it can; only
 * where the process ends by a crash before that, a session lives again until its expiry.
 */
export interface SessionService extends AsyncDisposable {
  /** How many sessions there are; API tokens are none. */
  readonly count: number;
  /** Takes over what an earlier run kept. */
  load(): Promise<void>;
  /** Opens a handshake. @throws AppError `endpoint.too_many` */
  identify(account: Account, endpoint: string): Promise<void>;
  /** Whether AUTHENTICATE is accepted, and whether a password was right there before. */
  handshake(account: Account, endpoint: string): { isOpen: boolean; isProven: boolean };
  /** Whether a password was right at an endpoint before, by whatever door. */
  isProven(account: Pick<Account, 'id'>, endpoint: string): Promise<boolean>;
  /** Takes note of a right password by another door than the handshake's, which changes no state. */
  prove(account: Pick<Account, 'id'>, endpoint: string): Promise<void>;
  /**
   * Takes note of a wrong password, which changes no state.
   *
   * @throws AppError `session.not_identified` when the handshake has been closed
   */
  refusePassword(account: Account, endpoint: string): void;
  /**
   * Opens a session of a handshake and answers its token.
   *
   * @param client - what the client says it is
   * @throws AppError `session.not_identified` when the handshake has been closed, or sessions were revoked meanwhile;
   *   `session.too_many`, `account.not_active`
   */
  open(account: Account, endpoint: string, client?: string): Promise<string>;
  /**
   * Opens a login session.
   *
   * @throws AppError `session.too_many`, `account.not_active`, `session.invalid` when sessions were revoked meanwhile
   */
  openLogin(
    account: Account,
    origin: { readonly endpoint: string; readonly client: string },
  ): Promise<IssuedToken>;
  /** Makes an API token for who has a session. @param keep - stores it; what it throws is passed on */
  openApiToken(
    owner: Session,
    wanted: Pick<Session, 'expiresAt' | 'scopes'>,
    keep: (token: OpaqueSession) => Promise<void>,
  ): Promise<IssuedToken>;
  /** Revokes an API token at once; answers whether it was live. @param remove - removes it from where it is kept */
  endApiToken(userId: string, tokenId: string, remove: () => Promise<void>): Promise<boolean>;
  /**
   * The session or API token of a token, if it may be used from an endpoint. Does not wait for the database.
   *
   * @throws AppError `token.invalid`, `session.not_identified`; `session.invalid` for an opaque token
   */
  authorize(token: string, endpoint: string): Session;
  /**
   * Makes sure that a session still goes on.
   *
   * @throws AppError `token.invalid` when its time is over, `session.not_identified` when it was ended; `session.invalid`
   *   for a login or an API token
   */
  assertLive(session: Session): void;
  /** Why a session is good for nothing any more, as {@link assertLive} says it; undefined where it goes on. It is not used by this. */
  refusalOf(session: Session): AppError | undefined;
  /** Tells, from now on, whose sessions or API tokens have been ended; those whose time is over end untold. */
  watchEnds(onEnded: (userId: string) => void): void;
  /**
   * Ends a session at once. If it cannot be recorded the session goes on. An API token is not ended by its
   * bearer: there it is only recorded.
   *
   * @param record - stores what says that it has ended
   * @returns whether it was live
   */
  end(session: Session, record: () => Promise<unknown>): Promise<boolean>;
  /** Revokes all sessions of a user but one, at once; API tokens stay. Answers how many. */
  endAll(userId: string, exceptSessionId?: string): Promise<number>;
  /** Sees what is revoked from now on: for what reads an account and opens a session later. */
  watch(): RevocationWatch;
  /** The live sessions of a user, API tokens aside, the latest used first. */
  sessionsOf(userId: string): readonly Session[];
  /** The live sessions of everybody, API tokens aside, in no order. */
  live(): Iterable<Session>;
  /** Those of a user as they are shown. @param currentSessionId - of the one that asks */
  viewsOf(userId: string, currentSessionId: string): readonly SessionView[];
  /** The live API tokens of a user. */
  apiTokensOf(userId: string): readonly Session[];
  /** Lets the sessions and API tokens of a user go on under another name, those too that are being opened or ended. */
  rename(userId: string, name: Pick<Account, 'name' | 'nameSince'>): void;
  /** Forgets users that are no more, with all that was theirs. */
  forgetUsers(userIds: readonly string[]): void;
  /** Clears away what has expired, and keeps what was used. */
  sweep(): Promise<void>;
}
