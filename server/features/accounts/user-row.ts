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
import { AppError } from '../../errors/app-error.js';
import type { PersonalField, Profile, User, UserPatch, UserStore, UserSummary } from './user-store.js';

const TABLE = 'User';

const COLUMNS = {
  email: 'email',
  full_name: 'fullName',
  phone: 'phone',
  address: 'address',
  city: 'city',
  country: 'country',
  postal_code: 'postalCode',
  date_of_birth: 'dateOfBirth',
  notes: 'notes',
  metadata: 'metadata',
} as const satisfies Record<PersonalField, keyof UserModel>;

const PERSONAL_FIELDS = Object.keys(COLUMNS) as readonly PersonalField[];

/** The personal part of a user: what is sealed in its row. */
export type Personal = Pick<User, 'id' | 'email' | 'profile'>;

/** Users, as a rotation of keys sees them. */
export function sealedUsers(store: Pick<UserStore, 'resealSome'>): SealedTable {
  const columns = Object.values(COLUMNS);
  return { table: TABLE, columns, resealSome: (keyId, limit) => store.resealSome(keyId, limit) };
}

/** A user's row as a user; what is sealed is opened when it is looked at. */
export function userOf(row: UserModel, cipher: FieldCipher): User {
  const { id, name, nameKey, nameSince, passwordHash, oneTimeUntil, homeEndpoint, isCredential } = row;
  let opened: Pick<User, 'email' | 'profile'> | undefined;
  const personal = () => (opened ??= openPersonal(row, cipher));
  return {
    ...{ id, name, nameKey, nameSince, passwordHash, oneTimeUntil, homeEndpoint, isCredential },
    role: wordOf(row.role, ROLES) satisfies Role,
    status: wordOf(row.status, STATUSES) satisfies Status,
    permissions: row.permissions === null ? null : permissionsIn(row.permissions),
    get email() {
      return personal().email;
    },
    get profile() {
      return personal().profile;
    },
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    lastLoginAt: row.lastLoginAt,
  };
}

/** The columns of {@link summaryRowOf}. */
export const SUMMARY_COLUMNS = { id: true, name: true, nameKey: true, role: true, fullName: true } as const;

/** What anybody may see of a user's row. */
export function summaryRowOf(
  row: Pick<UserModel, keyof typeof SUMMARY_COLUMNS>,
  cipher: FieldCipher,
): UserSummary {
  const { name, nameKey } = row;
  const fullName = openColumn(row, 'fullName', cipher) ?? '';
  return { name, nameKey, role: wordOf(row.role, ROLES), fullName };
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

/**
 * All sealed columns of a user, and by which they are found: under the key that seals now, all of them together. Those that are
 * damaged are not among them, so that they stay as they are.
 */
export function sealedColumns({ id, email, profile }: Personal, cipher: FieldCipher) {
  const damaged = new Set(profile.damaged);
  const texts = textsOf({ email, profile });
  const columns: Record<string, string | null> = {};
  for (const field of PERSONAL_FIELDS) {
    if (damaged.has(field)) continue;
    const [column, text] = [COLUMNS[field], texts[field] ?? ''];
    columns[column] = text === '' ? null : cipher.seal({ table: TABLE, column, row: id }, text);
  }
  const isEmpty = damaged.size === 0 && Object.values(columns).every((value) => value === null);
  return {
    ...columns,
    ...('email' in columns ? { emailHash: email === null ? null : emailHash(email, cipher) } : {}),
    dataKeyId: isEmpty ? null : cipher.keyId,
  };
}

function textsOf({ email, profile }: Omit<Personal, 'id'>): Partial<Record<PersonalField, string>> {
  const { texts, metadata } = profile;
  const hasMetadata = Object.keys(metadata).length > 0;
  return { ...texts, email: email ?? '', ...(hasMetadata ? { metadata: JSON.stringify(metadata) } : {}) };
}

/** What is personal of a user after a change. What the change could not read stays as it is by now. */
export function personalAfter({ id, email, profile }: User, patch: UserPatch): Personal {
  const unread = new Set(patch.profile === undefined ? PERSONAL_FIELDS : patch.profile.damaged);
  const isKept = (field: PersonalField) =>
    field === 'email' ? patch.email === undefined : unread.has(field);
  const kept = Object.entries(profile.texts).filter(([name]) => isKept(name as ProfileText));
  return {
    id,
    email: patch.email === undefined ? email : patch.email,
    profile: {
      texts: { ...patch.profile?.texts, ...Object.fromEntries(kept) },
      metadata: isKept('metadata') ? profile.metadata : (patch.profile?.metadata ?? {}),
      damaged: (profile.damaged ?? []).filter(isKept),
    },
  };
}

/** By which an e-mail address is found, in whatever case. */
export function emailHash(address: string, cipher: FieldCipher): string {
  return cipher.lookupHash('email', emailKey(address));
}

function openPersonal(row: UserModel, cipher: FieldCipher): Pick<User, 'email' | 'profile'> {
  const damaged: PersonalField[] = [];
  const open = (field: PersonalField): string | undefined => {
    const text = openColumn(row, COLUMNS[field], cipher);
    if (text === undefined && row[COLUMNS[field]] !== null) damaged.push(field);
    return text;
  };
  const texts: Partial<Record<ProfileText, string>> = {};
  for (const name of PROFILE_TEXT_NAMES) {
    const text = open(name);
    if (text !== undefined) texts[name] = text;
  }
  const email = open('email') ?? null;
  const metadata = JSON.parse(open('metadata') ?? '{}') as Profile['metadata'];
  return { email, profile: { texts, metadata, ...(damaged.length === 0 ? {} : { damaged }) } };
}

type SealedColumn = (typeof COLUMNS)[PersonalField];

/** Undefined where there is nothing, and where it is damaged. */
function openColumn<Column extends SealedColumn>(
  row: Pick<UserModel, 'id' | Column>,
  column: Column,
  cipher: FieldCipher,
): string | undefined {
  const sealed: string | null = row[column];
  if (sealed === null) return undefined;
  try {
    return cipher.open({ table: TABLE, column, row: row.id }, sealed);
  } catch (error) {
    if (error instanceof AppError && error.code === 'key.unusable') return undefined;
    throw error;
  }
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
