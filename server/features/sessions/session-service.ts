import { AppError } from '../../errors/app-error.js';
import type { Account } from '../accounts/account-service.js';
import { createEndpointKeeper } from './endpoint-keeper.js';
import type { SessionRegistry } from './session-registry.js';
import type { Session, SessionStore } from './session-store.js';
import type { Phase } from './state-machine.js';
import type { TokenService } from './token-service.js';

const KEEP_ENDPOINTS_MS = 30 * 86_400_000;

/** A session that was ended, with what it takes to bring it back. */
export interface EndedSession {
  readonly session: Session;
  readonly before: Phase;
}

/** The states of all users at their endpoints, and their sessions: held in memory, kept in the database. */
export interface SessionService {
  /** Takes over what an earlier run kept. */
  load(): Promise<void>;
  /** Opens a handshake. @throws AppError `endpoint.too_many` */
  identify(account: Account, endpoint: string): Promise<void>;
  /** Whether AUTHENTICATE is accepted, and whether a password was right there before. */
  handshake(account: Account, endpoint: string): { isOpen: boolean; isProven: boolean };
  /**
   * Opens a session and answers its token.
   *
   * @throws AppError `session.not_identified` when the handshake has been closed, `session.too_many`
   */
  open(account: Account, endpoint: string): Promise<string>;
  /**
   * The session of a token, if it may be used from an endpoint. Does not wait for the database.
   *
   * @throws AppError `token.invalid`, `session.not_identified`
   */
  authorize(token: string, endpoint: string): Session;
  /** Ends a session at once; undefined if it was not live any more. */
  end(session: Session): Promise<EndedSession | undefined>;
  /** Takes an {@link end} back. */
  restore(ended: EndedSession): Promise<void>;
  /** Forgets users that are no more. */
  forgetUsers(userIds: readonly string[]): void;
  /** Clears away what has expired. */
  sweep(): Promise<void>;
}

/** Makes the service of sessions. */
export function createSessionService(deps: {
  registry: SessionRegistry;
  store: SessionStore;
  tokens: TokenService;
  isBoundToEndpoint: boolean;
  ttlMs: number;
  maxSessionsPerUser: number;
  maxEndpointsPerUser: number;
  clock: () => Date;
  newId: () => string;
  onWriteFailure: (error: unknown) => void;
}): SessionService {
  const { registry, store, tokens, clock } = deps;
  const keep = createEndpointKeeper(registry, store);

  async function load(): Promise<void> {
    const { endpoints, sessions } = await store.load(clock());
    registry.load(endpoints, sessions);
  }

  async function identify(account: Account, endpoint: string): Promise<void> {
    if (registry.phase(account.id, endpoint) === 'Grounded') await makeRoom(account.id);
    const row = await store.findEndpoint(account.id, endpoint);
    registry.identify(account.id, endpoint, row?.provenAt ?? null);
    await keep(account.id, endpoint);
  }

  async function makeRoom(userId: string): Promise<void> {
    const { count, oldestIdle } = registry.places(userId);
    if (count < deps.maxEndpointsPerUser) return;
    if (oldestIdle === undefined) {
      throw new AppError('endpoint.too_many', { details: { limit: deps.maxEndpointsPerUser } });
    }
    registry.forget(userId, oldestIdle);
    await keep(userId, oldestIdle);
  }

  function handshake(account: Account, endpoint: string) {
    const row = registry.snapshot(account.id, endpoint);
    return { isOpen: row?.isOpen === true, isProven: row !== undefined && row.provenAt !== null };
  }

  async function open(account: Account, endpoint: string): Promise<string> {
    if (registry.countSessions(account.id) >= deps.maxSessionsPerUser) {
      throw new AppError('session.too_many', { details: { limit: deps.maxSessionsPerUser } });
    }
    const issuedAt = new Date(Math.floor(clock().getTime() / 1000) * 1000);
    const session: Session = {
      id: deps.newId(),
      userId: account.id,
      userName: account.name,
      endpoint,
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + deps.ttlMs),
    };
    await store.insertSession(session);
    if (!registry.open(session)) {
      await store.deleteSession(session.id);
      throw new AppError('session.not_identified');
    }
    await keep(account.id, endpoint);
    return tokens.issue(session);
  }

  function authorize(token: string, endpoint: string): Session {
    const { userId, sessionId } = tokens.verify(token);
    const session = registry.find(sessionId);
    if (session !== undefined && (!deps.isBoundToEndpoint || session.endpoint === endpoint)) return session;
    if (registry.refuseMessage(userId, endpoint)) keep(userId, endpoint).catch(deps.onWriteFailure);
    throw new AppError('session.not_identified');
  }

  async function end(session: Session): Promise<EndedSession | undefined> {
    const before = registry.end(session);
    if (before === undefined) return undefined;
    try {
      await store.deleteSession(session.id);
      await keep(session.userId, session.endpoint);
    } catch (error) {
      registry.restore(session, before);
      throw error;
    }
    return { session, before };
  }

  async function restore({ session, before }: EndedSession): Promise<void> {
    registry.restore(session, before);
    await store.insertSession(session);
    await keep(session.userId, session.endpoint);
  }

  async function sweep(): Promise<void> {
    const identifiedBefore = new Date(clock().getTime() - KEEP_ENDPOINTS_MS);
    registry.sweep(identifiedBefore);
    await store.deleteOld(clock(), identifiedBefore);
  }

  function forgetUsers(userIds: readonly string[]): void {
    for (const userId of userIds) registry.forget(userId);
  }

  return { load, identify, handshake, open, authorize, end, restore, forgetUsers, sweep };
}
