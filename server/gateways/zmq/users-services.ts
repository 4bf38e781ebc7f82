import type { AccessService } from '../../features/accounts/access-service.js';
import type { OwnAccountService } from '../../features/accounts/own-account-service.js';
import type { RegistrationService } from '../../features/accounts/registration-service.js';
import type { UserAdminService } from '../../features/accounts/user-admin-service.js';
import type { PasswordPolicy } from '../../features/passwords/password-policy.js';
import type { LoginService } from '../../features/sessions/login-service.js';
import type { Caller } from '../../features/sessions/session-service.js';

/** The services behind contract 2. */
export interface UsersServices {
  readonly access: Pick<AccessService, 'may'>;
  readonly registration: Pick<RegistrationService, 'register'>;
  readonly logins: Pick<LoginService, 'login' | 'logout'>;
  readonly ownAccount: Pick<OwnAccountService, 'get' | 'change' | 'confirmPassword' | 'changePassword' | 'remove'>;
  readonly policy: Pick<PasswordPolicy, 'assertAcceptable'>;
  readonly administration: Pick<UserAdminService, 'create' | 'listActive'>;
  /** Whose token it is. @throws AppError `session.invalid`, `token.invalid`, `session.not_identified` */
  readonly authorize: (token: string, origin: { endpoint: string; door: 'zmq' }) => Caller;
  /** How many sessions are live. */
  readonly countSessions: () => number;
}
