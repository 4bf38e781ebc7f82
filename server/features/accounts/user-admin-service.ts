import type {
  AccountSummary,
  AccountView,
  OneTimePassword,
  UserChanges,
  UserCreation,
  UsersPage,
  UsersQuery,
} from '../../../protocol/accounts.js';
import type { SessionView } from '../../../protocol/sessions.js';
import type { Actor } from '../audit/audit-service.js';
import type { Caller } from '../sessions/session-service.js';

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
  change(caller: Caller, name: string, changes: UserChanges): Promise<AccountView>;
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
