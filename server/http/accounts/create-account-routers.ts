import type { Router } from 'express';
import type { AccessService } from '../../features/accounts/access-service.js';
import type { OwnAccountService } from '../../features/accounts/own-account-service.js';
import type { RegistrationService } from '../../features/accounts/registration-service.js';
import type { UserAdminService } from '../../features/accounts/user-admin-service.js';
import type { AuditService } from '../../features/audit/audit-service.js';
import type { CertificateService } from '../../features/certificates/certificate-service.js';
import type { InviteService } from '../../features/invites/invite-service.js';
import type { ApiTokenService } from '../../features/tokens/api-token-service.js';
import type { LoginService } from '../../features/sessions/login-service.js';
import type { AddressLimiter } from '../address-limiter.js';
import type { CallerOf } from '../callers/request-callers.js';
import type { ReadJson } from '../bodies/json-body.js';
import type { SessionCookies } from '../callers/session-cookies.js';
import type { AddressOf } from '../client-address.js';
import type { CertificateOf } from '../client-certificates.js';
import type { OriginGuard } from '../request-guards.js';
import { createAccountRoutes } from './account-routes.js';
import { createAuditRoutes } from './audit-routes.js';
import { createInviteRoutes } from './invite-routes.js';
import { createPermissionRoutes } from './permission-routes.js';
import { createSessionRoutes } from './session-routes.js';
import { createTokenRoutes, createUserTokenRoutes } from './token-routes.js';
import { createUserRoutes } from './user-routes.js';

/** The services that the routes of accounts are doors to. */
export interface AccountServices {
  readonly accounts: OwnAccountService;
  readonly registrations: RegistrationService;
  readonly users: UserAdminService;
  readonly logins: LoginService;
  readonly certificates: CertificateService;
  readonly tokens: ApiTokenService;
  readonly invites: InviteService;
  readonly access: AccessService;
  readonly audit: AuditService;
}

/**
 * Makes the routes of everything that has to do with accounts.
 *
 * @param door - `newcomerOf` admits those too who have to change their password first, `byCookie` those of them whose session is
 *   in the cookie
 */
export function createAccountRouters(
  services: AccountServices,
  door: {
    readonly callerOf: CallerOf;
    readonly newcomerOf: CallerOf;
    readonly byCookie: CallerOf;
    readonly cookies: SessionCookies;
    readonly assertOrigin: OriginGuard;
    readonly addressOf: AddressOf;
    readonly certificateOf: CertificateOf;
    readonly limitAddress: AddressLimiter;
    readonly readJson: ReadJson;
  },
): readonly Router[] {
  const { callerOf, readJson } = door;
  return [
    createAccountRoutes({ ...services, ...door }),
    createSessionRoutes({ ...services, ...door }),
    createTokenRoutes(services.tokens, callerOf, readJson),
    createUserTokenRoutes(services.tokens, callerOf),
    createUserRoutes(services.users, callerOf, readJson),
    createInviteRoutes(services.invites, callerOf, readJson),
    createPermissionRoutes(services.access, callerOf),
    createAuditRoutes(services.audit, services.access, callerOf),
  ];
}
