import { Router } from 'express';
import type { ConsoleFacts, SettingView } from '../../../protocol/console.js';
import type { AccessService } from '../../features/accounts/access-service.js';
import type { CallerOf } from '../callers/request-callers.js';
import { refuseOtherMethods } from '../request-guards.js';

const FACTS_PATH = '/v1/console';
const SETTINGS_PATH = '/v1/settings';

/**
 * `GET /v1/console`: what a console has to know before anybody has logged in. `GET /v1/settings`: the settings in force,
 * for administrators.
 */
export function createFactsRoutes(
  facts: () => ConsoleFacts,
  settings: readonly SettingView[],
  access: Pick<AccessService, 'assert'>,
  callerOf: CallerOf,
): Router {
  const router = Router();
  router.get(FACTS_PATH, (_request, response) => {
    response.json(facts());
  });
  router.get(SETTINGS_PATH, (request, response) => {
    access.assert(callerOf(request), 'users:manage');
    response.json({ settings });
  });
  router.all([FACTS_PATH, SETTINGS_PATH], refuseOtherMethods('GET'));
  return router;
}
