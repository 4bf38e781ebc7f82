import type { LoginAnswer } from '../../../protocol/sessions.js';
import { userNameKey } from '../../../protocol/user-name.js';
import { AppError } from '../../errors/app-error.js';
import type { ClientCertificate } from '../../tls/client-certificate.js';
import type { Account } from '../accounts/account-service.js';
import type { Caller, Session } from '../sessions/session-service.js';
import type { LoginOrigin } from '../sessions/login-service.js';

/** Whose a certificate is. */
export interface CertificateBearer {
  readonly userId: string;
  readonly userName: string;
}

/**
 * What the certificates of clients stand for: the account whose name is their common name. One that was issued before the account
 * had that name is nobody's, since it was made for whoever had it before.
 */
export interface CertificateService {
  /** The active account that a certificate is of. @throws AppError `certificate.refused`, `account.not_active`, `database.…` */
  bearerOf(certificate: ClientCertificate): Promise<CertificateBearer>;
  /**
   * Refuses somebody who names another account than the certificate's, by user name or e-mail address, known or not.
   *
   * @param origin - of the login that it is about: its refusal is noted
   * @throws AppError `certificate.of_another`, `certificate.refused`, `account.not_active`, `database.…`
   */
  assertNames(
    nameOrEmail: string,
    certificate: ClientCertificate,
    origin?: Pick<LoginOrigin, 'endpoint' | 'door'>,
  ): Promise<void>;
  /**
   * Opens a login session by a certificate, without a password.
   *
   * @throws AppError `certificate.password_needed` where `GATHERD_TLS_CLIENT_LOGIN` is `factor`, and for an account that never had a
   *   password; `certificate.refused`, `account.not_active`, `account.password_change_needed`, `session.too_many`,
   *   `session.invalid`, `database.…`
   */
  login(certificate: ClientCertificate, origin: LoginOrigin): Promise<LoginAnswer>;
}

/** A certificate says when it was issued to the second: it may be of the second in which the account got its name. */
const PRECISION_MS = 1000;

/** Why a session is good for nothing on the connection that it is used on; undefined where it is good. Waits for nothing. */
export function certificateRefusal({
  session,
  certificate,
}: Pick<Caller, 'session' | 'certificate'>): AppError | undefined {
  if (certificate === undefined) return undefined;
  if (!isNameOf(certificate, session.userName)) return ofAnother(certificate);
  return refusalOfAge(certificate, session);
}

/** Refuses what {@link certificateRefusal} does. @throws AppError `certificate.of_another`, `certificate.refused` */
export function assertCertified(caller: Pick<Caller, 'session' | 'certificate'>): void {
  const refusal = certificateRefusal(caller);
  if (refusal !== undefined) throw refusal;
}

/** The refusal of what is of another account than the certificate. */
export function ofAnother({ name }: ClientCertificate): AppError {
  return new AppError('certificate.of_another', { details: { name } });
}

/** The refusal of a certificate that is older than a name, and so of whoever had that before. */
export function refusalOfAge(
  { issuedAt }: ClientCertificate,
  { nameSince }: Pick<Account | Session, 'nameSince'>,
): AppError | undefined {
  if (issuedAt.getTime() + PRECISION_MS > nameSince.getTime()) return undefined;
  const reason = 'it was issued before the account had this name';
  return new AppError('certificate.refused', { details: { reason } });
}

/** Whether a certificate names the account of a name. */
export function isNameOf({ name }: ClientCertificate, userName: string): boolean {
  // Most clients write it as the account does, and then nothing has to be folded.
  return name === userName || userNameKey(name) === userNameKey(userName);
}
