import { AppError } from '../../errors/app-error.js';
import type { Account } from '../accounts/account-service.js';
import { createEndpointKeeper, type KeepEndpoint } from './endpoint-keeper.js';
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

/** What the service of sessions needs. Times in milliseconds. */
export interface SessionServiceDeps {
  readonly registry: SessionRegistry;
  readonly store: SessionStore;
  readonly tokens: TokenService;
  readonly isBoundToEndpoint: boolean;
  readonly ttlMs: number;
  readonly maxSessionsPerUser: number;
  readonly maxEndpointsPerUser: number;
  readonly clock: () => Date;
  readonly newId: () => string;
  readonly onWriteFailure: (error: unknown) => void;
}

/** Makes the service of sessions. */
export function createSessionService(deps: SessionServiceDeps): SessionService {
  return new MirroredSessions(deps);
}

class MirroredSessions implements SessionService {
  readonly #deps: SessionServiceDeps;
  readonly #registry: SessionRegistry;
  readonly #store: SessionStore;
  readonly #keep: KeepEndpoint;

  constructor(deps: SessionServiceDeps) {
    this.#deps = deps;
    this.#registry = deps.registry;
    this.#store = deps.store;
    this.#keep = createEndpointKeeper(deps.registry, deps.store);
  }

  async load(): Promise<void> {
    const { endpoints, sessions } = await this.#store.load(this.#deps.clock());
    this.#registry.load(endpoints, sessions);
  }

  async identify(account: Account, endpoint: string): Promise<void> {
    if (this.#registry.phase(account.id, endpoint) === 'Grounded') await this.#makeRoom(account.id);
    const row = await this.#store.findEndpoint(account.id, endpoint);
    this.#registry.identify(account.id, endpoint, row?.provenAt ?? null);
    await this.#keep(account.id, endpoint);
  }

  handshake(account: Account, endpoint: string) {
    const row = this.#registry.snapshot(account.id, endpoint);
    return { isOpen: row?.isOpen === true, isProven: row !== undefined && row.provenAt !== null };
  }

  async open(account: Account, endpoint: string): Promise<string> {
    const { maxSessionsPerUser: limit, tokens } = this.#deps;
    if (this.#registry.countSessions(account.id) >= limit) {
      throw new AppError('session.too_many', { details: { limit } });
    }
    const session = this.#newSession(account, endpoint);
    await this.#store.insertSession(session);
    if (!this.#registry.open(session)) {
      await this.#store.deleteSession(session.id);
      throw new AppError('session.not_identified');
    }
    await this.#keep(account.id, endpoint);
    return tokens.issue(session);
  }

  authorize(token: string, endpoint: string): Session {
    const { tokens, isBoundToEndpoint, onWriteFailure } = this.#deps;
    const { userId, sessionId } = tokens.verify(token);
    const session = this.#registry.find(sessionId);
    if (session !== undefined && (!isBoundToEndpoint || session.endpoint === endpoint)) return session;
    if (this.#registry.refuseMessage(userId, endpoint)) this.#keep(userId, endpoint).catch(onWriteFailure);
    throw new AppError('session.not_identified');
  }

  async end(session: Session): Promise<EndedSession | undefined> {
    const before = this.#registry.end(session);
    if (before === undefined) return undefined;
    try {
      await this.#store.deleteSession(session.id);
      await this.#keep(session.userId, session.endpoint);
    } catch (error) {
      this.#registry.restore(session, before);
      throw error;
    }
    return { session, before };
  }

  async restore({ session, before }: EndedSession): Promise<void> {
    this.#registry.restore(session, before);
    await this.#store.insertSession(session);
    await this.#keep(session.userId, session.endpoint);
  }

  async sweep(): Promise<void> {
    const now = this.#deps.clock();
    // Not before the sessions there have expired.
    const identifiedBefore = new Date(now.getTime() - Math.max(KEEP_ENDPOINTS_MS, this.#deps.ttlMs));
    this.#registry.sweep(identifiedBefore);
    await this.#store.deleteOld(now, identifiedBefore);
  }

  forgetUsers(userIds: readonly string[]): void {
    for (const userId of userIds) this.#registry.forget(userId);
  }

  async #makeRoom(userId: string): Promise<void> {
    const { maxEndpointsPerUser: limit } = this.#deps;
    const { count, oldestIdle } = this.#registry.places(userId);
    if (count < limit) return;
    if (oldestIdle === undefined) throw new AppError('endpoint.too_many', { details: { limit } });
    this.#registry.forget(userId, oldestIdle);
    await this.#keep(userId, oldestIdle);
  }

  // A token counts whole seconds: the session begins and ends with its token.
  #newSession(account: Account, endpoint: string): Session {
    const { clock, newId, ttlMs } = this.#deps;
    const issuedAt = new Date(Math.floor(clock().getTime() / 1000) * 1000);
    const expiresAt = new Date(issuedAt.getTime() + ttlMs);
    return { id: newId(), userId: account.id, userName: account.name, endpoint, issuedAt, expiresAt };
  }
}
