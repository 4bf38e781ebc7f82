import type { AuditDoor } from '../../../protocol/audit.js';
import { AppError } from '../../errors/app-error.js';
import type { Account } from '../accounts/account-service.js';
import { createEndpointKeeper, type KeepEndpoint } from './endpoint-keeper.js';
import { LateWrites } from './late-writes.js';
import type { SessionRegistry } from './session-registry.js';
import type { Session, SessionStore } from './session-store.js';
import type { TokenService } from './token-service.js';

export type { Session } from './session-store.js';

/** Whose request it is, where it comes from, and by which door. */
export interface Caller {
  readonly session: Session;
  readonly endpoint: string;
  readonly door: AuditDoor;
}

const SECOND_MS = 1000;
const KEEP_ENDPOINTS_MS = 30 * 86_400_000;

/** The states of all users at their endpoints, and their sessions: held in memory, kept in the database. */
export interface SessionService extends AsyncDisposable {
  /** Takes over what an earlier run kept. */
  load(): Promise<void>;
  /** Opens a handshake. @throws AppError `endpoint.too_many` */
  identify(account: Account, endpoint: string): Promise<void>;
  /** Whether AUTHENTICATE is accepted, and whether a password was right there before. */
  handshake(account: Account, endpoint: string): { isOpen: boolean; isProven: boolean };
  /**
   * Takes note of a wrong password, which changes no state.
   *
   * @throws AppError `session.not_identified` when the handshake has been closed
   */
  refusePassword(account: Account, endpoint: string): void;
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
  /**
   * Makes sure that a session still goes on.
   *
   * @throws AppError `token.invalid` when its time is over, `session.not_identified` when it was ended
   */
  assertLive(session: Session): void;
  /**
   * Ends a session at once: no token of it is good from here on, whatever the database does. If it cannot be recorded the
   * session goes on.
   *
   * The database follows, now or as soon as it can; only where the process ends by a crash before that, the session
   * lives again until its expiry.
   *
   * @param record - stores what says that it has ended
   * @returns whether it was live
   */
  end(session: Session, record: () => Promise<unknown>): Promise<boolean>;
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
  readonly #late: LateWrites;

  constructor(deps: SessionServiceDeps) {
    this.#deps = deps;
    this.#registry = deps.registry;
    this.#store = deps.store;
    this.#keep = createEndpointKeeper(deps.registry, deps.store);
    this.#late = new LateWrites(deps.onWriteFailure);
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

  refusePassword(account: Account, endpoint: string): void {
    if (!this.#registry.refusePassword(account.id, endpoint)) throw new AppError('session.not_identified');
  }

  async open(account: Account, endpoint: string): Promise<string> {
    const { maxSessionsPerUser: limit, tokens } = this.#deps;
    if (this.#registry.countSessions(account.id) >= limit) {
      throw new AppError('session.too_many', { details: { limit } });
    }
    const session = this.#newSession(account, endpoint);
    await this.#store.insertSession(session);
    if (!this.#registry.open(session)) {
      await this.#deleteLate(session);
      throw new AppError('session.not_identified');
    }
    await this.#keep(account.id, endpoint);
    return tokens.issue(session);
  }

  authorize(token: string, endpoint: string): Session {
    const { tokens, isBoundToEndpoint } = this.#deps;
    const { userId, sessionId } = tokens.verify(token);
    const session = this.#registry.find(sessionId);
    if (session !== undefined && (!isBoundToEndpoint || session.endpoint === endpoint)) return session;
    if (this.#registry.refuseMessage(userId, endpoint)) void this.#keepLate(userId, endpoint);
    throw new AppError('session.not_identified');
  }

  assertLive(session: Session): void {
    if (this.#registry.find(session.id) !== undefined) return;
    const isOver = session.expiresAt <= this.#deps.clock();
    throw new AppError(isOver ? 'token.invalid' : 'session.not_identified');
  }

  async end(session: Session, record: () => Promise<unknown>): Promise<boolean> {
    const { userId, endpoint } = session;
    const before = this.#registry.end(session);
    if (before === undefined) return false;
    try {
      await record();
    } catch (error) {
      this.#registry.restore(session, before);
      // In the meantime something else may have had the place kept as it was without the session.
      void this.#keepLate(userId, endpoint);
      throw error;
    }
    await Promise.all([this.#deleteLate(session), this.#keepLate(userId, endpoint)]);
    return true;
  }

  async sweep(): Promise<void> {
    const now = this.#deps.clock();
    // Not before the sessions there have expired.
    const keepMs = Math.max(KEEP_ENDPOINTS_MS, this.#deps.ttlMs + SECOND_MS);
    const identifiedBefore = new Date(now.getTime() - keepMs);
    this.#registry.sweep(identifiedBefore);
    await this.#late.flush();
    await this.#store.deleteOld(now, identifiedBefore);
  }

  forgetUsers(userIds: readonly string[]): void {
    for (const userId of userIds) this.#registry.forget(userId);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#late.flush();
  }

  async #makeRoom(userId: string): Promise<void> {
    const { maxEndpointsPerUser: limit } = this.#deps;
    const { count, mostExpendable } = this.#registry.places(userId);
    if (count < limit) return;
    if (mostExpendable === undefined) throw new AppError('endpoint.too_many', { details: { limit } });
    this.#registry.forget(userId, mostExpendable);
    await this.#keepLate(userId, mostExpendable);
  }

  #deleteLate(session: Session): Promise<void> {
    return this.#late.write(`session ${session.id}`, () => this.#store.deleteSession(session.id));
  }

  #keepLate(userId: string, endpoint: string): Promise<void> {
    return this.#late.write(`place ${userId} ${endpoint}`, () => this.#keep(userId, endpoint));
  }

  // A token counts whole seconds: session and token end together, and not before their time is over.
  #newSession(account: Account, endpoint: string): Session {
    const { clock, newId, ttlMs } = this.#deps;
    const issuedAt = clock();
    const expiresAt = new Date(Math.ceil((issuedAt.getTime() + ttlMs) / SECOND_MS) * SECOND_MS);
    return { id: newId(), userId: account.id, userName: account.name, endpoint, issuedAt, expiresAt };
  }
}
