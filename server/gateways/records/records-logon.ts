import { password as passwordSchema } from '../../../protocol/credentials.js';
import { AppError } from '../../errors/app-error.js';
import type { CertificateService } from '../../features/certificates/certificate-service.js';
import type { LoginOrigin, LoginService } from '../../features/sessions/login-service.js';
import type { Caller, SessionService } from '../../features/sessions/session-service.js';
import type { CountTry } from '../gateway.js';
import type { Entrant, RecordsVisit } from './records-visit.js';

/** The services behind a logon. */
export interface RecordsLogonServices {
  readonly logins: Pick<LoginService, 'login' | 'logout'>;
  readonly sessions: Pick<SessionService, 'authorize'>;
  readonly certificates: Pick<CertificateService, 'assertNames' | 'login'>;
}

/** Logs somebody on by `USER,PASSWORD`. @throws AppError */
export type LogOn = (args: string, visit: RecordsVisit) => Promise<Entrant>;

/** An e-mail address is the longest that names somebody. */
const MAX_NAME_CHARACTERS = 254;

/** Makes the logon of contract 3: a login session by a password, or where it is empty by the certificate. */
export function createRecordsLogon(services: RecordsLogonServices, countTry: CountTry): LogOn {
  const { logins, sessions, certificates } = services;

  function openSession(name: string, password: string, { certificate, endpoint }: RecordsVisit) {
    // A password cannot be changed here.
    const origin: LoginOrigin = { endpoint, door: 'records', client: 'records', isForGood: true };
    if (password === '' && certificate !== undefined) return certificates.login(certificate, origin);
    if (!passwordSchema.safeParse(password).success) throw new AppError('account.wrong_credentials');
    return logins.login(name, password, { ...origin, certificate: certificate?.serialNumber });
  }

  return async (args, visit) => {
    const { certificate, endpoint } = visit;
    countTry(endpoint);
    const comma = args.indexOf(',');
    const name = args.slice(0, Math.max(0, comma));
    if (name === '' || name.length > MAX_NAME_CHARACTERS) throw new AppError('account.wrong_credentials');
    if (certificate !== undefined)
      await certificates.assertNames(name, certificate, { endpoint, door: 'records' });
    const { token } = await openSession(name, args.slice(comma + 1), visit);
    const session = sessions.authorize(token, endpoint);
    const caller: Caller = { session, endpoint, door: 'records', certificate };
    return { token, leave: () => logins.logout(caller) };
  };
}
