/** A user as the database has it. */
export interface User {
  readonly id: string;
  /** As first written. */
  readonly name: string;
  /** The form it is found by; see `userNameKey`. */
  readonly nameKey: string;
  /** A PHC string; null while the user has no password. */
  readonly passwordHash: string | null;
  /** The endpoint that created the user, the only one that may set its first password; null: none may. */
  readonly homeEndpoint: string | null;
  readonly createdAt: Date;
}

/** Where users are kept. Every method throws AppError `database.…` when the database does not answer. */
export interface UserStore {
  findById(userId: string): Promise<User | undefined>;
  findByNameKey(nameKey: string): Promise<User | undefined>;
  /** Answers whether it was inserted, that is, whether the name was free. */
  insert(user: User): Promise<boolean>;
  /** Replaces a password hash if it is still `from`; answers whether it was. */
  replacePasswordHash(userId: string, from: string | null, to: string): Promise<boolean>;
  /** Whether any user's password was hashed with the pepper; imported ones were not. */
  hasPepperedPasswords(): Promise<boolean>;
  /** How many users an IDENTIFY created that never had a password. */
  countNeverAuthenticated(): Promise<number>;
  /** Removes some of those that were created before a time; answers the ids of the removed, none at the end. */
  removeNeverAuthenticated(createdBefore: Date): Promise<readonly string[]>;
}
