import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Router } from 'express';
import type { Secret } from '../config/setting-kinds.js';
import { AppError } from '../errors/app-error.js';
import { isLoopback } from '../net/is-loopback.js';
import { refuseOtherMethods } from './request-guards.js';

/** What is shown to Prometheus. */
interface Exposition {
  readonly contentType: string;
  text(): Promise<string>;
}

/** A request that a proxy has passed on has one of these headers. */
const FORWARDED = /^(?:forwarded|via|x-real-ip|x-forwarded-.*|cf-.*)$/;

/**
 * `GET /metrics`, for Prometheus. With a token it is for whoever has that; without one it is for this machine alone:
 * the connection comes from loopback, and not from a proxy there.
 *
 * @throws AppError `token.missing`, `token.invalid`; `permission.missing` without a token
 */
export function createMetricsRoutes(metrics: Exposition, token: Secret | undefined): Router {
  const assertAllowed = token === undefined ? assertLocal : createTokenGuard(token.reveal());
  const router = Router();
  router.get('/metrics', async (request, response) => {
    assertAllowed(request);
    response.set({ 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' });
    response.end(await metrics.text());
  });
  router.all('/metrics', refuseOtherMethods('GET'));
  return router;
}

function assertLocal({ socket, headers }: IncomingMessage): void {
  const isForwarded = Object.keys(headers).some((name) => FORWARDED.test(name));
  if (isForwarded || !isLoopback(socket.remoteAddress ?? ''))
    throw new AppError('permission.missing', { details: { permission: 'metrics' } });
}

function createTokenGuard(token: string) {
  const expected = digestOf(token);
  return ({ headers: { authorization } }: IncomingMessage): void => {
    const given = bearerOf(authorization ?? '');
    if (given === undefined) throw new AppError('token.missing');
    if (!timingSafeEqual(digestOf(given), expected)) throw new AppError('token.invalid');
  };
}

function bearerOf(authorization: string): string | undefined {
  const scheme = 'Bearer ';
  const isBearer = authorization.slice(0, scheme.length).toLowerCase() === scheme.toLowerCase();
  return isBearer ? authorization.slice(scheme.length).trim() : undefined;
}

// Of one length whatever is given, so that they can be compared in constant time.
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
