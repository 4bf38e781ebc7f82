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
import { closedSegmentForms } from './dump/segments/segment-names.js';
import { FreeSpace } from './dump/commit/free-space.js';
import { LiveIndex } from './dump/commit/live-index.js';
import { Manifest } from './dump/sealing/manifest.js';
import { ProducerTable } from './dump/commit/producer-table.js';
import { Rotation } from './dump/commit/rotation.js';
import { Sealer } from './dump/sealing/sealer.js';
import { DumpFile } from './dump/commit/dump-file.js';
import { DumpLock } from './dump/commit/dump-lock.js';
import { DumpWriter } from './dump/commit/dump-writer.js';
import { measureDump } from './dump/dump-size.js';
import { nodeFileSystem } from './dump/file-system.js';
import { recoveryWindow } from './dump/recovery/recovery-window.js';
import { createAccountService, type AccountService } from './features/accounts/account-service.js';
import { LoginThrottle } from './features/accounts/login-throttle.js';
import { PasswordHasher } from './features/accounts/password-hasher.js';
import { PendingUsers } from './features/accounts/pending-users.js';
import { assertSamePepper, loadPepper } from './features/accounts/pepper.js';
import { createPrismaKeyCheckStore } from './features/accounts/prisma-key-check-store.js';
import { createPrismaUserStore } from './features/accounts/prisma-user-store.js';
import { createMeteredMessageLog } from './features/messages/metered-message-log.js';
import { createSegmentedDump } from './dump/reading/segmented-dump.js';
import type { ReadableDump } from './dump/reading/readable-dump.js';
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
import { createGatherDoor, GATHER_PATHS, gatherPathOf } from './http/gather-door.js';
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
import { createRequestMeter } from './observability/request-meter.js';

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
  /** Where the built client is. */
  readonly clientPath: string;
  /** Where the built program of the thread that seals segments is. */
  readonly sealWorkerPath: string;
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
    const metrics = stack.use(new Metrics());
    const dump = await openDump(settings, surroundings, stack, metrics);
    const accounts = await createAccounts(settings, surroundings, database);
    const sessions = stack.use(await createSessions(settings, surroundings, database, metrics));
    stack.use(sweepRegularly(accounts, sessions, clock, logger));
    const doors = createDoors(settings, surroundings, { accounts, sessions, database, metrics, ...dump });
    return { ...doors, metrics, dumpPath: dump.dumpPath, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

interface OpenDump {
  readonly writer: DumpWriter;
  readonly readable: ReadableDump;
  readonly dumpPath: string;
}

async function openDump(
  settings: Settings,
  surroundings: Surroundings,
  stack: AsyncDisposableStack,
  metrics: Metrics,
): Promise<OpenDump> {
  const { directory, logger, clock, sealWorkerPath, signal: closing } = surroundings;
  const format = DUMP_FORMATS[settings.dumpFormat];
  const dumpPath = directory.file(format.fileName);
  const fileSystem = nodeFileSystem;
  const { maxProducersPerUser, producerIdle } = settings;
  const producers = new ProducerTable({ maxProducersPerUser, idleMs: producerIdle * 1000 }, clock);
  const manifest = await Manifest.open(dumpPath, logger);
  const sealer = stack.use(
    new Sealer({
      dumpPath,
      manifest,
      compression: settings.segmentCompression,
      retention: { ageMs: settings.retentionAge * 1000, bytes: settings.retentionBytes },
      workerPath: sealWorkerPath,
      clock,
      logger,
    }),
  );
  const onClosed = () => {
    sealer.wake();
  };
  const live = new LiveIndex({ dumpPath, format, manifest, producers, onClosed, clock, logger });
  const window = recoveryWindow(settings, format.growth);
  const writer = stack.use(
    new DumpWriter({
      file: new DumpFile({ path: dumpPath, format, fileSystem, recoveryWindow: window, live, logger }),
      lock: new DumpLock(dumpPath, settings.dumpLockTimeout, closing === undefined ? {} : { closing }),
      format,
      producers,
      freeSpace: new FreeSpace(dumpPath, settings.freeSpaceReserve, fileSystem),
      rotation: new Rotation(
        { segmentBytes: settings.segmentBytes, segmentAgeMs: settings.segmentAge * 1000 },
        (first) => closedSegmentForms(dumpPath, first),
        clock,
        logger,
      ),
      maxQueueBytes: settings.maxQueueBytes,
      clock,
      onCommit: metrics.onCommit,
      logger,
    }),
  );
  await writer.open();
  sealer.wake();
  metrics.watch({
    queueBytes: () => writer.queuedBytes,
    producers: () => producers.size,
    freeBytes: () => fileSystem.freeBytes(dumpPath),
    segments: async () => (await measureDump(dumpPath)).segments,
    dumpBytes: async () => (await measureDump(dumpPath)).bytes,
  });
  const readable = createSegmentedDump({ dumpPath, format, live: () => live.view });
  return { writer, readable, dumpPath };
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
  readonly writer: DumpWriter;
  readonly readable: ReadableDump;
  readonly database: Database;
  readonly metrics: Metrics;
}

function createDoors(settings: Settings, { logger, clientPath }: Surroundings, inside: Inside) {
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
    createMeteredMessageLog(inside.writer, metrics.onMessages),
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
    dump: inside.readable,
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
    onProgress: (response) => {
      unanswered.touch(response);
    },
  });
  const readiness = async () => ({
    dump: await inside.writer.isHealthy(),
    database: await inside.database.isHealthy(),
  });
  const routers = [
    createHealthRoutes(readiness),
    createClientRoutes(clientPath),
    createQueryRoutes(queries, callerOf),
    createProducerRoutes((user, id) => inside.writer.lastNumber(user, id), callerOf),
    createMetricsRoutes(metrics, settings.metricsToken),
    createReferenceRoutes(OPERATIONS),
  ];
  metrics.watch({ receivingBytes: () => receiving.held });
  const meter = createRequestMeter(createRouteOf(OPERATIONS), metrics.onRequest);
  const app = createApp({ ...common, gatherDoor: door, bulkDoor, routers });
  const listener: RequestListener = (request, response) => {
    meter(request, response);
    const frontDoor = GATHER_PATHS.has(gatherPathOf(request)) ? door : isBulk(request) ? bulkDoor : undefined;
    if (frontDoor === undefined) app(request, response);
    else void frontDoor(request, response);
  };
  return { app, listener, unanswered };
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
