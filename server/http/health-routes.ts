import { Router } from 'express';
import { refuseOtherMethods } from './request-guards.js';

/** Whether each thing that a message or a login needs works now. */
export interface Readiness {
  readonly dump: boolean;
  readonly database: boolean;
}

/**
 * `GET /healthz`: the process answers. `GET /readyz`: 200 where messages and logins can be stored, else 503.
 *
 * @param readiness - looks now
 */
export function createHealthRoutes(readiness: () => Promise<Readiness>): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    const checks = await readiness();
    const isReady = checks.dump && checks.database;
    response
      .set('Cache-Control', 'no-store')
      .status(isReady ? 200 : 503)
      .json({ status: isReady ? 'ready' : 'not ready', checks });
  });
  router.all(['/healthz', '/readyz'], refuseOtherMethods('GET'));
  return router;
}
