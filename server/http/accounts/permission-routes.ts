import { Router } from 'express';
import {
  PERMISSION_NAMES,
  PERMISSIONS,
  ROLE_PERMISSIONS,
  type PermissionOverview,
} from '../../../protocol/permissions.js';
import type { AccessService } from '../../features/accounts/access-service.js';
import type { CallerOf } from '../callers/request-callers.js';
import { refuseOtherMethods } from '../request-guards.js';

const PATH = '/v1/permissions';

/** `GET /v1/permissions`: what there is to be permitted, what each role may do, and what the caller may. */
export function createPermissionRoutes(access: Pick<AccessService, 'may'>, callerOf: CallerOf): Router {
  const permissions = PERMISSION_NAMES.map((name) => ({ name, description: PERMISSIONS[name] }));
  const { user, moderator, admin } = ROLE_PERMISSIONS;
  const roles = { user: [...user], moderator: [...moderator], admin: [...admin] };
  const router = Router();
  router.get(PATH, (request, response) => {
    const caller = callerOf(request);
    const mine = PERMISSION_NAMES.filter((name) => access.may(caller, name));
    const overview: PermissionOverview = { permissions, roles, mine };
    response.json(overview);
  });
  router.all(PATH, refuseOtherMethods('GET'));
  return router;
}
