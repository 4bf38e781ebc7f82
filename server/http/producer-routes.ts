import { Router } from 'express';
import { producerId, type ProducerState } from '../../protocol/stored-messages.js';
import { AppError } from '../errors/app-error.js';
import type { CallerOf } from './bearer-sessions.js';
import { refuseOtherMethods } from './request-guards.js';

const PATH = '/v1/producers/:id';

/**
 * `GET /v1/producers/{id}`: how far a numbered stream of the caller's is stored.
 *
 * @param lastNumber - the last number of a user's producer that is stored durably; 0 where there is none
 */
export function createProducerRoutes(
  lastNumber: (userName: string, id: string) => number,
  callerOf: CallerOf,
): Router {
  const router = Router();
  router.get(PATH, (request, response) => {
    const { session } = callerOf(request);
    const producer = parseId(request.params.id);
    const state: ProducerState = { producer, last: lastNumber(session.userName, producer) };
    response.set('Cache-Control', 'no-store').json(state);
  });
  router.all(PATH, refuseOtherMethods('GET'));
  return router;
}

function parseId(text: string): string {
  const parsed = producerId.safeParse(text);
  if (parsed.success) return parsed.data;
  const reason = String(parsed.error.issues[0]?.message);
  throw new AppError('request.invalid_field', { details: { field: 'id', reason } });
}
