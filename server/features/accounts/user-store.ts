import type { ProfileText, Status } from '../../../protocol/accounts.js';
import type { Permission, Role } from '../../../protocol/permissions.js';
import type { Resealed } from '../../keys/rotate-keys.js';

/** What a user says of itself. Sealed where it is kept. */
export interface Profile {
  readonly texts: Readonly<Partial<Record<ProfileText, string>>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What is kept and cannot be read, the address too; such a text is not in `texts`. Absent: nothing. */
  readonly damaged?: readonly PersonalField[];
}

/** A field that is sealed where it is kept. */
export type PersonalField = ProfileText | 'email' | 'metadata';

/** What anybody may see of a user. */
export interface UserSummary extends Pick<User, 'name' | 'nameKey' | 'role'> {
  /** Empty where there is none, or none that can be read. */
  readonly fullName: string;
}

/** A user as the database has it. What is personal is opened when it is looked at, and never throws. */
export interface User {
  readonly id: string;
  /** As first written. */
  readonly name: string;
  /** The form it is found by; see `userNameKey`. */
  readonly nameKey: string;
  /** Since when it has this name: what an earlier bearer of it sent is not its own. */
  readonly nameSince: Date;
  /** A PHC string; null while the user has no password. */
  readonly passwordHash: string | null;
  /** Not null: the password is for one login, which is possible until then, and has to be changed. */
  readonly oneTimeUntil: Date | null;
  /** The endpoint that created the user, the only one that may set its first password; null: none may. */
  readonly homeEndpoint: string | null;
  readonly role: Role;
  readonly status: Status;
  /** Null: those of the role. */
  readonly permissions: readonly Permission[] | null;
  /** Whether the credentials gateway made it and may still change it. */
  readonly isCredential: boolean;
  /** Trimmed; null where there is none. Sealed where it is kept. */
  readonly email: string | null;
  readonly profile: Profile;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly lastLoginAt: Date | null;
}

/** What of a user can be changed. */
export type UserPatch = Partial<
  Pick<
    User,
    | 'name'
    | 'nameKey'
    | 'nameSince'
    | 'passwordHash'
    | 'oneTimeUntil'
    | 'role'
    | 'status'
    | 'permissions'
    | 'isCredential'
    | 'homeEndpoint'
    | 'email'
    | 'profile'
    | 'updatedAt'
    | 'lastLoginAt'
  >
>;

/** Which users a list is of. */
export interface UserFilter {
  /** In the name's compared form. */
  readonly nameContains?: string | undefined;
  /** A whole address, in any case; whoever has it is found too. */
  readonly email?: string | undefined;
  readonly role?: Role | undefined;
  readonly status?: Status | undefined;
  /** Only names behind this one, in the order of their compared form. */
  readonly afterNameKey?: string | undefined;
}

/** What an insert or a change came to: done, or which unique field was taken. */
export type Uniqueness = 'done' | 'name_taken' | 'email_taken';

/** Who has or had a name, and since when. */
export interface NameBearer {
  readonly name: string;
  readonly ownerId: string;
  readonly since: Date;
}

/** Where users are kept. Every method throws AppError `database.…` when the database does not answer. */
export interface UserStore {
  findById(userId: string): Promise<User | undefined>;
  findByNameKey(nameKey: string): Promise<User | undefined>;
  /** @param address - in any case */
  findByEmail(address: string): Promise<User | undefined>;
  insert(user: User): Promise<Uniqueness>;
  /** Inserts all of them or none; answers the first that could not be. */
  insertAll(users: readonly User[]): Promise<{ index: number; why: Uniqueness } | undefined>;
  /** Changes what is named; `undefined` where there is no such user. A name that is given up stays known. */
  change(userId: string, patch: UserPatch): Promise<Uniqueness | undefined>;
  /** Replaces a password hash if it is still `from`; answers whether it was. */
  replacePasswordHash(userId: string, from: string | null, to: string): Promise<boolean>;
  /** Marks a password for one login as used, if it is still good until `until`; answers whether it was. */
  useOneTimePassword(userId: string, until: Date, now: Date): Promise<boolean>;
  /** Removes a user with all that hangs on it but its name; answers whether it was there. */
  remove(userId: string): Promise<boolean>;
  /** Users by the order of their compared names, some at a time: between them others have their turn. */
  list(filter: UserFilter): AsyncIterable<readonly User[]>;
  /** The same, and no more of each user is read and opened than is shown to anybody. */
  summaries(filter: UserFilter): AsyncIterable<readonly UserSummary[]>;
  /** What some users are called now, by their ids. Whoever is no more is not among them. */
  namesOf(userIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** How many users there are. */
  count(): Promise<number>;
  /** Who has or had some names, letter by letter; users that are no more are among them. */
  bearersOf(names: readonly string[]): Promise<readonly NameBearer[]>;
  /** How many active users may `users:manage`, one left out. */
  countAdministrators(exceptUserId?: string): Promise<number>;
  /** Whether any user's password was hashed with the pepper; imported ones were not. */
  hasPepperedPasswords(): Promise<boolean>;
  /** How many users an IDENTIFY created that never had a password. */
  countNeverAuthenticated(): Promise<number>;
  /** Removes some of those that were created before a time; answers the ids of the removed, none at the end. */
  removeNeverAuthenticated(createdBefore: Date): Promise<readonly string[]>;
  /** Seals some rows anew that are not under a key; what cannot be opened stays as it is. */
  resealSome(keyId: string, limit: number): Promise<Resealed>;
}
