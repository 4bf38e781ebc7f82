import { AppError } from '../../errors/app-error.js';
import type { AccountService } from '../accounts/account-service.js';
import type { SessionService } from './session-service.js';

/** IDENTIFY and AUTHENTICATE of contract 1, whatever the door. */
export interface HandshakeService {
  /**
   * Opens a handshake for a user at an endpoint, and makes the user if there is none.
   *
   * @throws AppError `account.enrollment_closed`, `account.too_many_pending`, `endpoint.too_many`
   */
  identify(name: string, endpoint: string): Promise<{ isNew: boolean }>;
  /**
   * Checks a password, or sets the first one, and opens a session.
   *
   * @throws AppError `account.…`, `session.not_identified`, `session.too_many`
   */
  authenticate(
    name: string,
    password: string,
    endpoint: string,
  ): Promise<{ name: string; token: string; isFirst: boolean }>;
}

/** Makes the service of handshakes. */
export function createHandshakeService(accounts: AccountService, sessions: SessionService): HandshakeService {
  return {
    async identify(name, endpoint) {
      const { account, isNew } = await accounts.identify(name, endpoint);
      await sessions.identify(account, endpoint);
      return { isNew };
    },
    async authenticate(name, password, endpoint) {
      const account = await accounts.find(name, password);
      const { isOpen, isProven } = sessions.handshake(account, endpoint);
      if (!isOpen) throw new AppError('session.not_identified');
      const { isFirst } = await accounts
        .checkPassword(account, password, endpoint, isProven)
        .catch((error: unknown) => {
          const isWrong = error instanceof AppError && error.code === 'account.wrong_password';
          if (isWrong) sessions.refusePassword(account, endpoint);
          throw error;
        });
      return { name: account.name, token: await sessions.open(account, endpoint), isFirst };
    },
  };
}
