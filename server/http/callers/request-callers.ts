import type { IncomingMessage } from 'node:http';
import { AppError } from '../../errors/app-error.js';
import type { AccessService } from '../../features/accounts/access-service.js';
import { assertCertified } from '../../features/certificates/certificate-service.js';
import type { Caller, SessionService } from '../../features/sessions/session-service.js';
import type { ClientCertificate } from '../../tls/client-certificate.js';
import type { AddressOf } from '../client-address.js';
import type { CertificateOf } from '../client-certificates.js';
import type { TokenOf } from './bearer-token.js';

/**
 * Tells whose request it is by its token.
 *
 * @throws AppError `token.missing`, `token.invalid`, `session.invalid`, `session.not_identified`,
 *   `account.password_change_needed`, `certificate.of_another`, `certificate.refused`; `request.foreign_origin` where a cookie counts
 */
export type CallerOf = (request: IncomingMessage) => Caller;

/** What guards ask of a request. */
export interface CallerOfOptions {
  readonly sessions: Pick<SessionService, 'authorize'>;
  readonly access: Pick<AccessService, 'assertPasswordChanged'>;
  readonly tokenOf: TokenOf;
  readonly addressOf: AddressOf;
  readonly certificateOf: CertificateOf;
}

/** Makes the guard of everything under `/v1`. */
export function createCallerOf(options: CallerOfOptions): CallerOf {
  const newcomerOf = createNewcomerOf(options);
  return (request) => {
    const caller = newcomerOf(request);
    options.access.assertPasswordChanged(caller);
    return caller;
  };
}

/** Makes the guard of what is open to those too who have to change their password first. It throws less than {@link createCallerOf}. */
export function createNewcomerOf(options: Omit<CallerOfOptions, 'access'>): CallerOf {
  const { sessions, tokenOf, addressOf, certificateOf } = options;
  return (request) => {
    const token = tokenOf(request);
    if (token === undefined) throw new AppError('token.missing');
    const endpoint = addressOf(request);
    const session = sessions.authorize(token, endpoint);
    return onConnection({ session, endpoint, door: 'http' }, certificateOf(request));
  };
}

/**
 * A caller on the connection that is used, whose certificate has to be of the same account.
 *
 * @throws AppError `certificate.of_another`, `certificate.refused`
 */
export function onConnection(caller: Caller, certificate: ClientCertificate | undefined): Caller {
  if (certificate === undefined) return caller;
  const certified: Caller = { ...caller, certificate };
  assertCertified(certified);
  return certified;
}
