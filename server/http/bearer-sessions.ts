import type { IncomingMessage } from 'node:http';
import { AppError } from '../errors/app-error.js';
import type { AccessService } from '../features/accounts/access-service.js';
import type { Caller, SessionService } from '../features/sessions/session-service.js';
import type { ClientCertificate } from '../tls/client-certificate.js';
import { assertCertified } from '../features/certificates/certificate-service.js';
import type { AddressOf } from './client-address.js';
import type { CertificateOf } from './client-certificates.js';

/**
 * Tells whose request it is by its bearer token.
 *
 * @throws AppError `token.missing`, `token.invalid`, `session.invalid`, `session.not_identified`,
 *   `account.password_change_needed`, `certificate.of_another`, `certificate.refused`
 */
export type CallerOf = (request: IncomingMessage) => Caller;

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/** Makes the guard of everything under `/v1`: RFC 6750, in the header only. */
export function createCallerOf(
  sessions: Pick<SessionService, 'authorize'>,
  access: Pick<AccessService, 'assertPasswordChanged'>,
  addressOf: AddressOf,
  certificateOf: CertificateOf,
): CallerOf {
  const newcomerOf = createNewcomerOf(sessions, addressOf, certificateOf);
  return (request) => {
    const caller = newcomerOf(request);
    access.assertPasswordChanged(caller);
    return caller;
  };
}

/** Makes the guard of what is open to those too who have to change their password first. It throws less than {@link createCallerOf}. */
export function createNewcomerOf(
  sessions: Pick<SessionService, 'authorize'>,
  addressOf: AddressOf,
  certificateOf: CertificateOf,
): CallerOf {
  return (request) => {
    const token = bearerToken(request);
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

function bearerToken({ headers }: IncomingMessage): string | undefined {
  return BEARER.exec(headers.authorization ?? '')?.[1];
}
