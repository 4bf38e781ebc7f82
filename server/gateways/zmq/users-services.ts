import type { AccessService } from '../../features/accounts/access-service.js';
import type { OwnAccountService } from '../../features/accounts/own-account-service.js';
import type { RegistrationService } from '../../features/accounts/registration-service.js';
import type { UserAdminService } from '../../features/accounts/user-admin-service.js';
import type { PasswordPolicy } from '../../passwords/password-policy.js';
import type { LoginService } from '../../features/sessions/login-service.js';
import type { SessionService } from '../../features/sessions/session-service.js';

/** The services behind contract 2. */
export interface UsersServices {
  readonly access: Pick<AccessService, 'may' | 'assertPasswordChanged'>;
  readonly policy: Pick<PasswordPolicy, 'assertAcceptable'>;
  readonly registrations: Pick<RegistrationService, 'register'>;
  readonly ownAccounts: Pick<
    OwnAccountService,
    'get' | 'change' | 'confirmPassword' | 'changePassword' | 'remove'
  >;
  readonly userAdmin: Pick<UserAdminService, 'create' | 'listActive'>;
  readonly sessions: Pick<SessionService, 'authorize' | 'count'>;
  readonly logins: Pick<LoginService, 'login' | 'logout'>;
}
