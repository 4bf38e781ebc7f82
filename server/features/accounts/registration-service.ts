import type { AccountView, Registration, UserCreation } from '../../../protocol/accounts.js';
import type { Actor } from '../audit/audit-service.js';

/** Makes accounts that have a password from the start, whatever the door. */
export interface RegistrationService {
  /**
   * Makes an account for whoever asks, with the role `user`.
   *
   * @throws AppError `account.enrollment_closed`, `account.invite_…`, `account.name_taken`, `account.email_taken`,
   *   `password.…`, `account.hashing_busy`
   */
  register(actor: Actor, wanted: Registration): Promise<AccountView>;
  /**
   * Makes an account without any permission for the credentials gateway, contract 4.
   *
   * @throws AppError as {@link register}
   */
  registerCredential(actor: Actor, username: string, password: string): Promise<void>;
  /**
   * Makes an account as an administrator or the operator wants it; without a password it gets a one-time one.
   *
   * @throws AppError `account.name_taken`, `account.email_taken`, `password.…`, `account.hashing_busy`
   */
  create(
    actor: Actor,
    wanted: UserCreation,
  ): Promise<{ account: AccountView; oneTimePassword?: string; expiresAt?: Date }>;
}
