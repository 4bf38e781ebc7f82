import type { UserCreation } from '../../../../protocol/accounts.js';
import type { Permission, Role } from '../../../../protocol/permissions.js';
import { profileChangesOf, profileValuesOf, type ProfileValues } from '../../parts/account/profile-values.js';

/** What the form of a new user holds. */
export interface NewUserValues extends ProfileValues {
  readonly username: string;
  readonly email: string;
  readonly role: Role;
  /** Null: those of the role. */
  readonly permissions: readonly Permission[] | null;
  readonly password_kind: 'one-time' | 'given';
  readonly password: string;
}

/** An empty form. */
export const NO_USER: NewUserValues = {
  ...profileValuesOf(),
  username: '',
  email: '',
  role: 'user',
  permissions: null,
  password_kind: 'one-time',
  password: '',
};

/** What of it the API takes: what is left empty is not sent. */
export function creationOf(values: NewUserValues): UserCreation {
  const { username, email, role, permissions, password_kind, password } = values;
  return {
    ...profileChangesOf(profileValuesOf(), values),
    username: username.trim(),
    ...(email.trim() === '' ? {} : { email }),
    ...(password_kind === 'given' ? { password } : {}),
    role,
    ...(permissions === null ? {} : { permissions }),
  };
}
