import { Router, type Request } from 'express';
import { login } from '../../../protocol/sessions.js';
import type { CertificateService } from '../../features/certificates/certificate-service.js';
import type { LoginOrigin, LoginService } from '../../features/sessions/login-service.js';
import type { AddressLimiter } from '../address-limiter.js';
import type { CallerOf } from '../bearer-sessions.js';
import type { ReadJson } from '../bodies/json-body.js';
import type { AddressOf } from '../client-address.js';
import { neededCertificate, type CertificateOf } from '../client-certificates.js';
import { clientNameOf } from '../client-name.js';
import { assertOwnOrigin } from '../feed/upgrade-guards.js';
import { refuseOtherMethods } from '../request-guards.js';

const PATH = '/v1/sessions';
const CERTIFICATE_PATH = '/v1/sessions/certificate';
const CURRENT_PATH = '/v1/sessions/current';
const ONE_PATH = '/v1/sessions/:id';

/**
 * `/v1/sessions`: logins, and a user's own sessions.
 *
 * @param options - `newcomerOf` admits those too who have to change their password first
 */
export function createSessionRoutes(options: {
  readonly logins: LoginService;
  readonly certificates: Pick<CertificateService, 'assertNames' | 'login'>;
  readonly callerOf: CallerOf;
  readonly newcomerOf: CallerOf;
  readonly addressOf: AddressOf;
  readonly certificateOf: CertificateOf;
  readonly limitAddress: AddressLimiter;
  readonly readJson: ReadJson;
}): Router {
  const { logins, certificates, callerOf, newcomerOf, certificateOf, readJson } = options;
  const router = Router();
  router.post(PATH, async (request, response) => {
    const { username, password } = await readJson(request, login);
    const origin = originOf(request, options);
    const certificate = certificateOf(request);
    if (certificate !== undefined) await certificates.assertNames(username, certificate, origin);
    const serial = certificate?.serialNumber;
    response.status(201).json(await logins.login(username, password, { ...origin, certificate: serial }));
  });
  router.post(CERTIFICATE_PATH, async (request, response) => {
    // A browser shows its certificate for whatever page asks, and this is no JSON, which would need leave to be sent.
    assertOwnOrigin(request);
    const origin = originOf(request, options);
    const certificate = neededCertificate(certificateOf, request);
    response.status(201).json(await certificates.login(certificate, origin));
  });
  router.all(CERTIFICATE_PATH, refuseOtherMethods('POST'));
  router.get(PATH, (request, response) => {
    response.json({ sessions: logins.list(callerOf(request)) });
  });
  router.delete(PATH, async (request, response) => {
    response.json({ ended: await logins.endOthers(callerOf(request)) });
  });
  router.delete(CURRENT_PATH, async (request, response) => {
    await logins.logout(newcomerOf(request));
    response.status(204).end();
  });
  router.all(CURRENT_PATH, refuseOtherMethods('DELETE'));
  router.delete(ONE_PATH, async (request, response) => {
    await logins.end(callerOf(request), request.params.id);
    response.status(204).end();
  });
  router.all(PATH, refuseOtherMethods('DELETE, GET, POST'));
  router.all(ONE_PATH, refuseOtherMethods('DELETE'));
  return router;
}

// A login is counted before anything is looked up for it.
function originOf(
  request: Request,
  { addressOf, limitAddress }: { readonly addressOf: AddressOf; readonly limitAddress: AddressLimiter },
): LoginOrigin {
  const endpoint = addressOf(request);
  limitAddress(endpoint);
  return { endpoint, door: 'http', client: clientNameOf(request) };
}
