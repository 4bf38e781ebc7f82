import { AppError } from '../../errors/app-error.js';
import type { Account, AccountService } from '../accounts/account-service.js';
import type { AuditService } from '../audit/audit-service.js';
import { noteLogin, noteRefusedLogin, type LoginOrigin } from './login-service.js';
import type { RevocationWatch, SessionService } from './session-service.js';

/** IDENTIFY and AUTHENTICATE of contract 1, whatever the door. */
export interface HandshakeService {
  /**
   * Opens a handshake for a user at an endpoint, and makes the user if there is none.
   *
   * @param invite - a code, where enrolment asks for one
   * @throws AppError `account.enrollment_closed`, `account.invite_…`, `account.too_many_pending`, `endpoint.too_many`
   */
  identify(name: string, endpoint: string, invite?: string): Promise<{ isNew: boolean }>;
  /**
   * Checks a password, or sets the first one, and opens a session.
   *
   * @param client - what the client says it is
   * @throws AppError `account.…`, `password.…`, `session.not_identified`, `session.too_many`
   */
  authenticate(
    name: string,
    password: string,
    endpoint: string,
    client?: string,
  ): Promise<{ name: string; token: string; isFirst: boolean }>;
}

/** Makes the service of handshakes. */
export function createHandshakeService(
  accounts: Pick<AccountService, 'identify' | 'find' | 'authenticate' | 'noteLogin'>,
  sessions: SessionService,
  audit: Pick<AuditService, 'note'>,
): HandshakeService {
  async function open(
    account: Account,
    password: string,
    { endpoint, client }: Pick<LoginOrigin, 'endpoint' | 'client'>,
    watch: RevocationWatch,
  ) {
    const { isOpen, isProven } = sessions.handshake(account, endpoint);
    if (!isOpen) throw new AppError('session.not_identified');
    const { isFirst } = await accounts
      .authenticate(account, { password, endpoint, isProven })
      .catch((error: unknown) => {
        const isWrong = error instanceof AppError && error.code === 'account.wrong_password';
        if (isWrong) sessions.refusePassword(account, endpoint);
        throw error;
      });
    await accounts.noteLogin(account);
    if (watch.isRevoked(account.id)) throw new AppError('session.not_identified');
    return { name: account.name, token: await sessions.open(account, endpoint, client), isFirst };
  }

  return {
    async identify(name, endpoint, invite) {
      const { account, isNew } = await accounts.identify(name, endpoint, invite);
      await sessions.identify(account, endpoint);
      return { isNew };
    },
    async authenticate(name, password, endpoint, client = '') {
      let account: Account | undefined;
      const origin = { endpoint, door: 'gather', client } as const;
      using watch = sessions.watch();
      try {
        account = await accounts.find(name, { password, endpoint });
        const opened = await open(account, password, origin, watch);
        noteLogin(audit, account, origin);
        return opened;
      } catch (error) {
        noteRefusedLogin(audit, account, origin, error);
        throw error;
      }
    },
  };
}
