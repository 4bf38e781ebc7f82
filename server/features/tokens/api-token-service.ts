import pLimit from 'p-limit';
import type { ApiTokenCreation, ApiTokenMade, ApiTokenView } from '../../../protocol/sessions.js';
import { AppError } from '../../errors/app-error.js';
import { actorOf, type AccessService } from '../accounts/access-service.js';
import type { AuditService } from '../audit/audit-service.js';
import { NEVER, type Caller, type Session, type SessionService } from '../sessions/session-service.js';
import type { ApiToken, ApiTokenStore } from './api-token-store.js';

/** API tokens of one user: for devices, with a name and no more permissions than they need. */
export interface ApiTokenService {
  /**
   * Makes one, which is shown this once.
   *
   * @throws AppError `session.needed`, `permission.missing` for a permission that the caller lacks,
   *   `account.password_change_needed`, `token.name_taken`, `token.too_many`
   */
  create(caller: Caller, wanted: ApiTokenCreation): Promise<ApiTokenMade>;
  /** Those that have not expired, the oldest first. @throws AppError `session.needed` */
  list(caller: Caller): Promise<readonly ApiTokenView[]>;
  /** Revokes one at once. @throws AppError `session.needed`, `token.unknown` */
  revoke(caller: Caller, tokenId: string): Promise<void>;
  /** Those of a user, whatever its status. @throws AppError `permission.missing` without `users:manage`, `account.unknown` */
  listOf(caller: Caller, userName: string): Promise<readonly ApiTokenView[]>;
  /** Revokes one of a user's at once. @throws AppError as {@link listOf}; `token.unknown` */
  revokeOf(caller: Caller, userName: string, tokenId: string): Promise<void>;
  /** Revokes all of a user's at once; answers how many. @throws AppError as {@link listOf} */
  revokeAllOf(caller: Caller, userName: string): Promise<number>;
  /** Revokes all of a user's at once, for whoever has decided on that and takes note of it; answers how many. */
  revokeAll(userId: string): Promise<number>;
}

/** Whose tokens they are. */
export interface TokenOwner {
  readonly id: string;
  readonly name: string;
}

/** What the service of API tokens needs. */
export interface ApiTokenServiceDeps {
  readonly store: ApiTokenStore;
  readonly sessions: Pick<SessionService, 'assertLive' | 'openApiToken' | 'endApiToken' | 'apiTokensOf'>;
  readonly access: Pick<AccessService, 'assert' | 'assertPerson'>;
  /** The user of a name, in whatever case. */
  readonly findUser: (name: string) => Promise<TokenOwner | undefined>;
  readonly audit: Pick<AuditService, 'append'>;
  readonly clock: () => Date;
}

const MAX_TOKENS_PER_USER = 100;

/** Makes the service of API tokens. */
export function createApiTokenService(deps: ApiTokenServiceDeps): ApiTokenService {
  return new ApiTokens(deps);
}

class ApiTokens implements ApiTokenService {
  readonly #deps: ApiTokenServiceDeps;
  // One at a time, so that they are counted and made in one step.
  readonly #inTurn = pLimit(1);

  constructor(deps: ApiTokenServiceDeps) {
    this.#deps = deps;
  }

  async create(caller: Caller, wanted: ApiTokenCreation): Promise<ApiTokenMade> {
    const { access, audit } = this.#deps;
    access.assertPerson(caller);
    for (const permission of wanted.permissions) access.assert(caller, permission);
    const made = await this.#inTurn(() => this.#make(caller.session, wanted));
    const { id, name, permissions } = made;
    const details = { token: id, name, permissions };
    await audit.append({ action: 'token.created', actor: actorOf(caller), details });
    return made;
  }

  async list(caller: Caller): Promise<readonly ApiTokenView[]> {
    this.#deps.access.assertPerson(caller);
    return this.#viewsOf(caller.session.userId);
  }

  async listOf(caller: Caller, userName: string): Promise<readonly ApiTokenView[]> {
    return this.#viewsOf((await this.#ownerFor(caller, userName)).id);
  }

  async revokeOf(caller: Caller, userName: string, tokenId: string): Promise<void> {
    const owner = await this.#ownerFor(caller, userName);
    if (!(await this.#end(owner.id, tokenId))) throw new AppError('token.unknown');
    await this.#note(caller, { token: tokenId }, owner);
  }

  async revokeAllOf(caller: Caller, userName: string): Promise<number> {
    const owner = await this.#ownerFor(caller, userName);
    const revoked = await this.revokeAll(owner.id);
    if (revoked > 0) await this.#note(caller, { revoked }, owner);
    return revoked;
  }

  revokeAll(userId: string): Promise<number> {
    // In turn, so that one that is being made is not left over.
    return this.#inTurn(async () => {
      const tokens = this.#deps.sessions.apiTokensOf(userId);
      const ended = await Promise.all(tokens.map(({ id }) => this.#end(userId, id)));
      return ended.filter(Boolean).length;
    });
  }

  async #viewsOf(userId: string): Promise<readonly ApiTokenView[]> {
    const stored = await this.#deps.store.list(userId);
    const live = new Map(this.#deps.sessions.apiTokensOf(userId).map((token) => [token.id, token]));
    return stored.flatMap((token) => {
      const used = live.get(token.id);
      return used === undefined ? [] : [viewOf(token, used)];
    });
  }

  async revoke(caller: Caller, tokenId: string): Promise<void> {
    this.#deps.access.assertPerson(caller);
    if (!(await this.#end(caller.session.userId, tokenId))) throw new AppError('token.unknown');
    await this.#note(caller, { token: tokenId });
  }

  async #ownerFor(caller: Caller, name: string): Promise<TokenOwner> {
    this.#deps.access.assert(caller, 'users:manage');
    const owner = await this.#deps.findUser(name);
    if (owner === undefined) throw new AppError('account.unknown', { details: { name } });
    return { id: owner.id, name: owner.name };
  }

  #end(userId: string, tokenId: string): Promise<boolean> {
    const { sessions, store } = this.#deps;
    return sessions.endApiToken(userId, tokenId, () => store.remove(tokenId));
  }

  #note(caller: Caller, details: Record<string, string | number>, owner?: TokenOwner): Promise<void> {
    const subject = owner === undefined ? {} : { subject: owner };
    return this.#deps.audit.append({ action: 'token.revoked', actor: actorOf(caller), ...subject, details });
  }

  async #make(owner: Session, { name, permissions, expires_in: seconds }: ApiTokenCreation) {
    const { sessions, store, clock } = this.#deps;
    // It may have been ended since, with all tokens of its user: none is made behind that.
    sessions.assertLive(owner);
    const limit = MAX_TOKENS_PER_USER;
    if (sessions.apiTokensOf(owner.userId).length >= limit)
      throw new AppError('token.too_many', { details: { limit } });
    const expiresAt = seconds === undefined ? null : new Date(clock().getTime() + seconds * 1000);
    const wanted = { expiresAt: expiresAt ?? NEVER, scopes: new Set(permissions) };
    const { token, session } = await sessions.openApiToken(owner, wanted, async (made) => {
      const { id, userId, tokenHash, issuedAt: createdAt } = made;
      const row = { id, userId, name, tokenHash, permissions, createdAt, expiresAt };
      if (!(await store.insert(row))) throw new AppError('token.name_taken');
    });
    return {
      ...viewOf({ id: session.id, name, permissions, createdAt: session.issuedAt, expiresAt }, session),
      token,
    };
  }
}

function viewOf(
  { id, name, permissions, createdAt, expiresAt }: Omit<ApiToken, 'userId' | 'tokenHash'>,
  { lastUsedAt, endpoint }: Session,
): ApiTokenView {
  return {
    id,
    name,
    permissions: [...permissions],
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    last_used_at: lastUsedAt === 0 ? null : new Date(lastUsedAt).toISOString(),
    last_endpoint: endpoint === '' ? null : endpoint,
  };
}
