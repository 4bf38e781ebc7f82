import type { LoginAnswer } from '../../../protocol/sessions.js';
import type { Settings } from '../../config/settings.js';
import { AppError } from '../../errors/app-error.js';
import type { ClientCertificate } from '../../tls/client-certificate.js';
import type { Account, AccountService } from '../accounts/account-service.js';
import type { AuditService } from '../audit/audit-service.js';
import { noteLogin, noteRefusedLogin, type LoginOrigin } from '../sessions/login-service.js';
import type { SessionService } from '../sessions/session-service.js';
import {
  ofAnother,
  refusalOfAge,
  type CertificateBearer,
  type CertificateService,
} from './certificate-service.js';

/** What the service of certificates needs. */
export interface CertificateServiceDeps {
  readonly rule: Settings['tlsClientLogin'];
  readonly accounts: Pick<AccountService, 'findByName' | 'findByLogin' | 'noteLogin'>;
  readonly sessions: Pick<SessionService, 'openLogin' | 'watch'>;
  readonly audit: Pick<AuditService, 'note'>;
}

/** Makes the service of certificates. */
export function createCertificateService(deps: CertificateServiceDeps): CertificateService {
  return new Certificates(deps);
}

interface Bearer {
  readonly account: Account;
  readonly hasPassword: boolean;
}

class Certificates implements CertificateService {
  readonly #deps: CertificateServiceDeps;

  constructor(deps: CertificateServiceDeps) {
    this.#deps = deps;
  }

  async bearerOf(certificate: ClientCertificate): Promise<CertificateBearer> {
    const { account } = await this.#activeBearer(certificate);
    return { userId: account.id, userName: account.name };
  }

  async assertNames(
    nameOrEmail: string,
    certificate: ClientCertificate,
    origin?: Pick<LoginOrigin, 'endpoint' | 'door'>,
  ): Promise<void> {
    const named = await this.#deps.accounts.findByLogin(nameOrEmail);
    try {
      const { account } = await this.#activeBearer(certificate);
      if (named?.id !== account.id) throw ofAnother(certificate);
    } catch (error) {
      if (origin !== undefined) this.#noteRefused(named, certificate, origin, error);
      throw error;
    }
  }

  async login(certificate: ClientCertificate, origin: LoginOrigin): Promise<LoginAnswer> {
    const { sessions, accounts, audit, rule } = this.#deps;
    using watch = sessions.watch();
    let account: Account | undefined;
    try {
      if (rule === 'factor') throw new AppError('certificate.password_needed');
      const bearer = await this.#activeBearer(certificate);
      account = bearer.account;
      assertComplete(bearer);
      const user = await accounts.noteLogin(account);
      if (watch.isRevoked(account.id)) throw new AppError('session.invalid');
      const { token, session } = await sessions.openLogin(account, origin);
      noteLogin(audit, account, { ...origin, certificate: certificate.serialNumber });
      return { token, expires_at: session.expiresAt.toISOString(), user };
    } catch (error) {
      this.#noteRefused(account, certificate, origin, error);
      throw error;
    }
  }

  async #activeBearer(certificate: ClientCertificate): Promise<Bearer> {
    const bearer = await this.#deps.accounts.findByName(certificate.name);
    if (bearer === undefined) {
      const details = { reason: 'there is no account of this name' };
      throw new AppError('certificate.refused', { details });
    }
    const refusal = refusalOfAge(certificate, bearer.account);
    if (refusal !== undefined) throw refusal;
    if (bearer.account.status !== 'active') throw new AppError('account.not_active');
    return bearer;
  }

  #noteRefused(
    claimed: Account | undefined,
    { serialNumber: certificate }: ClientCertificate,
    { endpoint, door }: Pick<LoginOrigin, 'endpoint' | 'door'>,
    error: unknown,
  ): void {
    noteRefusedLogin(this.#deps.audit, claimed, { endpoint, door, certificate }, error);
  }
}

// It stands for a password, and so for one that is there and that nobody else has made.
function assertComplete({ account, hasPassword }: Bearer): void {
  if (!hasPassword) throw new AppError('certificate.password_needed');
  if (account.oneTimeUntil !== null) throw new AppError('account.password_change_needed');
}
