import express, { type Express, type RequestHandler, type Router } from 'express';
import { AppError } from './errors/app-error.js';
import { BULK_PATH } from './http/bulk/bulk-door.js';
import { GATHER_PATHS, type Door } from './http/gather-door.js';
import { createProblemMapper } from './http/problem-details.js';
import type { AddressOf } from './http/client-address.js';
import type { RefusalLog } from './http/refusal-log.js';
import type { HostGuard } from './http/request-guards.js';
import type { Headers } from './http/security-headers.js';

/** Mounts everything that speaks HTTP, in the order in which a request meets it. */
export function createApp(options: {
  gatherDoor: Door;
  bulkDoor: Door;
  routers: readonly Router[];
  assertHost: HostGuard;
  /** Has a POST that is sent again carried out once. */
  idempotency: RequestHandler;
  addressOf: AddressOf;
  logRefusal: RefusalLog;
  newRequestId: () => string;
  headers: Headers;
}): Express {
  const app = express();
  app.disable('x-powered-by');
  app.all([...GATHER_PATHS.keys()], options.gatherDoor);
  app.post(BULK_PATH, options.bulkDoor);
  app.use((request, response, next) => {
    response.set(options.headers).set('X-Request-Id', options.newRequestId());
    options.assertHost(request);
    next();
  });
  app.use('/v1', (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.use('/v1', options.idempotency);
  app.use(...options.routers);
  app.use((_request, _response, next) => {
    next(new AppError('request.not_found'));
  });
  app.use(createProblemMapper(options.logRefusal, options.addressOf, options.newRequestId));
  return app;
}
