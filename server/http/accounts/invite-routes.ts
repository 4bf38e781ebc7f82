import { Router } from 'express';
import { inviteCreation } from '../../../protocol/sessions.js';
import type { InviteService } from '../../features/invites/invite-service.js';
import type { CallerOf } from '../callers/request-callers.js';
import type { ReadJson } from '../bodies/json-body.js';
import { refuseOtherMethods } from '../request-guards.js';

const PATH = '/v1/invites';
const ONE_PATH = '/v1/invites/:id';

/** `/v1/invites`: the codes by which an account can be made. */
export function createInviteRoutes(invites: InviteService, callerOf: CallerOf, readJson: ReadJson): Router {
  const router = Router();
  router.get(PATH, async (request, response) => {
    response.json({ invites: await invites.list(callerOf(request)) });
  });
  router.post(PATH, async (request, response) => {
    const caller = callerOf(request);
    response.status(201).json(await invites.create(caller, await readJson(request, inviteCreation)));
  });
  router.delete(ONE_PATH, async (request, response) => {
    await invites.revoke(callerOf(request), request.params.id);
    response.status(204).end();
  });
  router.all(PATH, refuseOtherMethods('GET, POST'));
  router.all(ONE_PATH, refuseOtherMethods('DELETE'));
  return router;
}
