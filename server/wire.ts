import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { hostname } from 'node:os';
import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import type { Express } from 'express';
import { createApp } from './app.js';
import type { Settings } from './config/settings.js';
import type { DataDirectory } from './data-directory/claim-data-directory.js';
import { closeToOthers } from './data-directory/close-to-others.js';
import { openDatabase, type Database } from './database/database.js';
import { DUMP_FORMATS } from './dump/format/dump-formats.js';
import { DumpFile } from './dump/commit/dump-file.js';
import { DumpLock } from './dump/commit/dump-lock.js';
import { DumpWriter } from './dump/commit/dump-writer.js';
import { nodeFileSystem } from './dump/file-system.js';
import { recoveryWindow } from './dump/recovery/recovery-window.js';
import { createAccountService, type AccountService } from './features/accounts/account-service.js';
import { LoginThrottle } from './features/accounts/login-throttle.js';
import { PasswordHasher } from './features/accounts/password-hasher.js';
import { PendingUsers } from './features/accounts/pending-users.js';
import { assertSamePepper, loadPepper } from './features/accounts/pepper.js';
import { createPrismaKeyCheckStore } from './features/accounts/prisma-key-check-store.js';
import { createPrismaUserStore } from './features/accounts/prisma-user-store.js';
import { createMessageService } from './features/messages/message-service.js';
import { createHandshakeService } from './features/sessions/handshake-service.js';
import { createPrismaSessionStore } from './features/sessions/prisma-session-store.js';
import { SessionRegistry } from './features/sessions/session-registry.js';
import { createSessionService, type SessionService } from './features/sessions/session-service.js';
import { TokenService } from './features/sessions/token-service.js';
import { createAddressLimiter } from './http/address-limiter.js';
import { createAddressOf } from './http/client-address.js';
import { createClientRoutes } from './http/client-routes.js';
import { ReceivingBudget } from './http/connections/receiving-budget.js';
import { createGatherDoor, GATHER_PATHS, gatherPathOf } from './http/gather-door.js';
import { createGatherHandlers } from './http/gather-handlers.js';
import { createHealthRoutes } from './http/health-routes.js';
import { createRefusalLog } from './http/refusal-log.js';
import { createHostGuard } from './http/request-guards.js';
import { createRequestIds } from './http/request-ids.js';
import { securityHeaders } from './http/security-headers.js';
import { createKey, loadKey } from './keys/key-file.js';
import type { Logger } from './observability/logger.js';

/** A gatherd that is ready to be listened with. Disposing of it stores what waits and closes everything. */
export interface Gatherd extends AsyncDisposable {
  /** Everything behind Express. */
  readonly app: Express;
  /** The same, with contract 1's paths entered in front of Express. */
  readonly listener: RequestListener;
  readonly dumpPath: string;
}

/** What comes from outside and is not a setting. */
export interface Surroundings {
  readonly directory: DataDirectory;
  readonly logger: Logger;
  readonly clock: () => Date;
  /** Where the built client is. */
  readonly clientPath: string;
  /** Aborted when gatherd has to end: from then on nobody waits long for the dump's lock. */
  readonly signal?: AbortSignal;
}

const DAY_MS = 86_400_000;
const SWEEP_EVERY_MS = 60_000;
/** What anybody can make us keep for a day by IDENTIFY alone. */
const MAX_PENDING_USERS = 100_000;

/** Puts gatherd together: the one place that does. */
export async function wire(settings: Settings, surroundings: Surroundings): Promise<Gatherd> {
  const { directory, logger, clock } = surroundings;
  const stack = new AsyncDisposableStack();
  try {
    const database = stack.use(await openDatabase(directory.file('gatherd.db')));
    await warnIfOpenToOthers(directory, logger);
    const { writer, dumpPath } = await openDump(settings, surroundings);
    stack.use(writer);
    const accounts = await createAccounts(settings, surroundings, database);
    const sessions = stack.use(await createSessions(settings, surroundings, database));
    stack.use(sweepRegularly(accounts, sessions, clock, logger));
    const { app, door } = createDoors(settings, surroundings, { accounts, sessions, writer, database });
    const listener: RequestListener = (request, response) => {
      if (GATHER_PATHS.has(gatherPathOf(request))) void door(request, response);
      else app(request, response);
    };
    return { app, listener, dumpPath, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function openDump(settings: Settings, { directory, logger, clock, signal: closing }: Surroundings) {
  const format = DUMP_FORMATS[settings.dumpFormat];
  const path = directory.file(format.fileName);
  const file = new DumpFile({
    path,
    format,
    fileSystem: nodeFileSystem,
    recoveryWindow: recoveryWindow(settings),
    logger,
  });
  const lock = new DumpLock(path, settings.dumpLockTimeout, closing === undefined ? {} : { closing });
  const writer = new DumpWriter({ file, lock, format, maxQueueBytes: settings.maxQueueBytes, clock, logger });
  await writer.open();
  return { writer, dumpPath: path };
}

async function warnIfOpenToOthers(directory: DataDirectory, logger: Logger): Promise<void> {
  const paths = await closeToOthers(directory);
  if (paths.length > 0)
    logger.warn({ paths }, 'Other users of this machine may enter or read these: chmod go= them.');
}

async function createAccounts(settings: Settings, { directory, clock }: Surroundings, database: Database) {
  const store = createPrismaUserStore(database);
  const path = directory.file('pepper.key');
  const hasPasswords = () => store.hasPepperedPasswords();
  const hasher = new PasswordHasher(await loadPepper(settings.pepper?.reveal(), path, hasPasswords));
  const source = settings.pepper === undefined ? path : 'GATHERD_PEPPER';
  await assertSamePepper(hasher, source, createPrismaKeyCheckStore(database), hasPasswords);
  return createAccountService({
    store,
    hasher,
    throttle: new LoginThrottle(settings.wrongPasswords, settings.loginRate),
    isEnrollmentOpen: settings.enrollment === 'open',
    pending: new PendingUsers(MAX_PENDING_USERS, await store.countNeverAuthenticated()),
    clock,
    newId: randomUUID,
  });
}

async function createSessions(
  settings: Settings,
  { directory, clock, logger }: Surroundings,
  database: Database,
) {
  const keyPath = directory.file('token.key');
  const sessions = createSessionService({
    registry: new SessionRegistry(clock),
    store: createPrismaSessionStore(database),
    tokens: new TokenService((await loadKey(keyPath)) ?? (await createKey(keyPath)), clock),
    isBoundToEndpoint: settings.tokenBinding === 'endpoint',
    ttlMs: settings.tokenTtl * 1000,
    maxSessionsPerUser: settings.maxSessionsPerUser,
    maxEndpointsPerUser: settings.maxEndpointsPerUser,
    clock,
    newId: randomUUID,
    onWriteFailure: (error) => {
      logger.warn({ err: error }, 'The database lacks what has ended; it is told again later.');
    },
  });
  await sessions.load();
  return sessions;
}

interface Inside {
  readonly accounts: AccountService;
  readonly sessions: SessionService;
  readonly writer: DumpWriter;
  readonly database: Database;
}

function createDoors(settings: Settings, { logger, clientPath }: Surroundings, inside: Inside) {
  const common = {
    assertHost: createHostGuard([settings.host, hostname(), ...settings.allowedHosts]),
    addressOf: createAddressOf(settings.trustProxy),
    logRefusal: createRefusalLog(logger),
    newRequestId: createRequestIds(),
    headers: securityHeaders(),
  };
  const { maxMessageBytes, maxMessages, maxBodyBytes, maxJsonDepth, handshakeRate } = settings;
  const handlers = createGatherHandlers(
    createHandshakeService(inside.accounts, inside.sessions),
    createMessageService(inside.sessions, inside.writer, { maxMessageBytes, maxMessages }),
    createAddressLimiter(handshakeRate),
  );
  const receiving = new ReceivingBudget(settings.maxReceivingBytes);
  const door = createGatherDoor({ ...common, handlers, maxBodyBytes, maxJsonDepth, receiving });
  const readiness = async () => ({
    dump: await inside.writer.isHealthy(),
    database: await inside.database.isHealthy(),
  });
  const routers = [createHealthRoutes(readiness), createClientRoutes(clientPath)];
  return { door, app: createApp({ ...common, gatherDoor: door, routers }) };
}

function sweepRegularly(
  accounts: AccountService,
  sessions: SessionService,
  clock: () => Date,
  logger: Logger,
): Disposable {
  async function sweep(): Promise<void> {
    await sessions.sweep();
    const dayAgo = new Date(clock().getTime() - DAY_MS);
    for await (const userIds of accounts.removeNeverAuthenticated(dayAgo)) sessions.forgetUsers(userIds);
  }
  const timer = setInterval(() => {
    sweep().catch((error: unknown) => {
      logger.error({ err: error }, 'What has expired could not be cleared away.');
    });
  }, SWEEP_EVERY_MS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
    },
  };
}
