import { Router, type Request } from 'express';
import { accountChanges, accountDeletion, passwordChange, registration } from '../../../protocol/accounts.js';
import type { OwnAccountService } from '../../features/accounts/own-account-service.js';
import type { RegistrationService } from '../../features/accounts/registration-service.js';
import type { CertificateService } from '../../features/certificates/certificate-service.js';
import type { AddressLimiter } from '../address-limiter.js';
import type { CallerOf } from '../callers/request-callers.js';
import type { ReadJson } from '../bodies/json-body.js';
import type { SessionCookies } from '../callers/session-cookies.js';
import type { AddressOf } from '../client-address.js';
import type { CertificateOf } from '../client-certificates.js';
import { refuseOtherMethods } from '../request-guards.js';

const PATH = '/v1/account';
const PASSWORD_PATH = '/v1/account/password';

/**
 * `/v1/account`: what users do with their own accounts.
 *
 * @param options - `newcomerOf` admits those too who have to change their password first
 */
export function createAccountRoutes(options: {
  readonly accounts: OwnAccountService;
  readonly registrations: RegistrationService;
  readonly certificates: Pick<CertificateService, 'assertNames'>;
  readonly callerOf: CallerOf;
  readonly newcomerOf: CallerOf;
  readonly cookies: Pick<SessionCookies, 'forget'>;
  readonly addressOf: AddressOf;
  readonly certificateOf: CertificateOf;
  readonly limitAddress: AddressLimiter;
  readonly readJson: ReadJson;
}): Router {
  const { accounts, registrations, callerOf, newcomerOf, addressOf, limitAddress, readJson } = options;
  const { certificates, certificateOf, cookies } = options;
  const router = Router();
  router.post(PATH, async (request, response) => {
    const wanted = await readJson(request, registration);
    const endpoint = addressOf(request);
    limitAddress(endpoint);
    // Whoever has a certificate has an account: nobody registers here but under a name that is taken.
    const certificate = certificateOf(request);
    if (certificate !== undefined) await certificates.assertNames(wanted.username, certificate);
    response.status(201).json(await registrations.register({ endpoint, door: 'http' }, wanted));
  });
  router.get(PATH, async (request, response) => {
    response.json(await accounts.get(newcomerOf(request)));
  });
  router.patch(PATH, async (request, response) => {
    const caller = callerOf(request);
    response.json(await accounts.change(caller, await readJson(request, accountChanges)));
  });
  router.delete(PATH, async (request, response) => {
    const caller = callerOf(request);
    const { password } = await readJson(request, accountDeletion);
    limitAddress(caller.endpoint);
    await accounts.remove(caller, password);
    cookies.forget(request, response);
    response.status(204).end();
  });
  router.post(PASSWORD_PATH, async (request, response) => {
    await changePassword(request);
    response.status(204).end();
  });
  router.all(PATH, refuseOtherMethods('DELETE, GET, PATCH, POST'));
  router.all(PASSWORD_PATH, refuseOtherMethods('POST'));
  return router;

  async function changePassword(request: Request): Promise<void> {
    const caller = newcomerOf(request);
    const { current_password: current, new_password: next } = await readJson(request, passwordChange);
    limitAddress(caller.endpoint);
    await accounts.changePassword(caller, current, next);
  }
}
