import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import type { Express } from 'express';
import type { LoadedSettings } from '../config/load-settings.js';
import type { Settings } from '../config/settings.js';
import { httpTlsOf } from '../config/tls-mode.js';
import { closeToOthers } from '../data-directory/close-to-others.js';
import { DUMP_FORMATS } from '../dump/format/dump-formats.js';
import type { BearersOf } from '../dump/commit/mark-owners.js';
import type { CommitReport } from '../dump/commit/dump-writer.js';
import { measureDump } from '../dump/dump-size.js';
import { openDump, type OpenDump } from '../dump/open-dump.js';
import { nodeFileSystem } from '../dump/file-system.js';
import type { MessageLog } from '../dump/message-log.js';
import { seedAdministrator } from '../control/seed-administrator.js';
import { AppError } from '../errors/app-error.js';
import type { ChatService } from '../features/chat/chat-service.js';
import { createChatService } from '../features/chat/create-chat-service.js';
import { createFeedService } from '../features/feed/create-feed-service.js';
import type { FeedService } from '../features/feed/feed-service.js';
import { Feed } from '../features/feed/feed.js';
import { createMeteredMessageLog } from '../features/messages/metered-message-log.js';
import { createOverviewService } from '../features/overview/create-overview-service.js';
import { LoadHistory } from '../features/overview/load-history.js';
import type { OverviewService } from '../features/overview/overview-service.js';
import { openGateways, type OpenGateways } from '../gateways/open-gateways.js';
import { createAddressLimiter } from '../http/address-limiter.js';
import type { PeerOf } from '../http/client-certificates.js';
import type { UnansweredRequests } from '../http/connections/unanswered-requests.js';
import type { Upgrade } from '../http/connections/upgrade-listener.js';
import { Paces } from '../net/paces.js';
import { Metrics } from '../observability/metrics.js';
import { isNamedBy } from '../tls/certificate-names.js';
import type { TlsIdentity } from '../tls/tls-identity.js';
import { createDoors } from './create-doors.js';
import { openTls } from './open-tls.js';
import { openServices, type Services, type ServiceSurroundings } from './open-services.js';

/** A gatherd that is ready to be listened with. Disposing of it stores what waits and closes everything. */
export interface Gatherd extends AsyncDisposable {
  /** Everything behind Express. */
  readonly app: Express;
  /** The same, with contract 1's paths entered in front of Express. */
  readonly listener: RequestListener;
  /** Takes what asks for a WebSocket. */
  readonly upgrade: Upgrade;
  readonly dumpPath: string;
  /** What has been asked and not answered, for the server that listens. */
  readonly unanswered: UnansweredRequests;
  /** What is counted, for the server that listens to add its connections. */
  readonly metrics: Metrics;
  /** What the doors work with. */
  readonly services: Services;
  readonly feed: FeedService;
  /** What the doors show; undefined where none of them speaks TLS. */
  readonly tls: TlsIdentity | undefined;
  /** Opens the gateways that are asked for. @throws AppError `config.invalid` where one cannot be */
  readonly openGateways: () => Promise<OpenGateways>;
}

/** What comes from outside and is not a setting. */
export interface Surroundings extends ServiceSurroundings {
  /** Milliseconds that pass however the clock is set; `performance.now` where it is not given. */
  readonly monotonic?: () => number;
  /** Of gatherd. */
  readonly version: string;
  /** Where the built client is. */
  readonly clientPath: string;
  /** The folder of the built console. */
  readonly consolePath: string;
  /** Where the built program of the thread that seals segments is. */
  readonly sealWorkerPath: string;
  /** Aborted when gatherd has to end: from then on nobody waits long for the dump's lock, and streams end. */
  readonly signal?: AbortSignal;
}

const DAY_MS = 86_400_000;
const SWEEP_EVERY_MS = 60_000;
const UNKNOWN = { details: { reason: 'none was sent' } };

/** Puts gatherd together. */
export async function wire(
  loaded: Pick<LoadedSettings, 'settings' | 'origins'>,
  surroundings: Surroundings,
): Promise<Gatherd> {
  const { settings } = loaded;
  const stack = new AsyncDisposableStack();
  try {
    const tls = stack.use(await openTls(settings, surroundings.logger));
    const services = stack.use(await openServices(settings, surroundings));
    await warnIfOpenToOthers(surroundings);
    await seedAdministrator({ ...services, password: settings.adminPassword, logger: surroundings.logger });
    const metrics = stack.use(new Metrics());
    metrics.watch({ sessions: () => services.sessions.count });
    if (tls !== undefined) metrics.watch({ certificateExpiry: () => tls.expiresAt.getTime() / 1000 });
    const { users } = services;
    const bearersOf: BearersOf = (names) => users.bearersOf(names);
    const history = new LoadHistory(surroundings.clock);
    const onCommit = (report: CommitReport) => {
      metrics.onCommit(report);
      history.onCommit(report);
    };
    const dump = stack.use(await createDump(settings, surroundings, { metrics, bearersOf, onCommit }));
    const log = createMeteredMessageLog(dump.writer, (stored) => {
      metrics.onMessages(stored);
      history.onMessages(stored);
    });
    const { feed, chat } = createFeed(settings, surroundings, { services, dump, log, metrics });
    stack.use(feed);
    const overview = createOverview(surroundings, { services, dump, feed, history });
    stack.use(sweepRegularly(services, surroundings));
    const limitAddress = createAddressLimiter(settings.handshakeRate);
    const paces = new Paces(settings.chatRate);
    const peerOf = createPeerOf(settings, tls);
    const isNamed = createIsNamed(settings, tls);
    const inside = {
      ...{ services, metrics, dump, log, overview, feed, chat },
      ...{ paces, limitAddress, peerOf, isNamed },
    };
    const doors = createDoors(loaded, surroundings, inside);
    const { clock, logger } = surroundings;
    const { onRefusal } = metrics;
    return {
      ...doors,
      openGateways: () =>
        openGateways(settings, {
          ...{ services, feed, chat, paces, clock, logger, onRefusal, tls },
          countTry: limitAddress,
        }),
      ...{ metrics, services, feed, tls, dumpPath: dump.path },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

// Whoever is not known at a door that is to know everybody does not get in.
function createPeerOf(settings: Settings, tls: TlsIdentity | undefined): PeerOf {
  if (httpTlsOf(settings) !== 'mutual') return () => undefined;
  return ({ socket }) => tls?.checkPeer(socket) ?? { refusal: new AppError('certificate.refused', UNKNOWN) };
}

// Whoever asks by a name of the certificate has been shown it: no page of another site has that.
function createIsNamed(settings: Settings, tls: TlsIdentity | undefined): (host: string) => boolean {
  if (tls === undefined || httpTlsOf(settings) === 'off') return () => false;
  return (host) => isNamedBy(tls.certificate, host);
}

async function createDump(
  settings: Settings,
  { directory, logger, clock, monotonic, sealWorkerPath, signal }: Surroundings,
  {
    metrics,
    bearersOf,
    onCommit,
  }: { metrics: Metrics; bearersOf: BearersOf; onCommit: (report: CommitReport) => void },
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
    ...{ sealWorkerPath, bearersOf },
    closing: signal,
    clock,
    monotonic,
    onCommit,
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

function createFeed(
  settings: Settings,
  { clock, logger, monotonic = () => performance.now(), signal }: Surroundings,
  { services, dump, log, metrics }: { services: Services; dump: OpenDump; log: MessageLog; metrics: Metrics },
): { feed: FeedService; chat: ChatService } {
  const feed = new Feed({
    dump: dump.readable,
    format: DUMP_FORMATS[settings.dumpFormat],
    bufferBytes: settings.feedBuffer,
    stallMs: settings.requestTimeout * 1000,
    now: monotonic,
    logger,
  });
  feed.begin(dump.writer.lastSeq);
  dump.writer.follow(feed.publish);
  const service = createFeedService({
    ...services,
    ...{ feed, clock, signal, now: monotonic, limits: settings },
    newId: randomUUID,
  });
  metrics.watch({ subscriptions: () => service.count, feedBytes: () => feed.bytes });
  const chat = createChatService({
    ...services,
    ...{ clock, limits: settings, isRecorded: settings.chatRecording === 'on' },
    log,
    announce: (event, origin) => {
      feed.announce(event, origin);
    },
  });
  return { feed: service, chat };
}

function createOverview(
  { clock, monotonic = () => performance.now() }: Surroundings,
  {
    services,
    dump,
    feed,
    history,
  }: { services: Services; dump: OpenDump; feed: FeedService; history: LoadHistory },
): OverviewService {
  const { sessions, access, users } = services;
  const { path, writer, producers } = dump;
  return createOverviewService({
    ...{ history, sessions, access, clock, now: monotonic },
    dump: {
      lastSeq: () => writer.lastSeq,
      queuedBytes: () => writer.queuedBytes,
      measure: () => measureDump(path),
      freeBytes: () => nodeFileSystem.freeBytes(path),
      streams: () => producers.states(),
    },
    namesOf: (userIds) => users.namesOf(userIds),
    subscriptions: () => feed.count,
  });
}

async function warnIfOpenToOthers({ directory, logger }: Surroundings): Promise<void> {
  const paths = await closeToOthers(directory);
  if (paths.length > 0)
    logger.warn({ paths }, 'Other users of this machine may enter or read these: chmod go= them.');
}

function sweepRegularly(
  { accounts, sessions, invites }: Services,
  { clock, logger }: Surroundings,
): Disposable {
  async function sweep(): Promise<void> {
    await sessions.sweep();
    await invites.sweep();
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
