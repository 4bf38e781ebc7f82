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

/** Where users are kept. Every method throws AppError `database.unavailable` when the database does not answer. */
export interface UserStore {
  findById(userId: string): Promise<User | undefined>;
  findByNameKey(nameKey: string): Promise<User | undefined>;
  /** Answers whether it was inserted, that is, whether the name was free. */
  insert(user: User): Promise<boolean>;
  /** Replaces a password hash if it is still `from`; answers whether it was. */
  replacePasswordHash(userId: string, from: string | null, to: string): Promise<boolean>;
  /** Whether any user has a password. */
  hasPasswords(): Promise<boolean>;
  /** Removes users that an IDENTIFY created before a time and that never had a password; answers their ids. */
  removeNeverAuthenticated(createdBefore: Date): Promise<readonly string[]>;
}
