import { password as passwordSchema } from '../../../protocol/credentials.js';
import { API_TOKEN_PREFIX, SESSION_TOKEN_PREFIX } from '../../../protocol/sessions.js';
import { AppError } from '../../errors/app-error.js';
import type { AccessService } from '../../features/accounts/access-service.js';
import {
  assertCertified,
  isNameOf,
  type CertificateService,
} from '../../features/certificates/certificate-service.js';
import type { LoginOrigin, LoginService } from '../../features/sessions/login-service.js';
import type { Caller, SessionService } from '../../features/sessions/session-service.js';
import type { ClientCertificate } from '../../tls/client-certificate.js';
import type { CountTry } from '../gateway.js';
import type { Line } from '../line-reader.js';

/** Somebody who has logged in, until it leaves. */
export interface Entrant {
  readonly caller: Caller;
  /** Ends the session, where the login has made one. @throws AppError `database.…` */
  leave(): Promise<void>;
}

/** Where somebody comes from. */
export interface ChatOrigin {
  readonly endpoint: string;
  /** Where one is asked for. */
  readonly certificate: ClientCertificate | undefined;
}

/**
 * Lets somebody in by its first line: `USER PASSWORD`, or a token of whatever kind, of the account of the certificate where there is
 * one; `USER` alone where that is enough.
 *
 * @throws AppError
 */
export type LogIn = (line: Line, origin: ChatOrigin) => Promise<Entrant>;

/** The services behind it. */
export interface ChatLoginServices {
  readonly logins: Pick<LoginService, 'login' | 'logout'>;
  readonly certificates: Pick<CertificateService, 'assertNames' | 'bearerOf' | 'login'>;
  readonly sessions: Pick<SessionService, 'authorize'>;
  readonly access: Pick<AccessService, 'assert'>;
}

/** An e-mail address is the longest that names somebody. */
const MAX_NAME_CHARACTERS = 254;
const HINT = { field: 'login', reason: 'the first line is USER PASSWORD or a token' };
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Makes the login of the chat. */
export function createChatLogin(
  { logins, sessions, certificates }: ChatLoginServices,
  countTry: CountTry,
): LogIn {
  function callerOf(token: string, { endpoint, certificate }: ChatOrigin): Caller {
    const session = sessions.authorize(token, endpoint);
    const caller: Caller = { session, endpoint, door: 'chat', certificate };
    assertCertified(caller);
    return caller;
  }

  function entrantOf(token: string, origin: ChatOrigin): Entrant {
    const caller = callerOf(token, origin);
    return { caller, leave: () => logins.logout(caller) };
  }

  async function byPassword(name: string, password: string, origin: ChatOrigin): Promise<Entrant> {
    const { endpoint, certificate } = origin;
    countTry(endpoint);
    if (!isPossible(name) || !passwordSchema.safeParse(password).success)
      throw new AppError('account.wrong_credentials');
    if (certificate !== undefined) await certificates.assertNames(name, certificate, comingFrom(endpoint));
    const serial = certificate?.serialNumber;
    const login = { ...comingFrom(endpoint), isForGood: true, certificate: serial };
    const { token } = await logins.login(name, password, login);
    return entrantOf(token, origin);
  }

  async function byCertificate(name: string, certificate: ClientCertificate, endpoint: string) {
    countTry(endpoint);
    if (!isPossible(name)) throw new AppError('request.invalid_field', { details: HINT });
    await certificates.assertNames(name, certificate, comingFrom(endpoint));
    const { token } = await certificates.login(certificate, comingFrom(endpoint));
    return entrantOf(token, { endpoint, certificate });
  }

  return async (line, origin) => {
    const { endpoint, certificate } = origin;
    const space = typeof line === 'string' ? line.indexOf(' ') : -1;
    if (typeof line === 'string' && space !== -1)
      return byPassword(line.slice(0, space), line.slice(space + 1), origin);
    // A name may look like a token.
    if (typeof line === 'string' && certificate !== undefined)
      if (!isToken(line) || isNameOf(certificate, line)) return byCertificate(line, certificate, endpoint);
    if (typeof line !== 'string' || !isToken(line)) {
      countTry(endpoint);
      throw new AppError('request.invalid_field', { details: HINT });
    }
    return { caller: callerOf(line, origin), leave: () => Promise.resolve() };
  };
}

function comingFrom(endpoint: string): LoginOrigin {
  return { endpoint, door: 'chat', client: 'chat' };
}

function isPossible(name: string): boolean {
  return name !== '' && name.length <= MAX_NAME_CHARACTERS;
}

function isToken(line: string): boolean {
  return line.startsWith(SESSION_TOKEN_PREFIX) || line.startsWith(API_TOKEN_PREFIX) || JWT.test(line);
}
