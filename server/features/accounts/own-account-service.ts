import type { AccountChanges, AccountView } from '../../../protocol/accounts.js';
import type { Caller } from '../sessions/session-service.js';

/** What users do with their own accounts. Each throws AppError `session.needed` for an API token. */
export interface OwnAccountService {
  get(caller: Caller): Promise<AccountView>;
  /** @throws AppError `account.name_taken`, `account.email_taken`, `account.password_change_needed` */
  change(caller: Caller, changes: AccountChanges): Promise<AccountView>;
  /**
   * Changes the password and ends all other sessions.
   *
   * @throws AppError `account.current_password_wrong`, `password.…`, `account.throttled`, `account.rate_limited`, `account.hashing_busy`
   */
  changePassword(caller: Caller, current: string, next: string): Promise<void>;
  /** @throws AppError `account.current_password_wrong`, `account.last_administrator`, `account.throttled`, … */
  remove(caller: Caller, password: string): Promise<void>;
}
