import { Router, type Request } from 'express';
import type { CookieLoginAnswer } from '../../../protocol/console.js';
import { login, type LoginAnswer } from '../../../protocol/sessions.js';
import type { CertificateService } from '../../features/certificates/certificate-service.js';
import type { LoginOrigin, LoginService } from '../../features/sessions/login-service.js';
import type { Caller } from '../../features/sessions/session-service.js';
import type { AddressLimiter } from '../address-limiter.js';
import type { CallerOf } from '../callers/request-callers.js';
import type { ReadJson } from '../bodies/json-body.js';
import type { SessionCookies } from '../callers/session-cookies.js';
import type { AddressOf } from '../client-address.js';
import { neededCertificate, type CertificateOf } from '../client-certificates.js';
import { clientNameOf } from '../client-name.js';
import { type OriginGuard, refuseOtherMethods } from '../request-guards.js';

const PATH = '/v1/sessions';
const CERTIFICATE_PATH = '/v1/sessions/certificate';
const COOKIE_PATH = '/v1/sessions/cookie';
const CURRENT_PATH = '/v1/sessions/current';
const ONE_PATH = '/v1/sessions/:id';

/** What the routes of sessions work with. */
export interface SessionRoutesOptions {
  readonly logins: LoginService;
  readonly certificates: Pick<CertificateService, 'assertNames' | 'login'>;
  readonly callerOf: CallerOf;
  /** Admits those too who have to change their password first. */
  readonly newcomerOf: CallerOf;
  /** The same, and only whose session is in the cookie. */
  readonly byCookie: CallerOf;
  readonly cookies: SessionCookies;
  readonly assertOrigin: OriginGuard;
  readonly addressOf: AddressOf;
  readonly certificateOf: CertificateOf;
  readonly limitAddress: AddressLimiter;
  readonly readJson: ReadJson;
}

/** `/v1/sessions`: logins, and a user's own sessions. */
export function createSessionRoutes(options: SessionRoutesOptions): Router {
  const router = Router();
  routeLogins(router, options);
  routeCookieLogin(router, options);
  routeOwn(router, options);
  return router;
}

function routeLogins(router: Router, options: SessionRoutesOptions): void {
  const { certificates, certificateOf, assertOrigin } = options;
  router.post(PATH, async (request, response) => {
    response.status(201).json(await logIn(request, options));
  });
  router.post(CERTIFICATE_PATH, async (request, response) => {
    // A browser shows its certificate for whatever page asks, and this is no JSON, which would need leave to be sent.
    assertOrigin(request);
    const origin = originOf(request, options);
    const certificate = neededCertificate(certificateOf, request);
    response.status(201).json(await certificates.login(certificate, origin));
  });
  router.all(CERTIFICATE_PATH, refuseOtherMethods('POST'));
}

function routeCookieLogin(router: Router, options: SessionRoutesOptions): void {
  const { cookies } = options;
  router.post(COOKIE_PATH, async (request, response) => {
    cookies.assertConsole(request);
    const { token, ...answer } = await logIn(request, options);
    // First of all: whatever fails now, the session is the browser's, which can end it.
    cookies.keep(request, response, { token, ...answer });
    await endFormer(request, options);
    response.status(201).json(answer satisfies CookieLoginAnswer);
  });
  router.all(COOKIE_PATH, refuseOtherMethods('POST'));
}

function routeOwn(router: Router, { logins, callerOf, newcomerOf, cookies }: SessionRoutesOptions): void {
  router.get(PATH, (request, response) => {
    response.json({ sessions: logins.list(callerOf(request)) });
  });
  router.delete(PATH, async (request, response) => {
    response.json({ ended: await logins.endOthers(callerOf(request)) });
  });
  router.delete(CURRENT_PATH, async (request, response) => {
    await logins.logout(newcomerOf(request));
    cookies.forget(request, response);
    response.status(204).end();
  });
  router.all(CURRENT_PATH, refuseOtherMethods('DELETE'));
  router.delete(ONE_PATH, async (request, response) => {
    const caller = callerOf(request);
    const { id } = request.params;
    await logins.end(caller, id);
    if (id === caller.session.id) cookies.forget(request, response);
    response.status(204).end();
  });
  router.all(PATH, refuseOtherMethods('DELETE, GET, POST'));
  router.all(ONE_PATH, refuseOtherMethods('DELETE'));
}

async function logIn(request: Request, options: SessionRoutesOptions): Promise<LoginAnswer> {
  const { logins, certificates, certificateOf, readJson } = options;
  const { username, password } = await readJson(request, login);
  const origin = originOf(request, options);
  const certificate = certificateOf(request);
  if (certificate !== undefined) await certificates.assertNames(username, certificate, origin);
  return await logins.login(username, password, { ...origin, certificate: certificate?.serialNumber });
}

// Nobody could use it any more: the browser forgets its token for the new one.
async function endFormer(request: Request, { logins, byCookie }: SessionRoutesOptions): Promise<void> {
  let former: Caller;
  try {
    former = byCookie(request);
  } catch {
    return;
  }
  await logins.logout(former);
}

// A login is counted before anything is looked up for it.
function originOf(
  request: Request,
  { addressOf, limitAddress }: Pick<SessionRoutesOptions, 'addressOf' | 'limitAddress'>,
): LoginOrigin {
  const endpoint = addressOf(request);
  limitAddress(endpoint);
  return { endpoint, door: 'http', client: clientNameOf(request) };
}
