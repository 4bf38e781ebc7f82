import { randomBytes, randomUUID } from 'node:crypto';
import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import { userNameKey } from '../../protocol/user-name.js';
import type { Settings } from '../config/settings.js';
import type { DataDirectory } from '../data-directory/claim-data-directory.js';
import { openDatabase, type Database } from '../database/database.js';
import { AccessService } from '../features/accounts/access-service.js';
import { createAccountService, type AccountService } from '../features/accounts/account-service.js';
import { createOwnAccountService, type OwnAccountService } from '../features/accounts/own-account-service.js';
import { createPrismaUserStore } from '../features/accounts/prisma-user-store.js';
import {
  createRegistrationService,
  type RegistrationService,
} from '../features/accounts/registration-service.js';
import { createUserAdminService, type UserAdminService } from '../features/accounts/user-admin-service.js';
import { withReservedNames } from '../features/accounts/reserved-names.js';
import { UserChanges } from '../features/accounts/user-changes.js';
import { UserCount, withMostUsers } from '../features/accounts/user-count.js';
import type { UserStore } from '../features/accounts/user-store.js';
import type { AuditService } from '../features/audit/audit-service.js';
import { openAuditService } from '../features/audit/open-audit-log.js';
import { createPrismaAuditStore } from '../features/audit/prisma-audit-store.js';
import { createEmployeeImportService } from '../features/employees/create-employee-import-service.js';
import { createEmployeeService } from '../features/employees/create-employee-service.js';
import type { EmployeeImportService, EmployeeService } from '../features/employees/employee-service.js';
import type { EmployeeStore } from '../features/employees/employee-store.js';
import { createPrismaEmployeeStore } from '../features/employees/prisma-employee-store.js';
import type { CertificateService } from '../features/certificates/certificate-service.js';
import { createCertificateService } from '../features/certificates/create-certificate-service.js';
import { createInviteService } from '../features/invites/code-invites.js';
import type { InviteService } from '../features/invites/invite-service.js';
import { createPrismaInviteStore } from '../features/invites/prisma-invite-store.js';
import { createHandshakeService, type HandshakeService } from '../features/sessions/handshake-service.js';
import { createLoginService, type LoginService } from '../features/sessions/login-service.js';
import { createPrismaSessionStore } from '../features/sessions/prisma-session-store.js';
import { SessionRegistry } from '../features/sessions/session-registry.js';
import { createSessionService } from '../features/sessions/session-mirror.js';
import type { SessionService } from '../features/sessions/session-service.js';
import { createApiTokenService, type ApiTokenService } from '../features/tokens/api-token-service.js';
import { createPrismaApiTokenStore } from '../features/tokens/prisma-api-token-store.js';
import { TokenService } from '../features/tokens/token-service.js';
import { createAddressLimiter } from '../http/address-limiter.js';
import { createKey, loadKey } from '../keys/key-file.js';
import type { KeyRing } from '../keys/key-ring.js';
import { openKeyRing } from '../keys/open-key-ring.js';
import { createPrismaDataKeyStore } from '../keys/prisma-data-key-store.js';
import type { Logger } from '../observability/logger.js';
import { hasForeignHashes } from '../passwords/foreign-hashes.js';
import { LoginThrottle } from '../passwords/login-throttle.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { createPasswordPolicy, type PasswordPolicy } from '../passwords/password-policy.js';
import { assertSamePepper, loadPepper } from '../passwords/pepper.js';
import { createPrismaKeyCheckStore } from '../passwords/prisma-key-check-store.js';

/** Everything behind the doors but the messages: what a server and a command of the operator both work with. */
export interface Services extends AsyncDisposable {
  readonly database: Database;
  readonly keys: KeyRing;
  readonly users: UserStore;
  readonly hasher: PasswordHasher;
  readonly policy: PasswordPolicy;
  readonly access: AccessService;
  readonly audit: AuditService;
  readonly invites: InviteService;
  readonly accounts: AccountService;
  readonly registrations: RegistrationService;
  readonly ownAccounts: OwnAccountService;
  readonly userAdmin: UserAdminService;
  readonly sessions: SessionService;
  readonly handshakes: HandshakeService;
  readonly logins: LoginService;
  readonly certificates: CertificateService;
  readonly apiTokens: ApiTokenService;
  readonly employeeStore: EmployeeStore;
  readonly employees: EmployeeService;
  readonly employeeImports: EmployeeImportService;
}

/** What comes from outside and is not a setting. */
export interface ServiceSurroundings {
  readonly directory: DataDirectory;
  readonly logger: Logger;
  readonly clock: () => Date;
}

/** What anybody can make us keep for a day by IDENTIFY alone. */
const MAX_PENDING_USERS = 100_000;

/** Opens the database and the keys of a data directory, and puts the services on them together. */
export async function openServices(settings: Settings, around: ServiceSurroundings): Promise<Services> {
  const { directory, clock, logger } = around;
  const stack = new AsyncDisposableStack();
  try {
    const database = stack.use(await openDatabase(directory.file('gatherd.db')));
    const keys = await openKeys(settings, around, database);
    const users = await withMostUsers(
      withReservedNames(createPrismaUserStore(database, keys)),
      settings.maxUsers,
    );
    const hasher = stack.use(await openHasher(settings, directory, database, users));
    const auditDeps = {
      ...{ clock, logger, auditKey: keys.auditKey },
      store: createPrismaAuditStore(database),
      findUserId: async (name: string) => (await users.findByNameKey(userNameKey(name)))?.id,
    };
    const audit = stack.use(await openAuditService(auditDeps, directory.file('audit.end')));
    const access = new AccessService(audit);
    const sessions = stack.use(await openSessions(settings, around, { database, access }));
    const invites = createInviteService({
      enrollment: settings.enrollment,
      store: createPrismaInviteStore(database),
      ...{ access, audit, clock, logger },
      newId: randomUUID,
    });
    const opened = { database, keys, users, hasher, access, audit, invites, sessions };
    const services = await createServices(settings, around, opened);
    return { ...opened, ...services, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

function openKeys(
  { masterKey: given }: Settings,
  { directory, clock }: ServiceSurroundings,
  database: Database,
): Promise<KeyRing> {
  const source = { given, path: directory.file('master.key') };
  return openKeyRing(source, createPrismaDataKeyStore(database), clock);
}

async function openHasher(
  { pepper }: Settings,
  directory: DataDirectory,
  database: Database,
  users: UserStore,
): Promise<PasswordHasher> {
  const path = directory.file('pepper.key');
  const hasPasswords = () => users.hasPepperedPasswords();
  const loaded = await loadPepper(pepper?.reveal(), path, hasPasswords);
  const hasher = new PasswordHasher(loaded.secret);
  await assertSamePepper(hasher, loaded, createPrismaKeyCheckStore(database), hasPasswords);
  if (await hasForeignHashes(database)) hasher.expectForeign();
  return hasher;
}

async function openSessions(
  settings: Settings,
  { directory, clock, logger }: ServiceSurroundings,
  { database, access }: { database: Database; access: AccessService },
): Promise<SessionService> {
  const keyPath = directory.file('token.key');
  const sessions = createSessionService({
    registry: new SessionRegistry(clock),
    store: createPrismaSessionStore(database),
    tokens: new TokenService((await loadKey(keyPath)) ?? (await createKey(keyPath)), clock),
    access,
    isBoundToEndpoint: settings.tokenBinding === 'endpoint',
    ttlMs: settings.tokenTtl * 1000,
    loginTtlMs: settings.sessionTtl * 1000,
    loginIdleMs: settings.sessionIdle * 1000,
    maxSessionsPerUser: settings.maxSessionsPerUser,
    maxEndpointsPerUser: settings.maxEndpointsPerUser,
    clock,
    newId: randomUUID,
    random: randomBytes,
    onWriteFailure: (error) => {
      logger.warn({ err: error }, 'The database lacks what has ended; it is told again later.');
    },
  });
  await sessions.load();
  return sessions;
}

type Opened = Pick<
  Services,
  'database' | 'keys' | 'users' | 'hasher' | 'access' | 'audit' | 'invites' | 'sessions'
>;

async function createServices(settings: Settings, { clock }: ServiceSurroundings, opened: Opened) {
  const { users: store, hasher, access, audit, invites, sessions } = opened;
  const policy = createPasswordPolicy({ minLength: settings.passwordMinLength });
  const everywhere = settings.passwordPolicy === 'all' ? policy : undefined;
  const accounts = createAccountService({
    ...{ store, hasher, invites, audit, clock },
    throttle: new LoginThrottle(settings.wrongPasswords, settings.loginRate),
    firstPasswordPolicy: everywhere,
    pending: new UserCount(
      MAX_PENDING_USERS,
      await store.countNeverAuthenticated(),
      'account.too_many_pending',
    ),
    newId: randomUUID,
  });
  const registrations = createRegistrationService({
    ...{ store, hasher, policy, invites, audit, clock },
    countNew: createAddressLimiter(settings.registrationRate),
    credentialPolicy: everywhere,
    newId: randomUUID,
  });
  const changes = new UserChanges({ store, hasher, access, sessions, audit, clock });
  const apiTokens = createApiTokenService({
    ...{ sessions, access, audit, clock },
    findUser: (name) => store.findByNameKey(userNameKey(name)),
    store: createPrismaApiTokenStore(opened.database),
  });
  return {
    policy,
    accounts,
    registrations,
    ownAccounts: createOwnAccountService({ store, accounts, sessions, access, changes, policy }),
    userAdmin: createUserAdminService({
      ...{ store, registrations, sessions, apiTokens, access, changes, audit, clock },
      credentialPolicy: everywhere,
    }),
    handshakes: createHandshakeService(accounts, sessions, audit),
    logins: createLoginService({ accounts, sessions, access, audit }),
    certificates: createCertificateService({ accounts, sessions, audit, rule: settings.tlsClientLogin }),
    apiTokens,
    ...createEmployees(opened, clock),
  };
}

function createEmployees({ database, keys, sessions, access, audit }: Opened, clock: () => Date) {
  const store = createPrismaEmployeeStore(database, keys);
  const imports = createEmployeeImportService({ store, audit, clock });
  return {
    employeeStore: store,
    employees: createEmployeeService({ store, imports, sessions, access, audit, clock }),
    employeeImports: imports,
  };
}
