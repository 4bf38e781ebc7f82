import { Router } from 'express';
import { overviewQuery } from '../../protocol/overview.js';
import type { OverviewService } from '../features/overview/overview-service.js';
import type { CallerOf } from './callers/request-callers.js';
import { parseQuery } from './bodies/parse-fields.js';
import { refuseOtherMethods } from './request-guards.js';

const PATH = '/v1/overview';

/** `GET /v1/overview`: what was stored lately, and how the server stands. */
export function createOverviewRoutes(service: OverviewService, callerOf: CallerOf): Router {
  const router = Router();
  router.get(PATH, async (request, response) => {
    const caller = callerOf(request);
    const { range } = parseQuery(overviewQuery, request.query);
    response.set('Cache-Control', 'no-store').json(await service.overview(caller, range));
  });
  router.all(PATH, refuseOtherMethods('GET'));
  return router;
}
