import type {
  AccountSummary,
  AccountView,
  OneTimePassword,
  UserChanges as WantedChanges,
  UserCreation,
  UsersPage,
  UsersQuery,
} from '../../../protocol/accounts.js';
import type { SessionView } from '../../../protocol/sessions.js';
import { userNameKey } from '../../../protocol/user-name.js';
import { AppError } from '../../errors/app-error.js';
import type { Actor, AuditService } from '../audit/audit-service.js';
import type { PasswordPolicy } from '../../passwords/password-policy.js';
import type { Caller, SessionService } from '../sessions/session-service.js';
import { actorOf, type AccessService } from './access-service.js';
import { summaryOf, viewOf } from './account-view.js';
import { newOneTime, type OneTime, type RegistrationService } from './registration-service.js';
import type { UserChanges } from './user-changes.js';
import type { User, UserFilter, UserStore } from './user-store.js';

/** What administrators do with accounts. Where nothing else is said it needs `users:manage`, else AppError `permission.missing`. */
export interface UserAdminService {
  /** Users by name. Without the permission: name, full name and role of active ones, and no search by e-mail address. */
  list(caller: Caller, query: UsersQuery): Promise<UsersPage>;
  /** All active users, for contract 2's `list_users`: whole where the caller has the permission. */
  listActive(caller: Caller | undefined): Promise<readonly (AccountView | AccountSummary)[]>;
  /** @throws AppError `account.unknown` */
  show(caller: Caller, name: string): Promise<AccountView>;
  /** Makes an account. @throws AppError `account.name_taken`, `account.email_taken`, `password.…` */
  create(caller: Caller, wanted: UserCreation): Promise<{ account: AccountView; oneTime?: OneTimePassword }>;
  /**
   * Changes an account. One that is not active any more loses its sessions at once.
   *
   * @throws AppError `account.unknown`, `account.name_taken`, `account.email_taken`, `account.last_administrator`
   */
  change(caller: Caller, name: string, changes: WantedChanges): Promise<AccountView>;
  /** Makes a password for one login, and ends all sessions. @throws AppError `account.unknown` */
  resetPassword(caller: Caller, name: string): Promise<OneTimePassword>;
  /** @throws AppError `account.unknown` */
  sessions(caller: Caller, name: string): Promise<readonly SessionView[]>;
  /** Ends all sessions of a user; answers how many. @throws AppError `account.unknown` */
  endSessions(caller: Caller, name: string): Promise<number>;
  /** @throws AppError `account.unknown`, `account.last_administrator` */
  remove(caller: Caller, name: string): Promise<void>;
  /**
   * UPDATE and DELETE of contract 4, which reach only accounts that its gateway made and nobody has permitted anything.
   *
   * @returns whether there is such an account
   */
  changeCredential(actor: Actor, name: string, password: string): Promise<boolean>;
  removeCredential(actor: Actor, name: string): Promise<boolean>;
}

/** What the service needs. */
export interface UserAdminDeps {
  readonly store: UserStore;
  readonly registrations: RegistrationService;
  readonly sessions: Pick<SessionService, 'viewsOf' | 'endAll'>;
  readonly access: AccessService;
  readonly changes: UserChanges;
  readonly audit: Pick<AuditService, 'append'>;
  readonly credentialPolicy: PasswordPolicy | undefined;
  readonly clock: () => Date;
}

const LISTED_AT_ONCE = 500;

/** Makes the service of administrators. */
export function createUserAdminService(deps: UserAdminDeps): UserAdminService {
  return new UserAdmin(deps);
}

class UserAdmin implements UserAdminService {
  readonly #deps: UserAdminDeps;

  constructor(deps: UserAdminDeps) {
    this.#deps = deps;
  }

  async list(caller: Caller, query: UsersQuery): Promise<UsersPage> {
    const isAdministrator = this.#mayManage(caller);
    const users = await this.#deps.store.list(filterOf(query, isAdministrator), query.limit + 1);
    const page = users.slice(0, query.limit);
    return {
      users: page.map(isAdministrator ? viewOf : summaryOf),
      next: users.length > page.length ? encodeCursor(page.at(-1)) : null,
    };
  }

  async listActive(caller: Caller | undefined) {
    const present = caller !== undefined && this.#mayManage(caller) ? viewOf : summaryOf;
    const found: (AccountView | AccountSummary)[] = [];
    let afterNameKey: string | undefined;
    for (;;) {
      const users = await this.#deps.store.list({ status: 'active', afterNameKey }, LISTED_AT_ONCE);
      found.push(...users.map(present));
      afterNameKey = users.at(-1)?.nameKey;
      if (users.length < LISTED_AT_ONCE) return found;
    }
  }

  async show(caller: Caller, name: string): Promise<AccountView> {
    return viewOf(await this.#find(caller, name));
  }

  async create(caller: Caller, wanted: UserCreation) {
    this.#deps.access.assert(caller, 'users:manage');
    const { account, oneTime } = await this.#deps.registrations.create(actorOf(caller), wanted);
    return { account, ...(oneTime === undefined ? {} : { oneTime: shown(account.username, oneTime) }) };
  }

  async change(caller: Caller, name: string, wanted: WantedChanges): Promise<AccountView> {
    const { id } = await this.#find(caller, name);
    return viewOf(await this.#deps.changes.change(actorOf(caller), id, wanted));
  }

  async resetPassword(caller: Caller, name: string): Promise<OneTimePassword> {
    const user = await this.#find(caller, name);
    const oneTime = newOneTime(this.#deps.clock());
    const { password, expiresAt } = oneTime;
    await this.#deps.changes.setPassword(actorOf(caller), user.id, password, { oneTimeUntil: expiresAt });
    return shown(user.name, oneTime);
  }

  async sessions(caller: Caller, name: string): Promise<readonly SessionView[]> {
    const { id } = await this.#find(caller, name);
    return this.#deps.sessions.viewsOf(id, caller.session.id);
  }

  async endSessions(caller: Caller, name: string): Promise<number> {
    const user = await this.#find(caller, name);
    const ended = await this.#deps.sessions.endAll(user.id);
    const subject = { id: user.id, name: user.name };
    await this.#deps.audit.append({
      action: 'session.ended',
      actor: actorOf(caller),
      subject,
      details: { ended },
    });
    return ended;
  }

  async remove(caller: Caller, name: string): Promise<void> {
    const { id } = await this.#find(caller, name);
    await this.#deps.changes.remove(actorOf(caller), id);
  }

  async changeCredential(actor: Actor, name: string, password: string): Promise<boolean> {
    const user = await this.#findCredential(name);
    if (user === undefined) return false;
    await this.#deps.credentialPolicy?.assertAcceptable(password, { userName: user.name });
    await this.#deps.changes.setPassword(actor, user.id, password);
    return true;
  }

  async removeCredential(actor: Actor, name: string): Promise<boolean> {
    const user = await this.#findCredential(name);
    if (user === undefined) return false;
    await this.#deps.changes.remove(actor, user.id);
    return true;
  }

  #mayManage(caller: Caller): boolean {
    return this.#deps.access.may(caller, 'users:manage');
  }

  async #find(caller: Caller, name: string): Promise<User> {
    this.#deps.access.assert(caller, 'users:manage');
    const user = await this.#deps.store.findByNameKey(userNameKey(name));
    if (user === undefined) throw new AppError('account.unknown', { details: { name } });
    return user;
  }

  async #findCredential(name: string): Promise<User | undefined> {
    const user = await this.#deps.store.findByNameKey(userNameKey(name));
    return user?.isCredential === true ? user : undefined;
  }
}

function filterOf({ search, role, status, cursor }: UsersQuery, isAdministrator: boolean): UserFilter {
  return {
    ...(search === undefined ? {} : { nameContains: userNameKey(search) }),
    ...(search?.includes('@') === true && isAdministrator ? { email: search } : {}),
    role,
    status: isAdministrator ? status : 'active',
    ...(cursor === undefined ? {} : { afterNameKey: decodeCursor(cursor) }),
  };
}

function encodeCursor(last: User | undefined): string {
  return Buffer.from(last?.nameKey ?? '').toString('base64url');
}

function decodeCursor(cursor: string): string {
  return Buffer.from(cursor, 'base64url').toString();
}

function shown(username: string, { password, expiresAt }: OneTime): OneTimePassword {
  return { username, one_time_password: password, expires_at: expiresAt.toISOString() };
}
