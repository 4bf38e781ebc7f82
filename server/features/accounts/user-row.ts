import {
  emailKey,
  PROFILE_TEXT_NAMES,
  STATUSES,
  type ProfileText,
  type Status,
} from '../../../protocol/accounts.js';
import { PERMISSION_NAMES, ROLES, type Permission, type Role } from '../../../protocol/permissions.js';
import type { Prisma } from '../../database/generated/client.js';
import type { UserModel } from '../../database/generated/models/User.js';
import type { FieldCipher } from '../../keys/field-cipher.js';
import type { SealedTable } from '../../keys/rotate-keys.js';
import type { Profile, User, UserPatch, UserStore } from './user-store.js';

const TABLE = 'User';

const COLUMNS = {
  full_name: 'fullName',
  phone: 'phone',
  address: 'address',
  city: 'city',
  country: 'country',
  postal_code: 'postalCode',
  date_of_birth: 'dateOfBirth',
  notes: 'notes',
} as const satisfies Record<ProfileText, string>;

/** The personal part of a user: what is sealed in its row. */
export type Personal = Pick<User, 'id' | 'email' | 'profile'>;

/** Users, as a rotation of keys sees them. */
export function sealedUsers(store: Pick<UserStore, 'resealSome'>): SealedTable {
  const columns = ['email', ...Object.values(COLUMNS), 'metadata'];
  return { table: TABLE, columns, resealSome: (keyId, limit) => store.resealSome(keyId, limit) };
}

/** A user's row as a user; what is sealed is opened. @throws AppError `key.unusable` where a field is damaged */
export function userOf(row: UserModel, cipher: FieldCipher): User {
  const { id, name, nameKey, nameSince, passwordHash, oneTimeUntil, homeEndpoint, isCredential } = row;
  return {
    ...{ id, name, nameKey, nameSince, passwordHash, oneTimeUntil, homeEndpoint, isCredential },
    role: wordOf(row.role, ROLES) satisfies Role,
    status: wordOf(row.status, STATUSES) satisfies Status,
    permissions: row.permissions === null ? null : permissionsIn(row.permissions),
    email: open(row, 'email', cipher) ?? null,
    profile: profileOf(row, cipher),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    lastLoginAt: row.lastLoginAt,
  };
}

/** A new user's row. */
export function rowOf(user: User, cipher: FieldCipher): Prisma.UserCreateManyInput {
  const { email: _email, profile: _profile, permissions, ...plain } = user;
  return { ...plain, permissions: permissionText(permissions), ...sealedColumns(user, cipher) };
}

/** What a change means for the columns that are not sealed. */
export function plainColumns(patch: UserPatch): Prisma.UserUpdateManyMutationInput {
  const { email: _email, profile: _profile, permissions, ...plain } = patch;
  return permissions === undefined ? plain : { ...plain, permissions: permissionText(permissions) };
}

/** All sealed columns of a user, and by which they are found: under the key that seals now, all of them together. */
export function sealedColumns({ id, email, profile }: Personal, cipher: FieldCipher) {
  const seal = (column: string, text: string | undefined) =>
    text === undefined || text === '' ? null : cipher.seal({ table: TABLE, column, row: id }, text);
  const hasMetadata = Object.keys(profile.metadata).length > 0;
  const columns: Record<string, string | null> = {
    email: seal('email', email ?? undefined),
    metadata: seal('metadata', hasMetadata ? JSON.stringify(profile.metadata) : undefined),
  };
  for (const name of PROFILE_TEXT_NAMES) columns[COLUMNS[name]] = seal(COLUMNS[name], profile.texts[name]);
  const isEmpty = Object.values(columns).every((value) => value === null);
  return {
    ...columns,
    emailHash: email === null ? null : emailHash(email, cipher),
    dataKeyId: isEmpty ? null : cipher.keyId,
  };
}

/** By which an e-mail address is found, in whatever case. */
export function emailHash(address: string, cipher: FieldCipher): string {
  return cipher.lookupHash('email', emailKey(address));
}

function profileOf(row: UserModel, cipher: FieldCipher): Profile {
  const texts: Partial<Record<ProfileText, string>> = {};
  for (const name of PROFILE_TEXT_NAMES) {
    const text = open(row, COLUMNS[name], cipher);
    if (text !== undefined) texts[name] = text;
  }
  const metadata = open(row, 'metadata', cipher);
  return { texts, metadata: metadata === undefined ? {} : (JSON.parse(metadata) as Profile['metadata']) };
}

type SealedColumn = (typeof COLUMNS)[ProfileText] | 'email' | 'metadata';

function open(row: UserModel, column: SealedColumn, cipher: FieldCipher): string | undefined {
  const sealed = row[column];
  return sealed === null ? undefined : cipher.open({ table: TABLE, column, row: row.id }, sealed);
}

function permissionText(permissions: readonly Permission[] | null): string | null {
  return permissions === null ? null : permissions.join(' ');
}

// A word of a later version is a permission that this one does not give.
function permissionsIn(text: string): readonly Permission[] {
  const words = new Set(text.split(' '));
  return PERMISSION_NAMES.filter((name) => words.has(name));
}

function wordOf<Word extends string>(text: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === text);
  if (word === undefined) throw new Error(`the database has a user with an unknown ${words.join('/')}`);
  return word;
}
