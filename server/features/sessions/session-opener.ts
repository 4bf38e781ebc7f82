import { AppError } from '../../errors/app-error.js';
import type { ErrorCode } from '../../errors/error-table.js';
import type { AccessService } from '../accounts/access-service.js';
import type { Account } from '../accounts/account-service.js';
import { newOpaqueToken, type OpaqueSessions } from './opaque-sessions.js';
import type { SessionRegistry } from './session-registry.js';
import type { IssuedToken, RevocationWatch } from './session-service.js';
import type { OpaqueSession, Session, SessionStore } from './session-store.js';

const SECOND_MS = 1000;
const CLIENT_CHARACTERS = 200;

/** How sessions are opened. Times in milliseconds. */
export interface OpeningSettings {
  /** Of a session of a handshake. */
  readonly ttlMs: number;
  /** Of a login session. */
  readonly loginTtlMs: number;
  readonly maxSessionsPerUser: number;
  readonly clock: () => Date;
  readonly newId: () => string;
  /** Answers so many unguessable bytes. */
  readonly random: (bytes: number) => Buffer;
}

/** Where a session is opened from, and what the client says it is. */
export type Origin = Pick<Session, 'endpoint' | 'client'>;

/** How the bearer of a session is called. */
export type SessionName = Pick<Session, 'userName' | 'nameSince'>;

/** What the opener needs. */
export interface SessionOpenerDeps extends OpeningSettings {
  readonly registry: SessionRegistry;
  readonly opaque: OpaqueSessions;
  readonly revocations: Revocations;
  readonly store: Pick<SessionStore, 'insertSession'>;
  readonly access: Pick<AccessService, 'introduce' | 'isActive'>;
  /** The name that a user has taken since the start; undefined where it has kept its own. */
  readonly newNameOf: (userId: string) => SessionName | undefined;
  /** Deletes what was inserted in vain. */
  readonly discard: (session: Session) => Promise<void>;
}

/**
 * Opens sessions: they are kept before anybody has their tokens. As that takes a while, what was revoked meanwhile is
 * looked at afterwards.
 */
export class SessionOpener {
  readonly #deps: SessionOpenerDeps;
  /** How many sessions of a user are on their way. */
  readonly #onTheirWay = new Map<string, number>();

  constructor(deps: SessionOpenerDeps) {
    this.#deps = deps;
  }

  /** Opens a session of a handshake. @throws AppError `session.too_many`, `account.not_active`, `session.not_identified` */
  async open(account: Account, origin: Origin): Promise<Session> {
    const session = this.#newSession('handshake', account, origin, this.#deps.ttlMs);
    await this.#open(account, session, () => this.#deps.registry.open(session), 'session.not_identified');
    return session;
  }

  /** Opens a login session. @throws AppError `session.too_many`, `account.not_active`, `session.invalid` */
  async openLogin(account: Account, origin: Origin): Promise<IssuedToken> {
    const { opaque, random, loginTtlMs } = this.#deps;
    const { token, tokenHash } = newOpaqueToken('login', random);
    const session: OpaqueSession = { ...this.#newSession('login', account, origin, loginTtlMs), tokenHash };
    const add = () => {
      opaque.add(session);
      return true;
    };
    await this.#open(account, session, add, 'session.invalid');
    return { token, session };
  }

  /** Makes an API token. @param keep - stores it; what it throws is passed on */
  async openApiToken(
    { userId, userName, nameSince }: Session,
    { expiresAt, scopes }: Pick<Session, 'expiresAt' | 'scopes'>,
    keep: (token: OpaqueSession) => Promise<void>,
  ): Promise<IssuedToken> {
    const { clock, newId, random, opaque } = this.#deps;
    const { token, tokenHash } = newOpaqueToken('api', random);
    const session: OpaqueSession = {
      ...{ id: newId(), kind: 'api', userId, userName, nameSince, endpoint: '', client: '' },
      ...{ issuedAt: clock(), expiresAt, scopes, tokenHash, lastUsedAt: 0 },
    };
    await keep(session);
    opaque.add(this.#calledAsNow(session));
    return { token, session };
  }

  // A token counts whole seconds: session and token end together, and not before their time is over.
  #newSession(
    kind: 'handshake' | 'login',
    { id: userId, name: userName, nameSince }: Account,
    { endpoint, client }: Origin,
    ttlMs: number,
  ): Session {
    const issuedAt = this.#deps.clock();
    const expiresAt = new Date(Math.ceil((issuedAt.getTime() + ttlMs) / SECOND_MS) * SECOND_MS);
    return {
      ...{ id: this.#deps.newId(), kind, userId, userName, nameSince, endpoint },
      ...{ client: client.slice(0, CLIENT_CHARACTERS), issuedAt, expiresAt },
      lastUsedAt: issuedAt.getTime(),
    };
  }

  async #open(account: Account, session: Session, add: () => boolean, whyNot: ErrorCode): Promise<void> {
    const { store, discard, revocations } = this.#deps;
    this.#assertRoom(account.id);
    using watch = revocations.watch();
    this.#count(account.id, 1);
    try {
      if (!(await store.insertSession(session))) throw new AppError(whyNot);
      const refusal = this.#admit(account, session, watch, add, whyNot);
      if (refusal === undefined) return;
      await discard(session);
      throw new AppError(refusal);
    } finally {
      this.#count(account.id, -1);
    }
  }

  // The account was read a while ago: its old name may be somebody else's by now.
  #calledAsNow<Opened extends Session>(session: Opened): Opened {
    return Object.assign(session, this.#deps.newNameOf(session.userId));
  }

  #admit(
    account: Account,
    session: Session,
    watch: RevocationWatch,
    add: () => boolean,
    whyNot: ErrorCode,
  ): ErrorCode | undefined {
    if (watch.isRevoked(account.id)) return whyNot;
    this.#deps.access.introduce(account);
    this.#calledAsNow(session);
    if (!this.#deps.access.isActive(account.id)) return 'account.not_active';
    return add() ? undefined : whyNot;
  }

  #assertRoom(userId: string): void {
    const { registry, opaque, maxSessionsPerUser: limit } = this.#deps;
    const live = registry.countSessions(userId) + opaque.of(userId, 'login').length;
    if (live + (this.#onTheirWay.get(userId) ?? 0) >= limit)
      throw new AppError('session.too_many', { details: { limit } });
  }

  #count(userId: string, change: 1 | -1): void {
    const count = (this.#onTheirWay.get(userId) ?? 0) + change;
    if (count === 0) this.#onTheirWay.delete(userId);
    else this.#onTheirWay.set(userId, count);
  }
}

interface Revocation {
  readonly userId: string;
  readonly exceptSessionId: string | undefined;
}

/** Tells who watches when all sessions of a user are revoked. */
export class Revocations {
  readonly #watched = new Set<Revocation[]>();

  /** Begins to watch. */
  watch(): RevocationWatch {
    const seen: Revocation[] = [];
    this.#watched.add(seen);
    return {
      isRevoked: (userId, sessionId) =>
        seen.some((each) => {
          return each.userId === userId && (sessionId === undefined || each.exceptSessionId !== sessionId);
        }),
      [Symbol.dispose]: () => {
        this.#watched.delete(seen);
      },
    };
  }

  /** Takes note that all sessions of a user but one are revoked. */
  note(userId: string, exceptSessionId?: string): void {
    for (const seen of this.#watched) seen.push({ userId, exceptSessionId });
  }
}
