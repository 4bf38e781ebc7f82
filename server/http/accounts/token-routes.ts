import { Router } from 'express';
import { apiTokenCreation } from '../../../protocol/sessions.js';
import type { ApiTokenService } from '../../features/tokens/api-token-service.js';
import type { CallerOf } from '../callers/request-callers.js';
import type { ReadJson } from '../bodies/json-body.js';
import { refuseOtherMethods } from '../request-guards.js';

const PATH = '/v1/tokens';
const ONE_PATH = '/v1/tokens/:id';
const USER_PATH = '/v1/users/:name/tokens';
const ONE_OF_USER_PATH = '/v1/users/:name/tokens/:id';

/** `/v1/tokens`: a user's own API tokens. */
export function createTokenRoutes(tokens: ApiTokenService, callerOf: CallerOf, readJson: ReadJson): Router {
  const router = Router();
  router.get(PATH, async (request, response) => {
    response.json({ tokens: await tokens.list(callerOf(request)) });
  });
  router.post(PATH, async (request, response) => {
    const caller = callerOf(request);
    response.status(201).json(await tokens.create(caller, await readJson(request, apiTokenCreation)));
  });
  router.delete(ONE_PATH, async (request, response) => {
    await tokens.revoke(callerOf(request), request.params.id);
    response.status(204).end();
  });
  router.all(PATH, refuseOtherMethods('GET, POST'));
  router.all(ONE_PATH, refuseOtherMethods('DELETE'));
  return router;
}

/** `/v1/users/{name}/tokens`: the API tokens of others, for administrators. */
export function createUserTokenRoutes(tokens: ApiTokenService, callerOf: CallerOf): Router {
  const router = Router();
  router.get(USER_PATH, async (request, response) => {
    response.json({ tokens: await tokens.listOf(callerOf(request), request.params.name) });
  });
  router.delete(USER_PATH, async (request, response) => {
    response.json({ revoked: await tokens.revokeAllOf(callerOf(request), request.params.name) });
  });
  router.delete(ONE_OF_USER_PATH, async (request, response) => {
    const { name, id } = request.params;
    await tokens.revokeOf(callerOf(request), name, id);
    response.status(204).end();
  });
  router.all(USER_PATH, refuseOtherMethods('DELETE, GET'));
  router.all(ONE_OF_USER_PATH, refuseOtherMethods('DELETE'));
  return router;
}
