import type { RequestListener } from 'node:http';
import { hostname } from 'node:os';
import type { Express, Router } from 'express';
import { createApp } from '../app.js';
import type { LoadedSettings } from '../config/load-settings.js';
import { settingViews } from '../config/setting-views.js';
import type { Settings } from '../config/settings.js';
import { DUMP_FORMATS } from '../dump/format/dump-formats.js';
import type { MessageLog } from '../dump/message-log.js';
import type { OpenDump } from '../dump/open-dump.js';
import type { ChatService } from '../features/chat/chat-service.js';
import type { FeedService } from '../features/feed/feed-service.js';
import { createMessageService } from '../features/messages/message-service.js';
import { createQueryService } from '../features/messages/query-service.js';
import type { OverviewService } from '../features/overview/overview-service.js';
import type { AddressLimiter } from '../http/address-limiter.js';
import { createAccountRouters } from '../http/accounts/create-account-routers.js';
import { createReadJson } from '../http/bodies/json-body.js';
import { readBody } from '../http/bodies/request-body.js';
import { createBulkDoor, isBulk } from '../http/bulk/bulk-door.js';
import { bearerToken } from '../http/callers/bearer-token.js';
import {
  type CallerOf,
  createCallerOf,
  createNewcomerOf,
  type CallerOfOptions,
} from '../http/callers/request-callers.js';
import { createIsSecure, type IsSecure } from '../http/callers/secure-requests.js';
import { createSessionCookies, createTokenOf } from '../http/callers/session-cookies.js';
import { createAddressOf } from '../http/client-address.js';
import { createCertificateOf, withCertificates, type PeerOf } from '../http/client-certificates.js';
import { createClientRoutes } from '../http/client-routes.js';
import { ReceivingBudget } from '../http/connections/receiving-budget.js';
import { UnansweredRequests } from '../http/connections/unanswered-requests.js';
import { createConsoleRoutes } from '../http/console/console-routes.js';
import { createFactsRoutes } from '../http/console/facts-routes.js';
import { createReferenceRoutes } from '../http/docs/reference-routes.js';
import { createEmployeeRoutes } from '../http/employees/employee-routes.js';
import { createGatherDoor, GATHER_PATHS, gatherPathOf, type Door } from '../http/gather-door.js';
import { createGatherHandlers } from '../http/gather-handlers.js';
import { createHealthRoutes } from '../http/health-routes.js';
import { createAskerOf } from '../http/idempotency/asker-of.js';
import { createIdempotency } from '../http/idempotency/idempotency.js';
import { type AnswerLimits, RememberedAnswers } from '../http/idempotency/remembered-answers.js';
import { createMetricsRoutes } from '../http/metrics-routes.js';
import { OPERATIONS } from '../http/openapi/operations.js';
import { createRouteOf } from '../http/openapi/route-of.js';
import { createOverviewRoutes } from '../http/overview-routes.js';
import { createProducerRoutes } from '../http/producer-routes.js';
import { createQueryRoutes } from '../http/query-routes.js';
import { createRefusalLog } from '../http/refusal-log.js';
import { FeedEnds } from '../http/feed/feed-ends.js';
import { createHostGuard, createOriginGuard } from '../http/request-guards.js';
import { createRequestIds } from '../http/request-ids.js';
import { securityHeaders } from '../http/security-headers.js';
import type { Paces } from '../net/paces.js';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { createRequestMeter, type RequestMeter } from '../observability/request-meter.js';
import { createFeedDoors } from './create-feed-doors.js';
import type { Services } from './open-services.js';
import type { Surroundings } from './wire.js';

/** What is remembered of answers for POSTs that are sent again; docs/accounts.md says it. */
const REMEMBERED: AnswerLimits = {
  keptForMs: 5 * 60 * 1000,
  answers: 10_000,
  answersOfOne: 100,
  bytes: 32 * 1024 * 1024,
};

/** What the doors open onto. */
export interface Inside {
  readonly services: Services;
  readonly dump: OpenDump;
  /** What all doors store messages with. */
  readonly log: MessageLog;
  readonly overview: OverviewService;
  readonly feed: FeedService;
  readonly chat: ChatService;
  readonly metrics: Metrics;
  /** Shared with the gateways, as the next. */
  readonly paces: Paces;
  readonly limitAddress: AddressLimiter;
  /** What is known of the clients of connections of ours. */
  readonly peerOf: PeerOf;
  /** Whether a host is one of the certificate that HTTP shows. */
  readonly isNamed: (host: string) => boolean;
}

/** Puts together everything that speaks HTTP. */
export function createDoors(
  loaded: Pick<LoadedSettings, 'settings' | 'origins'>,
  surroundings: Surroundings,
  inside: Inside,
) {
  const { settings } = loaded;
  const { logger, clientPath, signal } = surroundings;
  const { metrics, services, dump, log, limitAddress } = inside;
  const common = createCommon(settings, logger, inside);
  const { maxMessageBytes, maxMessages, maxBodyBytes, maxJsonDepth } = settings;
  const limits = { maxMessageBytes, maxMessages };
  const messages = createMessageService(services.sessions, services.access, services.audit, log, limits);
  const handlers = createGatherHandlers(services.handshakes, messages, services.certificates, limitAddress);
  const receiving = new ReceivingBudget(settings.maxReceivingBytes);
  metrics.watch({ receivingBytes: () => receiving.held });
  const door = createGatherDoor({ ...common, handlers, maxBodyBytes, maxJsonDepth, receiving });
  const unanswered = new UnansweredRequests();
  const guards = createGuards(services, common);
  const { callerOf, bearerOf } = guards;
  const bulkDoor = createBulkDoor({
    ...{ ...common, messages, callerOf, receiving, unanswered, signal },
    limits: settings,
  });
  const queries = createQueryService({
    dump: dump.readable,
    format: DUMP_FORMATS[settings.dumpFormat],
    access: services.access,
    audit: services.audit,
  });
  const readJson = createReadJson({ maxBodyBytes, maxJsonDepth, receiving });
  const feedDoors = createFeedDoors(settings, inside, {
    ...{ ...common, callerOf, bearerOf, messages, readJson, receiving, ends: new FeedEnds(logger, signal) },
  });
  const routers: Router[] = [
    createHealthRoutes(createReadiness(inside)),
    createClientRoutes(clientPath),
    ...createConsoleRouters(loaded, surroundings, services.access, callerOf),
    createQueryRoutes(queries, callerOf),
    createProducerRoutes((userId, id) => dump.writer.lastNumber(userId, id), callerOf, services.access),
    ...createAccountRouters(accountServices(services), { ...common, ...guards, limitAddress, readJson }),
    createOverviewRoutes(inside.overview, callerOf),
    createEmployeeRoutes(services.employees, callerOf, readJson),
    feedDoors.router,
    createMetricsRoutes(metrics, settings.metricsToken),
    createReferenceRoutes(OPERATIONS),
  ];
  const meter = createRequestMeter(createRouteOf(OPERATIONS), metrics.onRequest);
  const idempotency = createIdempotency({
    askerOf: createAskerOf({ ...common, ...guards, operations: OPERATIONS }),
    readBody: (request) => readBody(request, maxBodyBytes, receiving),
    answers: new RememberedAnswers(REMEMBERED),
  });
  const app = createApp({ ...common, idempotency, gatherDoor: door, bulkDoor, routers });
  return {
    app,
    unanswered,
    upgrade: feedDoors.upgrade,
    listener: createListener(meter, door, bulkDoor, app),
  };
}

// What every door begins with.
function createCommon(settings: Settings, logger: Logger, { metrics, peerOf, isNamed }: Inside) {
  const certificateOf = createCertificateOf(peerOf);
  const isSecure = createIsSecure(settings.trustProxy);
  const assertHost = createHostGuard([settings.host, hostname(), ...settings.allowedHosts], isNamed);
  return {
    assertHost: withCertificates(assertHost, certificateOf),
    isSecure,
    assertOrigin: createOriginGuard(isSecure),
    certificateOf,
    addressOf: createAddressOf(settings.trustProxy),
    logRefusal: createRefusalLog(logger, metrics.onRefusal),
    newRequestId: createRequestIds(),
    headers: securityHeaders(),
  };
}

// What tells whose request it is: by a bearer token, or by the cookie of a browser.
function createGuards(
  { sessions, access }: Services,
  {
    isSecure,
    addressOf,
    certificateOf,
  }: Pick<CallerOfOptions, 'addressOf' | 'certificateOf'> & { readonly isSecure: IsSecure },
) {
  const cookies = createSessionCookies(isSecure);
  const common = { sessions, access, addressOf, certificateOf };
  const anyhow = { ...common, tokenOf: createTokenOf(cookies) };
  return {
    cookies,
    callerOf: createCallerOf(anyhow),
    newcomerOf: createNewcomerOf(anyhow),
    bearerOf: createCallerOf({ ...common, tokenOf: bearerToken }),
    byCookie: createNewcomerOf({ ...common, tokenOf: cookies.tokenOf }),
  };
}

function createConsoleRouters(
  loaded: Pick<LoadedSettings, 'settings' | 'origins'>,
  { version, consolePath }: Surroundings,
  access: Services['access'],
  callerOf: CallerOf,
): readonly Router[] {
  const { enrollment, passwordMinLength, chatRecording } = loaded.settings;
  const facts = () => ({
    version,
    enrollment,
    min_password_length: passwordMinLength,
    is_chat_recorded: chatRecording === 'on',
    now: new Date().toISOString(),
  });
  return [createConsoleRoutes(consolePath), createFactsRoutes(facts, settingViews(loaded), access, callerOf)];
}

function accountServices({ ownAccounts, userAdmin, apiTokens, ...services }: Services) {
  return { ...services, accounts: ownAccounts, users: userAdmin, tokens: apiTokens };
}

function createReadiness({ dump, services }: Inside) {
  return async () => ({
    dump: await dump.writer.isHealthy(),
    database: await services.database.isHealthy(),
  });
}

function createListener(meter: RequestMeter, door: Door, bulkDoor: Door, app: Express): RequestListener {
  return (request, response) => {
    meter(request, response);
    if (GATHER_PATHS.has(gatherPathOf(request))) void door(request, response);
    else if (isBulk(request)) void bulkDoor(request, response);
    else app(request, response);
  };
}
