import { Router } from 'express';
import { auditQuery } from '../../../protocol/audit.js';
import type { AccessService } from '../../features/accounts/access-service.js';
import type { AuditService } from '../../features/audit/audit-service.js';
import type { CallerOf } from '../callers/request-callers.js';
import { parseQuery } from '../bodies/parse-fields.js';
import { refuseOtherMethods } from '../request-guards.js';

const PATH = '/v1/audit';
const VERIFICATION_PATH = '/v1/audit/verification';

/** `/v1/audit`: the audit log, and whether it is whole. */
export function createAuditRoutes(
  audit: Pick<AuditService, 'page' | 'verify'>,
  access: Pick<AccessService, 'assert'>,
  callerOf: CallerOf,
): Router {
  const router = Router();
  router.get(PATH, async (request, response) => {
    access.assert(callerOf(request), 'audit:read');
    response.json(await audit.page(parseQuery(auditQuery, request.query)));
  });
  router.get(VERIFICATION_PATH, async (request, response) => {
    access.assert(callerOf(request), 'audit:read');
    response.json(await audit.verify());
  });
  router.all([PATH, VERIFICATION_PATH], refuseOtherMethods('GET'));
  return router;
}
