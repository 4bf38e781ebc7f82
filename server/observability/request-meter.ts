import type { IncomingMessage, ServerResponse } from 'node:http';
import { CUT_OFF } from './request-recorder.js';

/** Is shown each request when it arrives. */
export type RequestMeter = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Makes the meter of requests: it notes each when its answer has been sent, or can no longer be.
 *
 * @param routeOf - the route's name, of a fixed set whatever is asked for
 */
export function createRequestMeter(
  routeOf: (request: IncomingMessage) => string,
  onRequest: (route: string, status: number, seconds: number) => void,
): RequestMeter {
  return (request, response) => {
    const startedAt = performance.now();
    response.on('close', () => {
      const status = response.writableFinished ? response.statusCode : CUT_OFF;
      onRequest(routeOf(request), status, (performance.now() - startedAt) / 1000);
    });
  };
}
