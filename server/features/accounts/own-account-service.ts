import type { AccountChanges, AccountView } from '../../../protocol/accounts.js';
import { AppError } from '../../errors/app-error.js';
import type { PasswordPolicy } from '../../passwords/password-policy.js';
import type { Caller, SessionService } from '../sessions/session-service.js';
import { actorOf, type AccessService } from './access-service.js';
import type { AccountService } from './account-service.js';
import { viewOf } from './account-view.js';
import type { UserChanges } from './user-changes.js';
import type { User, UserStore } from './user-store.js';

/** What users do with their own accounts. Each throws AppError `session.needed` for an API token. */
export interface OwnAccountService {
  get(caller: Caller): Promise<AccountView>;
  /** @throws AppError `account.name_taken`, `account.email_taken`, `account.password_change_needed` */
  change(caller: Caller, changes: AccountChanges): Promise<AccountView>;
  /**
   * Changes the password and ends all other sessions.
   *
   * @throws AppError `account.current_password_wrong`, `password.…`, `account.throttled`, `account.rate_limited`,
   *   `account.hashing_busy`
   */
  changePassword(caller: Caller, current: string, next: string): Promise<void>;
  /**
   * Makes sure that the caller knows the password.
   *
   * @throws AppError `account.current_password_wrong`, `account.throttled`, `account.rate_limited`, `account.hashing_busy`
   */
  confirmPassword(caller: Caller, password: string): Promise<void>;
  /** @throws AppError as {@link confirmPassword}; `account.last_administrator` */
  remove(caller: Caller, password: string): Promise<void>;
}

/** What the service needs. */
export interface OwnAccountDeps {
  readonly store: UserStore;
  readonly accounts: Pick<AccountService, 'confirmPassword'>;
  readonly sessions: Pick<SessionService, 'isProven'>;
  readonly access: AccessService;
  readonly changes: UserChanges;
  readonly policy: PasswordPolicy;
}

/** Makes the service of one's own account. */
export function createOwnAccountService(deps: OwnAccountDeps): OwnAccountService {
  const { store, accounts, sessions, access, changes, policy } = deps;

  async function userOf(caller: Caller): Promise<User> {
    access.assertPerson(caller);
    const user = await store.findById(caller.session.userId);
    if (user === undefined) throw new AppError('session.invalid');
    return user;
  }

  async function confirm({ endpoint }: Caller, user: User, password: string): Promise<void> {
    const isProven = await sessions.isProven(user, endpoint);
    await accounts.confirmPassword(user, { password, endpoint, isProven }).catch((error: unknown) => {
      const isWrong = error instanceof AppError && error.code === 'account.wrong_password';
      throw isWrong ? new AppError('account.current_password_wrong') : error;
    });
  }

  return {
    get: async (caller) => viewOf(await userOf(caller)),
    change: async (caller, wanted) => {
      const user = await userOf(caller);
      if (user.oneTimeUntil !== null) throw new AppError('account.password_change_needed');
      return viewOf(await changes.change(actorOf(caller), user.id, wanted));
    },
    changePassword: async (caller, current, next) => {
      const user = await userOf(caller);
      await confirm(caller, user, current);
      await policy.assertAcceptable(next, { userName: user.name, email: user.email ?? undefined });
      await changes.setPassword(actorOf(caller), user.id, next, { exceptSessionId: caller.session.id });
    },
    confirmPassword: async (caller, password) => {
      await confirm(caller, await userOf(caller), password);
    },
    remove: async (caller, password) => {
      const user = await userOf(caller);
      await confirm(caller, user, password);
      await changes.remove(actorOf(caller), user.id);
    },
  };
}
