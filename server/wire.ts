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
import { measureDump } from './dump/dump-size.js';
import { openDump, type OpenDump } from './dump/open-dump.js';
import { nodeFileSystem } from './dump/file-system.js';
import { createAccountService, type AccountService } from './features/accounts/account-service.js';
import { LoginThrottle } from './features/accounts/login-throttle.js';
import { PasswordHasher } from './features/accounts/password-hasher.js';
import { PendingUsers } from './features/accounts/pending-users.js';
import { assertSamePepper, loadPepper } from './features/accounts/pepper.js';
import { createPrismaKeyCheckStore } from './features/accounts/prisma-key-check-store.js';
import { createPrismaUserStore } from './features/accounts/prisma-user-store.js';
import { createMeteredMessageLog } from './features/messages/metered-message-log.js';
import { createQueryService } from './features/messages/query-service.js';
import { createProducerRoutes } from './http/producer-routes.js';
import { createQueryRoutes } from './http/query-routes.js';
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
import { createBulkDoor, isBulk } from './http/bulk/bulk-door.js';
import { createCallerOf } from './http/bearer-sessions.js';
import { UnansweredRequests } from './http/connections/unanswered-requests.js';
import { createGatherDoor, GATHER_PATHS, gatherPathOf, type Door } from './http/gather-door.js';
import { createGatherHandlers } from './http/gather-handlers.js';
import { createReferenceRoutes } from './http/docs/reference-routes.js';
import { createHealthRoutes } from './http/health-routes.js';
import { createMetricsRoutes } from './http/metrics-routes.js';
import { OPERATIONS } from './http/openapi/operations.js';
import { createRouteOf } from './http/openapi/route-of.js';
import { createRefusalLog } from './http/refusal-log.js';
import { createHostGuard } from './http/request-guards.js';
import { createRequestIds } from './http/request-ids.js';
import { securityHeaders } from './http/security-headers.js';
import { createKey, loadKey } from './keys/key-file.js';
import type { Logger } from './observability/logger.js';
import { Metrics } from './observability/metrics.js';
import { createRequestMeter, type RequestMeter } from './observability/request-meter.js';

/** A gatherd that is ready to be listened with. Disposing of it stores what waits and closes everything. */
export interface Gatherd extends AsyncDisposable {
  /** Everything behind Express. */
  readonly app: Express;
  /** The same, with contract 1's paths entered in front of Express. */
  readonly listener: RequestListener;
  readonly dumpPath: string;
  /** What has been asked and not answered, for the server that listens. */
  readonly unanswered: UnansweredRequests;
  /** What is counted, for the server that listens to add its connections. */
  readonly metrics: Metrics;
}

/** What comes from outside and is not a setting. */
export interface Surroundings {
  readonly directory: DataDirectory;
  readonly logger: Logger;
  readonly clock: () => Date;
  /** Milliseconds that pass however the clock is set; `performance.now` where it is not given. */
  readonly monotonic?: () => number;
  /** Where the built client is. */
  readonly clientPath: string;
  /** Where the built program of the thread that seals segments is. */
  readonly sealWorkerPath: string;
  /** Aborted when gatherd has to end: from then on nobody waits long for the dump's lock, and streams end. */
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
    const metrics = stack.use(new Metrics());
    const dump = stack.use(await createDump(settings, surroundings, metrics));
    const accounts = await createAccounts(settings, surroundings, database);
    const sessions = stack.use(await createSessions(settings, surroundings, database, metrics));
    stack.use(sweepRegularly(accounts, sessions, clock, logger));
    const doors = createDoors(settings, surroundings, { accounts, sessions, database, metrics, dump });
    return { ...doors, metrics, dumpPath: dump.path, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function createDump(
  settings: Settings,
  { directory, logger, clock, monotonic, sealWorkerPath, signal }: Surroundings,
  metrics: Metrics,
): Promise<OpenDump> {
  const format = DUMP_FORMATS[settings.dumpFormat];
  const path = directory.file(format.fileName);
  const { segmentAge, producerIdle, retentionAge, retentionBytes } = settings;
  const dump = await openDump({
    ...settings,
    path,
    format,
    segmentAgeMs: segmentAge * 1000,
    idleMs: producerIdle * 1000,
    retention: { ageMs: retentionAge * 1000, bytes: retentionBytes },
    sealWorkerPath,
    closing: signal,
    clock,
    monotonic,
    onCommit: metrics.onCommit,
    logger,
  });
  metrics.watch({
    queueBytes: () => dump.writer.queuedBytes,
    producers: () => dump.producers.size,
    freeBytes: () => nodeFileSystem.freeBytes(path),
    segments: async () => (await measureDump(path)).segments,
    dumpBytes: async () => (await measureDump(path)).bytes,
  });
  return dump;
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
  metrics: Metrics,
) {
  const keyPath = directory.file('token.key');
  const registry = new SessionRegistry(clock);
  metrics.watch({ sessions: () => registry.sessionCount });
  const sessions = createSessionService({
    registry,
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
  readonly dump: OpenDump;
  readonly database: Database;
  readonly metrics: Metrics;
}

function createDoors(settings: Settings, { logger, clientPath, signal }: Surroundings, inside: Inside) {
  const { metrics } = inside;
  const common = {
    assertHost: createHostGuard([settings.host, hostname(), ...settings.allowedHosts]),
    addressOf: createAddressOf(settings.trustProxy),
    logRefusal: createRefusalLog(logger, metrics.onRefusal),
    newRequestId: createRequestIds(),
    headers: securityHeaders(),
  };
  const { maxMessageBytes, maxMessages, maxBodyBytes, maxJsonDepth, handshakeRate } = settings;
  const messages = createMessageService(
    inside.sessions,
    createMeteredMessageLog(inside.dump.writer, metrics.onMessages),
    { maxMessageBytes, maxMessages },
  );
  const handlers = createGatherHandlers(
    createHandshakeService(inside.accounts, inside.sessions),
    messages,
    createAddressLimiter(handshakeRate),
  );
  const receiving = new ReceivingBudget(settings.maxReceivingBytes);
  const door = createGatherDoor({ ...common, handlers, maxBodyBytes, maxJsonDepth, receiving });
  const unanswered = new UnansweredRequests();
  const callerOf = createCallerOf(inside.sessions, common.addressOf);
  const queries = createQueryService({
    dump: inside.dump.readable,
    format: DUMP_FORMATS[settings.dumpFormat],
    // Nobody has permissions yet.
    canReadAll: () => false,
  });
  const bulkDoor = createBulkDoor({
    ...common,
    messages,
    callerOf,
    limits: settings,
    receiving,
    unanswered,
    signal,
  });
  const readiness = async () => ({
    dump: await inside.dump.writer.isHealthy(),
    database: await inside.database.isHealthy(),
  });
  const routers = [
    createHealthRoutes(readiness),
    createClientRoutes(clientPath),
    createQueryRoutes(queries, callerOf),
    createProducerRoutes((user, id) => inside.dump.writer.lastNumber(user, id), callerOf),
    createMetricsRoutes(metrics, settings.metricsToken),
    createReferenceRoutes(OPERATIONS),
  ];
  metrics.watch({ receivingBytes: () => receiving.held });
  const meter = createRequestMeter(createRouteOf(OPERATIONS), metrics.onRequest);
  const app = createApp({ ...common, gatherDoor: door, bulkDoor, routers });
  return { app, unanswered, listener: createListener(meter, door, bulkDoor, app) };
}

function createListener(meter: RequestMeter, door: Door, bulkDoor: Door, app: Express): RequestListener {
  return (request, response) => {
    meter(request, response);
    if (GATHER_PATHS.has(gatherPathOf(request))) void door(request, response);
    else if (isBulk(request)) void bulkDoor(request, response);
    else app(request, response);
  };
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
