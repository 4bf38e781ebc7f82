import { Router } from 'express';
import * as z from 'zod';
import { producerId, type ProducerState } from '../../protocol/stored-messages.js';
import type { AccessService } from '../features/accounts/access-service.js';
import type { CallerOf } from './callers/request-callers.js';
import { parseFields } from './bodies/parse-fields.js';
import { refuseOtherMethods } from './request-guards.js';

const PATH = '/v1/producers/:id';
const parameters = z.object({ id: producerId });

/**
 * `GET /v1/producers/{id}`: how far a numbered stream of the caller's is stored.
 *
 * @param lastNumber - the last number of a producer of the user with an id that is stored durably; 0 where there is none
 */
export function createProducerRoutes(
  lastNumber: (userId: string, id: string) => number,
  callerOf: CallerOf,
  access: Pick<AccessService, 'assert'>,
): Router {
  const router = Router();
  router.get(PATH, (request, response) => {
    const caller = callerOf(request);
    access.assert(caller, 'messages:write');
    const { id: producer } = parseFields(parameters, request.params);
    const state: ProducerState = { producer, last: lastNumber(caller.session.userId, producer) };
    response.set('Cache-Control', 'no-store').json(state);
  });
  router.all(PATH, refuseOtherMethods('GET'));
  return router;
}
