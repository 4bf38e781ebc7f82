import type { Permission } from '../../../protocol/permissions.js';

/** An API token as the database has it: of the token only its SHA-256 (base64url). */
export interface ApiToken {
  readonly id: string;
  readonly userId: string;
  /** Each of a user's tokens has another. */
  readonly name: string;
  readonly tokenHash: string;
  readonly permissions: readonly Permission[];
  readonly createdAt: Date;
  /** Null: good until it is revoked. */
  readonly expiresAt: Date | null;
}

/** Where API tokens are kept. Every method throws AppError `database.…`. */
export interface ApiTokenStore {
  /** Answers whether the name was free. */
  insert(token: ApiToken): Promise<boolean>;
  /** All of a user, the oldest first. */
  list(userId: string): Promise<readonly ApiToken[]>;
  /** Removes one; there may be none. */
  remove(tokenId: string): Promise<void>;
}
