import type { AuditDoor } from '../../../protocol/audit.js';
import type { LoginAnswer, SessionView } from '../../../protocol/sessions.js';
import { AppError } from '../../errors/app-error.js';
import { actorOf, type AccessService } from '../accounts/access-service.js';
import type { Account, AccountService, PasswordClaim } from '../accounts/account-service.js';
import type { AuditService } from '../audit/audit-service.js';
import type { Caller, SessionService } from './session-service.js';

/** Where a login comes from. */
export interface LoginOrigin {
  readonly endpoint: string;
  readonly door: AuditDoor;
  /** What the client says it is; empty where it says nothing. */
  readonly client: string;
  /** The serial number of the certificate that it comes with. */
  readonly certificate?: string | undefined;
  /**
   * Where wrong passwords are counted, where the endpoint does not tell who is asking: it is then never taken for a place
   * where a password was right.
   */
  readonly countedAt?: string | undefined;
  /** Where a password cannot be changed: one that was made for one login is then refused, and not used up. */
  readonly isForGood?: boolean | undefined;
}

/** Logins by password, answered by an opaque token, and the sessions of one user. */
export interface LoginService {
  /**
   * Logs in by user name or e-mail address. Known and unknown ones cost the same time.
   *
   * @throws AppError `account.wrong_credentials`, `account.not_active`, `account.throttled`, `account.rate_limited`,
   *   `account.hashing_busy`, `session.too_many`; `session.invalid` when all sessions were revoked meanwhile;
   *   `account.password_change_needed` for a right password that was made for one login, where it is not taken
   */
  login(nameOrEmail: string, password: string, origin: LoginOrigin): Promise<LoginAnswer>;
  /**
   * Whether a password is right, without a session.
   *
   * @throws AppError as {@link login} does, without its first; `account.password_change_needed` for a right one that was
   *   made for one login, which is not used up
   */
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

/** What the service of logins needs. */
export interface LoginServiceDeps {
  readonly accounts: Pick<
    AccountService,
    'findByLogin' | 'refuseUnknown' | 'checkPassword' | 'confirmPassword' | 'noteLogin'
  >;
  readonly sessions: SessionService;
  readonly access: Pick<AccessService, 'assertPerson'>;
  readonly audit: Pick<AuditService, 'append' | 'note'>;
}

/** Makes the service of logins. */
export function createLoginService(deps: LoginServiceDeps): LoginService {
  return new Logins(deps);
}

class Logins implements LoginService {
  readonly #deps: LoginServiceDeps;

  constructor(deps: LoginServiceDeps) {
    this.#deps = deps;
  }

  async login(nameOrEmail: string, password: string, origin: LoginOrigin): Promise<LoginAnswer> {
    const { accounts, sessions } = this.#deps;
    using watch = sessions.watch();
    return await this.#attempt(nameOrEmail, password, origin, async (account, claim) => {
      if (origin.isForGood === true) await this.#confirm(account, claim);
      else await accounts.checkPassword(account, claim);
      await this.#prove(account, origin);
      const user = await accounts.noteLogin(account);
      if (watch.isRevoked(account.id)) throw new AppError('session.invalid');
      const { token, session } = await sessions.openLogin(account, origin);
      return { token, expires_at: session.expiresAt.toISOString(), user };
    });
  }

  async isRight(nameOrEmail: string, password: string, origin: LoginOrigin): Promise<boolean> {
    try {
      await this.#attempt(nameOrEmail, password, origin, async (account, claim) => {
        await this.#confirm(account, claim);
        await this.#prove(account, origin);
      });
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'account.wrong_credentials') return false;
      throw error;
    }
  }

  async logout(caller: Caller): Promise<void> {
    const { access, sessions, audit } = this.#deps;
    access.assertPerson(caller);
    if (await sessions.end(caller.session, recordedElsewhere))
      await audit.append({ action: 'logout', actor: actorOf(caller) });
  }

  list(caller: Caller): readonly SessionView[] {
    this.#deps.access.assertPerson(caller);
    return this.#deps.sessions.viewsOf(caller.session.userId, caller.session.id);
  }

  async end(caller: Caller, sessionId: string): Promise<void> {
    const { access, sessions, audit } = this.#deps;
    access.assertPerson(caller);
    const session = sessions.sessionsOf(caller.session.userId).find(({ id }) => id === sessionId);
    if (session === undefined || !(await sessions.end(session, recordedElsewhere)))
      throw new AppError('session.unknown');
    const details = { ended: 1, kind: session.kind, of_endpoint: session.endpoint };
    await audit.append({ action: 'session.ended', actor: actorOf(caller), details });
  }

  async endOthers(caller: Caller): Promise<number> {
    const { access, sessions, audit } = this.#deps;
    access.assertPerson(caller);
    const ended = await sessions.endAll(caller.session.userId, caller.session.id);
    if (ended > 0)
      await audit.append({ action: 'session.ended', actor: actorOf(caller), details: { ended } });
    return ended;
  }

  // One for one login is not used up.
  async #confirm(account: Account, claim: PasswordClaim): Promise<void> {
    await this.#deps.accounts.confirmPassword(account, claim);
    if (account.status !== 'active') throw new AppError('account.not_active');
    if (account.oneTimeUntil !== null) throw new AppError('account.password_change_needed');
  }

  async #prove(account: Account, { endpoint, countedAt }: LoginOrigin): Promise<void> {
    if (countedAt === undefined) await this.#deps.sessions.prove(account, endpoint);
  }

  async #attempt<Result>(
    nameOrEmail: string,
    password: string,
    origin: LoginOrigin,
    login: (account: Account, claim: PasswordClaim) => Promise<Result>,
  ): Promise<Result> {
    const { accounts, sessions, audit } = this.#deps;
    const { endpoint, countedAt } = origin;
    const account = await accounts.findByLogin(nameOrEmail);
    // Looked up for nobody too, as it takes its time.
    const isProven = countedAt === undefined && (await sessions.isProven(account ?? { id: '' }, endpoint));
    const claim = { password, endpoint: countedAt ?? endpoint, isProven };
    try {
      if (account === undefined) return await accounts.refuseUnknown(nameOrEmail, claim);
      const result = await login(account, claim);
      noteLogin(audit, account, origin);
      return result;
    } catch (error) {
      const refusal = refusalOf(error);
      noteRefusedLogin(audit, account, origin, refusal);
      throw refusal;
    }
  }
}

const recordedElsewhere = () => Promise.resolve();

// What is wrong, name or password, is nobody's business; a user may also have been removed meanwhile.
function refusalOf(error: unknown): unknown {
  const isWrong =
    error instanceof AppError && ['account.wrong_password', 'account.not_found'].includes(error.code);
  return isWrong ? new AppError('account.wrong_credentials', { cause: error }) : error;
}

/** Notes a login, by whatever door. */
export function noteLogin(
  audit: Pick<AuditService, 'note'>,
  { id: userId, name }: Pick<Account, 'id' | 'name'>,
  { endpoint, door, client, certificate }: LoginOrigin,
): void {
  const actor = { userId, name, endpoint, door };
  const details = { ...(client === '' ? {} : { client }), ...named({ certificate }) };
  audit.note({ action: 'login', actor, ...(Object.keys(details).length === 0 ? {} : { details }) });
}

/**
 * Notes a login that was refused, where that is the caller's doing.
 *
 * @param claimed - the account whose password it was said to be; undefined where there is none. What was typed as its name
 *   is not kept: it may be a password, in the wrong field
 */
export function noteRefusedLogin(
  audit: Pick<AuditService, 'note'>,
  claimed: Pick<Account, 'id' | 'name'> | undefined,
  { endpoint, door, certificate }: Pick<LoginOrigin, 'endpoint' | 'door' | 'certificate'>,
  error: unknown,
): void {
  if (!(error instanceof AppError) || !/^(?:account|certificate|password|session)\./.test(error.code)) return;
  const actor = { name: claimed?.name, endpoint, door };
  const subject = claimed === undefined ? {} : { subject: { id: claimed.id, name: claimed.name } };
  const why = error.code === 'certificate.refused' ? String(error.details['reason']) : undefined;
  const details = { reason: error.code, ...named({ why, certificate }) };
  audit.note({ action: 'login', outcome: 'refused', actor, ...subject, details });
}

function named(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined),
  );
}
