import type { LoginAnswer, SessionView } from '../../../protocol/sessions.js';
import type { AuditDoor } from '../../../protocol/audit.js';
import type { Caller } from './session-service.js';

/** Where a login comes from. */
export interface LoginOrigin {
  readonly endpoint: string;
  readonly door: AuditDoor;
  /** What the client says it is; empty where it says nothing. */
  readonly client: string;
}

/** Logins by password, answered by an opaque token, and the sessions of one user. */
export interface LoginService {
  /**
   * Logs in by user name or e-mail address. Known and unknown ones cost the same time.
   *
   * @throws AppError `account.wrong_credentials`, `account.not_active`, `account.throttled`, `account.rate_limited`,
   *   `account.hashing_busy`, `session.too_many`
   */
  login(nameOrEmail: string, password: string, origin: LoginOrigin): Promise<LoginAnswer>;
  /** Whether a password is right, without a session. @throws AppError as {@link login} does, without its first */
  isRight(nameOrEmail: string, password: string, origin: LoginOrigin): Promise<boolean>;
  /** Ends the caller's own session. @throws AppError `session.needed` */
  logout(caller: Caller): Promise<void>;
  /** The live sessions of the caller, the latest used first. @throws AppError `session.needed` */
  list(caller: Caller): readonly SessionView[];
  /** Ends one of the caller's sessions. @throws AppError `session.needed`, `session.unknown` */
  end(caller: Caller, sessionId: string): Promise<void>;
  /** Ends all of the caller's sessions but the one that asks; answers how many. @throws AppError `session.needed` */
  endOthers(caller: Caller): Promise<number>;
}
