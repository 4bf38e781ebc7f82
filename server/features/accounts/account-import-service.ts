import { aliasOf } from './new-user.js';
import { isReserved } from './reserved-names.js';
import type { Uniqueness, User, UserStore } from './user-store.js';

/** A whole user that was made elsewhere. */
export type ImportedUser = User;

/** Why a user cannot be one here: who is here already has its name or address, or one of them as the other. */
export type Collision = 'name_taken' | 'email_taken' | 'name_is_email' | 'email_is_name';

/** Takes in whole users of other systems. Every method throws AppError `database.…` when the database does not answer. */
export interface AccountImportService {
  /** With what of the users who are here one would collide. */
  collisionOf(user: ImportedUser): Promise<Collision | undefined>;
  /** Inserts all of them or none; answers the first that could not be. */
  insertAll(users: readonly ImportedUser[]): Promise<{ index: number; why: Uniqueness } | undefined>;
}

/** Makes the service that takes in users. */
export function createAccountImportService(store: UserStore): AccountImportService {
  return {
    collisionOf: (user) => collisionOf(store, user),
    insertAll: (users) => store.insertAll(users),
  };
}

async function collisionOf(store: UserStore, user: ImportedUser): Promise<Collision | undefined> {
  const { nameKey, email } = user;
  if (isReserved(nameKey) || (await store.findByNameKey(nameKey)) !== undefined) return 'name_taken';
  if (email !== null && (await store.findByEmail(email)) !== undefined) return 'email_taken';
  const alias = await aliasOf(store, user);
  if (alias === 'done') return undefined;
  return alias === 'name_taken' ? 'name_is_email' : 'email_is_name';
}
