import type { Permission } from '../../../protocol/permissions.js';
import type { AccessFields } from '../accounts/access-service.js';

/** The latest time there is. */
export const NEVER = new Date(8_640_000_000_000_000);

/** `handshake`: of contract 1, its token is a JWT. `login`: its token is opaque. `api`: an API token, which is no session but is used as one. */
export type SessionKind = 'handshake' | 'login' | 'api';

/** What a token stands for. */
export interface Session {
  readonly id: string;
  readonly kind: SessionKind;
  readonly userId: string;
  /** As the dump names the user. Changes when the user takes another name. */
  readonly userName: string;
  /** Since when the user has this name: what an earlier bearer of it sent is not its own. */
  readonly nameSince: Date;
  /** The endpoint the token was issued to; of an API token, the one that it was last used from, empty where it never was. */
  readonly endpoint: string;
  /** What the client said it is; empty where it said nothing. */
  readonly client: string;
  readonly issuedAt: Date;
  /** {@link NEVER} for an API token that is good until it is revoked. */
  readonly expiresAt: Date;
  /** What an API token may do at the most; undefined: all that its user may. */
  readonly scopes?: ReadonlySet<Permission> | undefined;
  /** Milliseconds since the epoch; 0: never. Changes with every use. */
  lastUsedAt: number;
}

/** A login session or an API token as the database keeps it: of the token only its SHA-256 (base64url). */
export interface OpaqueSession extends Session {
  readonly tokenHash: string;
}

/** What the database keeps of a user at an endpoint, sessions aside. */
export interface EndpointRow {
  readonly userId: string;
  readonly endpoint: string;
  /** Whether a handshake is open. */
  readonly isOpen: boolean;
  readonly identifiedAt: Date;
  /** When a password was last right here; null: never. */
  readonly provenAt: Date | null;
}

/** All that has to be known at a start. */
export interface StoredSessions {
  readonly endpoints: readonly EndpointRow[];
  readonly handshakes: readonly Session[];
  readonly logins: readonly OpaqueSession[];
  readonly apiTokens: readonly OpaqueSession[];
  /** Every user that has a session or an API token. */
  readonly users: readonly AccessFields[];
}

/** Where states, sessions and API tokens survive a restart. Every method throws AppError `database.…`. */
export interface SessionStore {
  /** Every open handshake, and everything that is live at a time. */
  load(now: Date): Promise<StoredSessions>;
  findEndpoint(userId: string, endpoint: string): Promise<EndpointRow | undefined>;
  /** Answers whether there is such a user: one that is removed meanwhile takes its places along. */
  saveEndpoint(row: EndpointRow): Promise<boolean>;
  /** Notes that a handshake is closed; there may be none. Of an endpoint that is not proven nothing stays. */
  closeEndpoint(userId: string, endpoint: string): Promise<void>;
  /** Answers whether there is such a user: it may have been removed meanwhile. */
  insertSession(session: Session & { readonly tokenHash?: string }): Promise<boolean>;
  /** Deletes sessions; there may be none. */
  deleteSessions(sessionIds: readonly string[]): Promise<void>;
  /** Keeps when sessions and API tokens were last used, to within ten seconds, and API tokens from where. */
  saveUses(uses: readonly Pick<Session, 'id' | 'kind' | 'endpoint' | 'lastUsedAt'>[]): Promise<void>;
  /** Deletes sessions and API tokens that have expired, and endpoints that nobody has identified at since a time. */
  deleteOld(now: Date, identifiedBefore: Date): Promise<void>;
}
