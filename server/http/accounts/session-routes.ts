import { Router } from 'express';
import { login } from '../../../protocol/sessions.js';
import type { LoginService } from '../../features/sessions/login-service.js';
import type { AddressLimiter } from '../address-limiter.js';
import type { CallerOf } from '../bearer-sessions.js';
import type { ReadJson } from '../bodies/json-body.js';
import type { AddressOf } from '../client-address.js';
import { clientNameOf } from '../client-name.js';
import { refuseOtherMethods } from '../request-guards.js';

const PATH = '/v1/sessions';
const CURRENT_PATH = '/v1/sessions/current';
const ONE_PATH = '/v1/sessions/:id';

/**
 * `/v1/sessions`: logins, and a user's own sessions.
 *
 * @param options - `newcomerOf` admits those too who have to change their password first
 */
export function createSessionRoutes(options: {
  readonly logins: LoginService;
  readonly callerOf: CallerOf;
  readonly newcomerOf: CallerOf;
  readonly addressOf: AddressOf;
  readonly limitAddress: AddressLimiter;
  readonly readJson: ReadJson;
}): Router {
  const { logins, callerOf, newcomerOf, addressOf, limitAddress, readJson } = options;
  const router = Router();
  router.post(PATH, async (request, response) => {
    const { username, password } = await readJson(request, login);
    const endpoint = addressOf(request);
    limitAddress(endpoint);
    const origin = { endpoint, door: 'http', client: clientNameOf(request) } as const;
    response.status(201).json(await logins.login(username, password, origin));
  });
  router.get(PATH, (request, response) => {
    response.json({ sessions: logins.list(callerOf(request)) });
  });
  router.delete(PATH, async (request, response) => {
    response.json({ ended: await logins.endOthers(callerOf(request)) });
  });
  router.delete(CURRENT_PATH, async (request, response) => {
    await logins.logout(newcomerOf(request));
    response.status(204).end();
  });
  router.all(CURRENT_PATH, refuseOtherMethods('DELETE'));
  router.delete(ONE_PATH, async (request, response) => {
    await logins.end(callerOf(request), request.params.id);
    response.status(204).end();
  });
  router.all(PATH, refuseOtherMethods('DELETE, GET, POST'));
  router.all(ONE_PATH, refuseOtherMethods('DELETE'));
  return router;
}
