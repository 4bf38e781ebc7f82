import type { SessionView } from '../../../protocol/sessions.js';
import { AppError } from '../../errors/app-error.js';
import type { AccessService } from '../accounts/access-service.js';
import type { Account } from '../accounts/account-service.js';
import type { TokenService } from '../tokens/token-service.js';
import { createEndpointKeeper, type EndpointKeeper } from './endpoint-keeper.js';
import { LateWrites } from './late-writes.js';
import { isOpaque, OpaqueSessions } from './opaque-sessions.js';
import {
  Revocations,
  SessionOpener,
  type OpeningSettings,
  type Origin,
  type SessionName,
} from './session-opener.js';
import type { SessionRegistry } from './session-registry.js';
import type { IssuedToken, RevocationWatch, SessionService } from './session-service.js';
import type { OpaqueSession, Session, SessionStore } from './session-store.js';

const SECOND_MS = 1000;
const KEEP_ENDPOINTS_MS = 30 * 86_400_000;

/** What the service of sessions needs. Times in milliseconds. */
export interface SessionServiceDeps extends OpeningSettings {
  readonly registry: SessionRegistry;
  readonly store: SessionStore;
  readonly tokens: TokenService;
  readonly access: Pick<AccessService, 'put' | 'introduce' | 'isActive'>;
  readonly isBoundToEndpoint: boolean;
  /** How long a login session lives without being used; 0 is off. */
  readonly loginIdleMs: number;
  readonly maxEndpointsPerUser: number;
  readonly clock: () => Date;
  readonly onWriteFailure: (error: unknown) => void;
}

/** Makes the service of sessions. */
export function createSessionService(deps: SessionServiceDeps): SessionService {
  return new SessionMirror(deps);
}

class SessionMirror implements SessionService {
  readonly #deps: SessionServiceDeps;
  readonly #registry: SessionRegistry;
  readonly #opaque: OpaqueSessions;
  readonly #store: SessionStore;
  readonly #places: EndpointKeeper;
  readonly #late: LateWrites;
  readonly #revocations = new Revocations();
  readonly #opener: SessionOpener;
  // Of those that have taken another name since the start.
  readonly #newNames = new Map<string, SessionName>();
  // Those that are being ended, and may have to go on.
  readonly #ending = new Set<Session>();
  readonly #onEnded: ((userId: string) => void)[] = [];
  #usesSavedAt: number;

  constructor(deps: SessionServiceDeps) {
    this.#deps = deps;
    this.#registry = deps.registry;
    this.#opaque = new OpaqueSessions(deps.clock, deps.loginIdleMs);
    this.#store = deps.store;
    this.#places = createEndpointKeeper(deps.registry, deps.store);
    this.#late = new LateWrites(deps.onWriteFailure);
    this.#opener = new SessionOpener({
      ...deps,
      opaque: this.#opaque,
      revocations: this.#revocations,
      newNameOf: (userId) => this.#newNames.get(userId),
      discard: ({ id }) => this.#deleteLate([id]),
    });
    this.#usesSavedAt = deps.clock().getTime();
  }

  get count(): number {
    return this.#registry.sessionCount + this.#opaque.loginCount;
  }

  async load(): Promise<void> {
    const stored = await this.#store.load(this.#deps.clock());
    for (const user of stored.users) this.#deps.access.put(user);
    this.#registry.load(stored.endpoints, stored.handshakes);
    for (const session of [...stored.logins, ...stored.apiTokens]) this.#opaque.add(session);
  }

  async identify(account: Account, endpoint: string): Promise<void> {
    if (this.#registry.phase(account.id, endpoint) === 'Grounded') await this.#makeRoom(account.id);
    const row = await this.#store.findEndpoint(account.id, endpoint);
    this.#registry.identify(account.id, endpoint, row?.provenAt ?? null);
    await this.#places.keep(account.id, endpoint);
  }

  handshake(account: Account, endpoint: string) {
    const row = this.#registry.snapshot(account.id, endpoint);
    return { isOpen: row?.isOpen === true, isProven: row !== undefined && row.provenAt !== null };
  }

  async isProven({ id }: Pick<Account, 'id'>, endpoint: string): Promise<boolean> {
    const row = this.#registry.snapshot(id, endpoint) ?? (await this.#store.findEndpoint(id, endpoint));
    return row !== undefined && row.provenAt !== null;
  }

  prove({ id }: Pick<Account, 'id'>, endpoint: string): Promise<void> {
    return this.#places.prove(id, endpoint, this.#deps.clock());
  }

  refusePassword(account: Account, endpoint: string): void {
    if (!this.#registry.refusePassword(account.id, endpoint)) throw new AppError('session.not_identified');
  }

  async open(account: Account, endpoint: string, client = ''): Promise<string> {
    const session = await this.#opener.open(account, { endpoint, client });
    await this.#places.keep(account.id, endpoint);
    return this.#deps.tokens.issue(session);
  }

  openLogin(account: Account, origin: Origin): Promise<IssuedToken> {
    return this.#opener.openLogin(account, origin);
  }

  openApiToken(
    owner: Session,
    wanted: Pick<Session, 'expiresAt' | 'scopes'>,
    keep: (token: OpaqueSession) => Promise<void>,
  ): Promise<IssuedToken> {
    return this.#opener.openApiToken(owner, wanted, keep);
  }

  async endApiToken(userId: string, tokenId: string, remove: () => Promise<void>): Promise<boolean> {
    const token = this.apiTokensOf(userId).find(({ id }) => id === tokenId);
    if (token === undefined || this.#opaque.remove(token) === undefined) return false;
    this.#tellEnded(userId);
    await this.#late.write(`token ${tokenId}`, remove);
    return true;
  }

  authorize(token: string, endpoint: string): Session {
    if (isOpaque(token)) return this.#authorizeOpaque(token, endpoint);
    const { userId, sessionId } = this.#deps.tokens.verify(token);
    const session = this.#registry.find(sessionId);
    if (session !== undefined && this.#isGoodAt(session, endpoint)) {
      session.lastUsedAt = this.#deps.clock().getTime();
      return session;
    }
    if (this.#registry.refuseMessage(userId, endpoint)) void this.#keepLate(userId, endpoint);
    throw new AppError('session.not_identified');
  }

  assertLive(session: Session): void {
    const refusal = this.refusalOf(session);
    if (refusal !== undefined) throw refusal;
    session.lastUsedAt = this.#deps.clock().getTime();
  }

  refusalOf(session: Session): AppError | undefined {
    const { access, clock } = this.#deps;
    const isHandshake = session.kind === 'handshake';
    const isLive = isHandshake ? this.#registry.find(session.id) !== undefined : this.#opaque.isLive(session);
    if (isLive && access.isActive(session.userId)) return undefined;
    if (!isHandshake) return new AppError('session.invalid');
    return new AppError(session.expiresAt <= clock() ? 'token.invalid' : 'session.not_identified');
  }

  watchEnds(onEnded: (userId: string) => void): void {
    this.#onEnded.push(onEnded);
  }

  async end(session: Session, record: () => Promise<unknown>): Promise<boolean> {
    if (session.kind === 'api') {
      await record();
      return true;
    }
    this.#ending.add(session);
    try {
      return await (session.kind === 'login'
        ? this.#endLogin(session, record)
        : this.#endHandshake(session, record));
    } finally {
      this.#ending.delete(session);
    }
  }

  async endAll(userId: string, exceptSessionId?: string): Promise<number> {
    this.#revocations.note(userId, exceptSessionId);
    const handshakes = this.#registry.endAll(userId, exceptSessionId);
    const logins = this.#opaque.endLogins(userId, exceptSessionId);
    const ids = [...handshakes, ...logins].map(({ id }) => id);
    this.#tellEnded(userId);
    const places = new Set(handshakes.map(({ endpoint }) => endpoint));
    const kept = [...places].map((endpoint) => this.#keepLate(userId, endpoint));
    await Promise.all([this.#deleteLate(ids), ...kept]);
    return ids.length;
  }

  watch(): RevocationWatch {
    return this.#revocations.watch();
  }

  sessionsOf(userId: string): readonly Session[] {
    const sessions = [...this.#registry.sessionsOf(userId), ...this.#opaque.of(userId, 'login')];
    return sessions.sort((one, other) => other.lastUsedAt - one.lastUsedAt);
  }

  *live(): Generator<Session> {
    const now = this.#deps.clock();
    for (const session of this.#registry.sessions()) if (session.expiresAt > now) yield session;
    for (const session of this.#opaque.all())
      if (session.kind === 'login' && this.#opaque.endOf(session) > now.getTime()) yield session;
  }

  viewsOf(userId: string, currentSessionId: string) {
    const sessions = this.sessionsOf(userId);
    return sessions.map((session) => viewOf(session, this.#opaque.endOf(session), currentSessionId));
  }

  apiTokensOf(userId: string): readonly Session[] {
    return this.#opaque.of(userId, 'api');
  }

  rename(userId: string, { name: userName, nameSince }: Pick<Account, 'name' | 'nameSince'>): void {
    const newName: SessionName = { userName, nameSince };
    this.#newNames.set(userId, newName);
    const ending = [...this.#ending].filter((session) => session.userId === userId);
    for (const session of [...this.sessionsOf(userId), ...this.apiTokensOf(userId), ...ending])
      Object.assign(session, newName);
  }

  forgetUsers(userIds: readonly string[]): void {
    for (const userId of userIds) {
      this.#revocations.note(userId);
      this.#newNames.delete(userId);
      this.#registry.forget(userId);
      this.#opaque.forget(userId);
      this.#tellEnded(userId);
    }
  }

  async sweep(): Promise<void> {
    const now = this.#deps.clock();
    // Not before the sessions there have expired.
    const keepMs = Math.max(KEEP_ENDPOINTS_MS, this.#deps.ttlMs + SECOND_MS);
    const identifiedBefore = new Date(now.getTime() - keepMs);
    this.#registry.sweep(identifiedBefore);
    await this.#late.flush();
    await this.#deleteLate(this.#opaque.sweep().flatMap(({ id, kind }) => (kind === 'login' ? [id] : [])));
    await this.#store.deleteOld(now, identifiedBefore);
    await this.#saveUses();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#late.flush();
    await this.#saveUses().catch(this.#deps.onWriteFailure);
  }

  #authorizeOpaque(token: string, endpoint: string): Session {
    const session = this.#opaque.find(token);
    if (session === undefined || !this.#isGoodAt(session, endpoint)) throw new AppError('session.invalid');
    this.#opaque.use(session, endpoint);
    return session;
  }

  #isGoodAt(session: Session, endpoint: string): boolean {
    const isFree = !this.#deps.isBoundToEndpoint || session.kind === 'api';
    return (isFree || session.endpoint === endpoint) && this.#deps.access.isActive(session.userId);
  }

  async #endHandshake(session: Session, record: () => Promise<unknown>): Promise<boolean> {
    const { id, userId, endpoint } = session;
    using watch = this.#revocations.watch();
    const before = this.#registry.end(session);
    if (before === undefined) return false;
    this.#tellEnded(userId);
    try {
      await record();
    } catch (error) {
      if (watch.isRevoked(userId, id)) void this.#deleteLate([id]);
      else this.#registry.restore(session, before);
      // In the meantime something else may have had the place kept as it was without the session.
      void this.#keepLate(userId, endpoint);
      throw error;
    }
    await Promise.all([this.#deleteLate([id]), this.#keepLate(userId, endpoint)]);
    return true;
  }

  async #endLogin(session: Session, record: () => Promise<unknown>): Promise<boolean> {
    using watch = this.#revocations.watch();
    const removed = this.#opaque.remove(session);
    if (removed === undefined) return false;
    this.#tellEnded(session.userId);
    try {
      await record();
    } catch (error) {
      if (watch.isRevoked(session.userId, session.id)) void this.#deleteLate([session.id]);
      else this.#opaque.add(removed);
      throw error;
    }
    await this.#deleteLate([session.id]);
    return true;
  }

  #tellEnded(userId: string): void {
    for (const onEnded of this.#onEnded) onEnded(userId);
  }

  async #saveUses(): Promise<void> {
    const now = this.#deps.clock().getTime();
    const all = [...this.#registry.sessions(), ...this.#opaque.all()];
    await this.#store.saveUses(all.filter(({ lastUsedAt }) => lastUsedAt >= this.#usesSavedAt));
    this.#usesSavedAt = now;
  }

  async #makeRoom(userId: string): Promise<void> {
    const { maxEndpointsPerUser: limit } = this.#deps;
    const { count, mostExpendable } = this.#registry.places(userId);
    if (count < limit) return;
    if (mostExpendable === undefined) throw new AppError('endpoint.too_many', { details: { limit } });
    this.#registry.forget(userId, mostExpendable);
    await this.#keepLate(userId, mostExpendable);
  }

  async #deleteLate(ids: readonly string[]): Promise<void> {
    const [first] = ids;
    if (first === undefined) return;
    await this.#late.write(`sessions from ${first}`, () => this.#store.deleteSessions(ids));
  }

  #keepLate(userId: string, endpoint: string): Promise<void> {
    return this.#late.write(`place ${userId} ${endpoint}`, () => this.#places.keep(userId, endpoint));
  }
}

function viewOf(session: Session, endsAt: number, currentSessionId: string): SessionView {
  const { id, kind, endpoint, client, issuedAt, lastUsedAt } = session;
  return {
    ...{ id, kind: kind === 'login' ? 'login' : 'handshake', endpoint, client },
    created_at: issuedAt.toISOString(),
    last_used_at: new Date(lastUsedAt).toISOString(),
    expires_at: new Date(endsAt).toISOString(),
    is_current: id === currentSessionId,
  };
}
