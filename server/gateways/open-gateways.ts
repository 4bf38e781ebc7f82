import { AsyncDisposableStack } from '@whatwg-node/disposablestack';
import type { Settings } from '../config/settings.js';
import { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/error-table.js';
import type { TlsMode } from '../config/tls-mode.js';
import { isLoopback } from '../net/is-loopback.js';
import type { Paces } from '../net/paces.js';
import type { ChatService } from '../features/chat/chat-service.js';
import type { FeedService } from '../features/feed/feed-service.js';
import type { Logger } from '../observability/logger.js';
import type { TlsIdentity } from '../tls/tls-identity.js';
import { openChatGateway } from './chat/chat-gateway.js';
import type { ChatLoginServices } from './chat/chat-login.js';
import { ConnectionLimits } from './connection-limits.js';
import { createCredentialsAnswers, type CredentialsServices } from './credentials/credentials-answers.js';
import { openCredentialsGateway } from './credentials/credentials-gateway.js';
import { createGatewayDropLog } from './drop-logs.js';
import { createGatewayRefusals, type NoteRefusal } from './gateway-refusals.js';
import type { CountTry, Gateway } from './gateway.js';
import type { Secure } from '../tls/secure.js';
import { createRecordsAnswers, type RecordsServices } from './records/records-answers.js';
import { openRecordsGateway } from './records/records-gateway.js';
import { createUsersAnswers } from './zmq/users-answers.js';
import type { UsersServices } from './zmq/users-services.js';
import { curvePublicKey } from './zmq/z85.js';
import { openZmqGateway } from './zmq/zmq-gateway.js';

/** Which gateways are open, undefined: not at all; and how. */
export type GatewaySettings = Pick<
  Settings,
  | 'zmq'
  | 'zmqCurveKey'
  | 'credentials'
  | 'chat'
  | 'chatMode'
  | 'chatTls'
  | 'credentialsTls'
  | 'chatIdleTimeout'
  | 'records'
  | 'recordsTls'
  | 'recordsIdleTimeout'
  | 'maxMessageBytes'
>;

/** What gateways work with. */
export interface GatewayDeps {
  readonly services: UsersServices & CredentialsServices & ChatLoginServices & RecordsServices;
  readonly feed: FeedService;
  readonly chat: ChatService;
  /** The same as the WebSocket's. */
  readonly paces: Paces;
  /** The same as HTTP's: an address has one number of tries at all doors, but ZeroMQ, whose peers have none. */
  readonly countTry: CountTry;
  readonly clock: () => Date;
  readonly logger: Logger;
  /** Undefined where no door speaks TLS. */
  readonly tls?: Pick<TlsIdentity, 'secure'> | undefined;
  /** Told of each refused request. */
  readonly onRefusal?: (code: ErrorCode) => void;
}

/** Gateways that are open. Disposing of them lets them answer what is under way, and closes them. */
export interface OpenGateways extends AsyncDisposable {
  readonly gateways: readonly Gateway[];
}

const ANSWER_WITHIN_MS = 10_000;
const GRACE_MS = 3000;
/** What a timer of Node can wait. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const KEEP_ALIVE_MS = 60_000;
const TCP_LIMITS = { idleMs: 30_000, lifeMs: 120_000, trailingMs: 1000, graceMs: GRACE_MS };
const MOST_CONNECTIONS = 1000;
/** Everybody on loopback is one address. */
const MOST_OF_ADDRESS = 500;

/**
 * Opens the gateways that are asked for; where one cannot be opened, none is.
 *
 * @throws AppError `config.invalid` where an address cannot be listened on, or may not without encryption
 */
export async function openGateways(settings: GatewaySettings, deps: GatewayDeps): Promise<OpenGateways> {
  const stack = new AsyncDisposableStack();
  const gateways: Gateway[] = [];
  const noteRefusal = createGatewayRefusals(deps.logger, deps.onRefusal);
  try {
    for (const open of [openUsers, openCredentials, openChat, openRecords]) {
      const gateway = await open(settings, deps, noteRefusal);
      if (gateway === undefined) continue;
      gateways.push(stack.use(gateway));
      deps.logger.info({ gateway: gateway.name, address: gateway.address }, 'A gateway is open.');
    }
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
  return { gateways, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function openUsers(
  { zmq: at, zmqCurveKey }: GatewaySettings,
  { services, countTry, clock, logger }: GatewayDeps,
  noteRefusal: NoteRefusal,
): Promise<Gateway | undefined> {
  if (at === undefined) return undefined;
  // ZeroMQ does not say where a peer is; on loopback, which is one place, sessions are good at all doors.
  const endpoint = isLoopback(at.host) ? '127.0.0.1' : 'zmq';
  // Counted apart: whoever tries many passwords here keeps nobody from trying one elsewhere.
  const countHere = () => {
    countTry('zmq');
  };
  const context = { services, countTry: countHere, clock, endpoint };
  const curveKey = zmqCurveKey?.reveal();
  const publicKey = curveKey === undefined ? undefined : publicKeyOf(curveKey);
  const gateway = await openZmqGateway(createUsersAnswers(context, noteRefusal, ANSWER_WITHIN_MS), {
    ...{ at, curveKey, logger },
    graceMs: GRACE_MS,
  });
  if (publicKey !== undefined)
    logger.info({ publicKey }, 'Clients of the ZeroMQ gateway need its public key.');
  return gateway;
}

function publicKeyOf(curveKey: string): string {
  const publicKey = curvePublicKey(curveKey);
  if (publicKey !== undefined) return publicKey;
  const problems = 'GATHERD_ZMQ_CURVE_KEY: is no key of CURVE';
  throw new AppError('config.invalid', { details: { problems } });
}

async function openCredentials(
  { credentials: at, credentialsTls: mode }: GatewaySettings,
  { services, countTry, logger, tls }: GatewayDeps,
  noteRefusal: NoteRefusal,
): Promise<Gateway | undefined> {
  if (at === undefined) return undefined;
  const connections = new ConnectionLimits(MOST_CONNECTIONS, MOST_OF_ADDRESS);
  const { certificates } = services;
  const gate = mode === 'mutual' ? { gateway: 'credentials', certificates, noteRefusal } : undefined;
  return openCredentialsGateway(
    at,
    createCredentialsAnswers(services, countTry, noteRefusal, ANSWER_WITHIN_MS),
    { ...TCP_LIMITS, connections, secure: secureOf('credentials', mode, tls), gate },
    createGatewayDropLog(logger, 'credentials', connections),
  );
}

async function openChat(
  settings: GatewaySettings,
  { services, feed, chat, paces, countTry, logger, tls }: GatewayDeps,
  noteRefusal: NoteRefusal,
): Promise<Gateway | undefined> {
  const { chat: at, chatMode, chatTls, chatIdleTimeout: idle, maxMessageBytes } = settings;
  if (at === undefined) return undefined;
  const connections = new ConnectionLimits(MOST_CONNECTIONS, MOST_OF_ADDRESS);
  const limits = {
    ...{ idleMs: Math.min(idle * 1000, LONGEST_TIMER_MS), isKeptByWrites: true, keepAliveMs: KEEP_ALIVE_MS },
    ...{ trailingMs: TCP_LIMITS.trailingMs, graceMs: GRACE_MS },
    connections,
  };
  return openChatGateway(
    { at, isOpen: chatMode === 'open', secure: secureOf('chat', chatTls, tls), ...limits },
    { services, feed, chat, countTry, logger, noteRefusal, paces, idle, maxMessageBytes },
    createGatewayDropLog(logger, 'chat', connections),
  );
}

async function openRecords(
  { records: at, recordsTls: mode, recordsIdleTimeout: idle }: GatewaySettings,
  { services, countTry, logger, tls }: GatewayDeps,
  noteRefusal: NoteRefusal,
): Promise<Gateway | undefined> {
  if (at === undefined) return undefined;
  const connections = new ConnectionLimits(MOST_CONNECTIONS, MOST_OF_ADDRESS);
  const limits = {
    ...{ idleMs: Math.min(idle * 1000, LONGEST_TIMER_MS), keepAliveMs: KEEP_ALIVE_MS },
    ...{ trailingMs: TCP_LIMITS.trailingMs, graceMs: GRACE_MS },
    connections,
  };
  const answer = createRecordsAnswers(services, countTry, noteRefusal, ANSWER_WITHIN_MS);
  return openRecordsGateway(
    at,
    { answer, certificates: services.certificates, noteRefusal, logger },
    { secure: alwaysSecure('records', mode, tls), ...limits },
    createGatewayDropLog(logger, 'records', connections),
  );
}

function secureOf(gateway: string, mode: TlsMode, tls: GatewayDeps['tls']): Secure | undefined {
  return mode === 'off' ? undefined : alwaysSecure(gateway, mode, tls);
}

function alwaysSecure(gateway: string, mode: Exclude<TlsMode, 'off'>, tls: GatewayDeps['tls']): Secure {
  const secure = tls?.secure(gateway, mode);
  if (secure !== undefined) return secure;
  const problems = `GATHERD_${gateway.toUpperCase()}_TLS: needs GATHERD_TLS_CERT and GATHERD_TLS_KEY`;
  throw new AppError('config.invalid', { details: { problems } });
}
