import type { LoginAnswer } from '../../../protocol/sessions.js';
import type { ClientCertificate } from '../../tls/client-certificate.js';
import type { Caller } from '../sessions/session-service.js';
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
   * Refuses a session that is not of the certificate's account, whatever its token. Does not wait for the database.
   *
   * @throws AppError `certificate.of_another`
   */
  assertBearer(caller: Pick<Caller, 'session'>, certificate: ClientCertificate): void;
  /**
   * Refuses somebody who names another account than the certificate's, by user name or e-mail address.
   *
   * @throws AppError `certificate.of_another`, `certificate.refused`, `database.…`
   */
  assertNames(nameOrEmail: string, certificate: ClientCertificate): Promise<void>;
  /**
   * Opens a login session by a certificate, without a password.
   *
   * @throws AppError `certificate.password_needed` where `GATHERD_TLS_CLIENT_LOGIN` is `factor`; `certificate.refused`,
   *   `account.not_active`, `account.password_change_needed`, `session.too_many`, `session.invalid`, `database.…`
   */
  login(certificate: ClientCertificate, origin: LoginOrigin): Promise<LoginAnswer>;
}
