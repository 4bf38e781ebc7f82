import { Router } from 'express';
import { userChanges, userCreation, usersQuery, type UserMade } from '../../../protocol/accounts.js';
import type { UserAdminService } from '../../features/accounts/user-admin-service.js';
import { answerInTurn } from '../answer-in-turn.js';
import type { CallerOf } from '../callers/request-callers.js';
import type { ReadJson } from '../bodies/json-body.js';
import { parseQuery } from '../bodies/parse-fields.js';
import { Turns } from '../../net/turns.js';
import { refuseOtherMethods } from '../request-guards.js';

/** Lists of one user that are read or sent at once. */
const LISTS_AT_ONCE = 1;
const PATH = '/v1/users';
const ONE_PATH = '/v1/users/:name';
const PASSWORD_PATH = '/v1/users/:name/password';
const SESSIONS_PATH = '/v1/users/:name/sessions';

/** `/v1/users`: what administrators do with accounts; the list is for everybody, and shows others less. */
export function createUserRoutes(users: UserAdminService, callerOf: CallerOf, readJson: ReadJson): Router {
  const router = Router();
  routeList(router, users, callerOf, readJson);
  routeOne(router, users, callerOf, readJson);
  router.post(PASSWORD_PATH, async (request, response) => {
    response.status(201).json(await users.resetPassword(callerOf(request), request.params.name));
  });
  router.get(SESSIONS_PATH, async (request, response) => {
    response.json({ sessions: await users.sessions(callerOf(request), request.params.name) });
  });
  router.delete(SESSIONS_PATH, async (request, response) => {
    response.json({ ended: await users.endSessions(callerOf(request), request.params.name) });
  });
  router.all(PASSWORD_PATH, refuseOtherMethods('POST'));
  router.all(SESSIONS_PATH, refuseOtherMethods('DELETE, GET'));
  return router;
}

function routeList(router: Router, users: UserAdminService, callerOf: CallerOf, readJson: ReadJson): void {
  const turns = new Turns(LISTS_AT_ONCE);
  router.get(PATH, async (request, response) => {
    const caller = callerOf(request);
    const query = parseQuery(usersQuery, request.query);
    await answerInTurn(turns, caller.session.userId, request, response, async () =>
      response.json(await users.list(caller, query)),
    );
  });
  router.post(PATH, async (request, response) => {
    const caller = callerOf(request);
    const { account, oneTime } = await users.create(caller, await readJson(request, userCreation));
    const made: UserMade = { user: account, ...(oneTime === undefined ? {} : { one_time: oneTime }) };
    response.status(201).json(made);
  });
  router.all(PATH, refuseOtherMethods('GET, POST'));
}

function routeOne(router: Router, users: UserAdminService, callerOf: CallerOf, readJson: ReadJson): void {
  router.get(ONE_PATH, async (request, response) => {
    response.json(await users.show(callerOf(request), request.params.name));
  });
  router.patch(ONE_PATH, async (request, response) => {
    const caller = callerOf(request);
    const changes = await readJson(request, userChanges);
    response.json(await users.change(caller, request.params.name, changes));
  });
  router.delete(ONE_PATH, async (request, response) => {
    await users.remove(callerOf(request), request.params.name);
    response.status(204).end();
  });
  router.all(ONE_PATH, refuseOtherMethods('DELETE, GET, PATCH'));
}
